// Matrix products of 8-bit whole numbers with 32-bit sums.
#ifndef CARBONCLIP_INT8_PRODUCTS_H
#define CARBONCLIP_INT8_PRODUCTS_H

#include <stddef.h>

/// Whether this processor, and its system, multiply 8-bit numbers (AVX-512 VNNI).
int vk_processor_has_int8(void);

/// c = a op(b) on the calling thread, exact as long as k <= 66,000. Row-major: a is [m, k]; b is [k, n], or [n, k] where
/// `transposing_b`; c is [m, n]. All are floats that hold whole numbers, a and b from -127 to 127; c is the 32-bit sum
/// rounded to a float. The bits are the same on every processor, and whether or not `emulated`.
/// Returns 0 where the system has no memory for the packed operands, 192 k bytes.
int vk_int8_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                     int transposing_b, float *c, size_t ldc, int emulated);

#endif

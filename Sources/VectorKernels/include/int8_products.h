// Matrix products of 8-bit whole numbers with 32-bit sums.
#ifndef CARBONCLIP_INT8_PRODUCTS_H
#define CARBONCLIP_INT8_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor, and its system, multiply 8-bit numbers (AVX-512 VNNI).
int vk_processor_has_int8(void);

/// c = a op(b) on the calling thread, exact as long as k <= 66,000. Row-major: a is [m, k]; b is [k, n], or [n, k] where
/// `transposing_b`; c is [m, n]. All are floats that hold whole numbers, a and b from -127 to 127; c is the 32-bit sum
/// rounded to a float. The bits are the same on every processor, and whether or not `emulated`.
/// Returns 0 where the system has no memory for the packed operands, 192 k bytes.
int vk_int8_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                     int transposing_b, float *c, size_t ldc, int emulated);

// Products whose right operand is packed once, and whose left one is bytes already. Packed, every 64 columns lie together,
// the last of them rounded up to 16: four neighboring terms of a column in a word, words of all columns in a row, and in the
// last row what is to be taken from each column's sum because 128 has been added to a.

/// Columns that lie together. What begins with a multiple of them is a packed operand of its own, so many bytes further as the
/// columns before it take.
#define VK_INT8_PANEL 64

/// Bytes of a packed right operand, to be aligned to 64.
size_t vk_int8_packed_bytes(size_t n, size_t k);

/// Packs floats that hold whole numbers from -127 to 127: b is [k, n], or [n, k] where `transposing_b`.
void vk_int8_pack(size_t n, size_t k, const float *b, size_t ldb, int transposing_b, void *packed);

/// Packs [n, k] bytes to which 128 has been added.
void vk_int8_pack_rows(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed, int emulated);

/// Packs [k, n] bytes to which 128 has been added, for a left operand that has not: bytes from 0.
void vk_int8_pack_columns(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed, int emulated);

/// What becomes of sums: [values +] sum * column factor * row factor + bias; what is NULL is left out. The bits are those of
/// vk_finish_sums.
struct vk_int8_output {
  float *values;
  size_t stride;
  const float *column_factors, *row_factors, *bias;
  int adds;
};

/// The product of bytes a [m, k], whose rows are `lda` bytes apart and may be read to a multiple of four, and a packed right
/// operand, exact for k <= 65,536.
void vk_int8_multiply_packed(size_t m, size_t n, size_t k, const uint8_t *a, size_t lda, const void *packed,
                             struct vk_int8_output output, int emulated);

#endif

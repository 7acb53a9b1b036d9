// Matrix products of 8-bit whole numbers with 32-bit sums.
#ifndef CARBONCLIP_INT8_PRODUCTS_H
#define CARBONCLIP_INT8_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor, and its system, multiply 8-bit numbers faster than floats: with AVX-512 VNNI, or as pairs of 16
/// bits with AVX2.
int vk_processor_has_int8(void);

/// The ways that products are computed, all to the same bits: the processor's best, the definition, and as pairs of 16 bits
/// (AVX2), which is the best one where there is no VNNI.
enum vk_int8_way { VK_INT8_BEST = 0, VK_INT8_DEFINITION = 1, VK_INT8_PAIRS = 2 };

/// c = a op(b) on the calling thread, exact as long as k <= 66,000. Row-major: a is [m, k]; b is [k, n], or [n, k] where
/// `transposing_b`; c is [m, n]. All are floats that hold whole numbers, a and b from -127 to 127; c is the 32-bit sum
/// rounded to a float. The bits are the same on every processor and in every way, a vk_int8_way.
/// Returns 0 where the system has no memory for the packed operands, 400 k bytes at most.
int vk_int8_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                     int transposing_b, float *c, size_t ldc, int way);

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
void vk_int8_pack_rows(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed, int way);

/// Packs [k, n] bytes to which 128 has been added, for a left operand that has not: bytes from 0.
void vk_int8_pack_columns(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed, int way);

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
                             struct vk_int8_output output, int way);

#endif

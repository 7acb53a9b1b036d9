// Matrix products of 32-bit floats that need no packing, or whose right operand is packed once for many.
#ifndef CARBONCLIP_FLOAT_PRODUCTS_H
#define CARBONCLIP_FLOAT_PRODUCTS_H

#include <stddef.h>

// Every sum runs in order of its terms by fused multiply-adds, in blocks whose length depends on k alone and which are
// added up. So the bits depend on no other extent, on no cut of the work, and not on the way.

/// The ways that products are computed: the processor's best, the definition, and AVX2's.
enum vk_float_way { VK_FLOAT_BEST = 0, VK_FLOAT_DEFINITION = 1, VK_FLOAT_AVX2 = 2 };

/// Whether this processor, and its system, have instructions for other ways than the definition: AVX-512, or AVX2 with fused
/// multiply-adds.
int vk_processor_multiplies_floats(void);

/// Floats that a packed [k, n] takes.
size_t vk_float_packed_count(size_t k, size_t n);

/// Packs b, [k, n], or [n, k] where `transposing_b`, at an address that is a multiple of 64 bytes.
void vk_float_pack(size_t k, size_t n, const float *b, size_t ldb, int transposing_b, float *packed, int way);

/// Columns `first` to `first + count` of c = a b + beta * c, on the calling thread: a is [m, k], b is packed, `first` a
/// multiple of 16; c points to the first of the columns. With `beta` zero c is not read.
void vk_float_multiply_packed(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, size_t first,
                              size_t count, float beta, float *c, size_t ldc, int way);

/// c = alpha * op(a) b + beta * c for a small b, [k, n] row by row, which is read as it lies; a is [m, k], or [k, m] where
/// `transposing_a`.
void vk_float_multiply_small(size_t m, size_t n, size_t k, const float *a, size_t lda, int transposing_a, const float *b,
                             size_t ldb, float alpha, float beta, float *c, size_t ldc, int way);

/// c = alpha * a op(b) + beta * c; a is [m, k], b is [k, n], or [n, k] where `transposing_b`. Returns 0 where the system has no
/// memory for what is packed, 1 KB a term.
int vk_float_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                      int transposing_b, float alpha, float beta, float *c, size_t ldc, int way);

#endif

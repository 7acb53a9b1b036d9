// Matrix products in bfloat16: operands are rounded on the way in, sums are 32-bit floats.
#ifndef CARBONCLIP_BFLOAT16_PRODUCTS_H
#define CARBONCLIP_BFLOAT16_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor, and its system, multiply bfloat16 (AVX-512 BF16).
int vk_processor_has_bfloat16(void);

/// c = alpha * op(a) op(b) + beta * c on the calling thread. Row-major: a is [m, k], or [k, m] where `transposing_a`; b is
/// [k, n], or [n, k] where `transposing_b`; c is [m, n]. With `beta` zero c is not read.
///
/// Elements of a and b are rounded to bfloat16, ties to even. Sums run as the instruction VDPBF16PS runs them, in order of
/// k, pairs of odd and even terms by two fused multiply-adds, denormal numbers as zero; blocks of k whose length depends
/// on k alone are added up in 32-bit floats. So the bits depend neither on m, n or threads nor, where `emulated`, on the
/// processor.
/// Returns 0 where the system has no memory for the packed operands (under 1 MB a thread).
int vk_bfloat16_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, int transposing_a, const float *b,
                         size_t ldb, int transposing_b, float alpha, float beta, float *c, size_t ldc, int emulated);

/// Words of 32 bits that a packed [k, n] takes.
size_t vk_bfloat16_packed_count(size_t k, size_t n);

/// Rounds and packs columns `from` to `to` of b, [k, n], or [n, k] where `transposing_b`. `packed`, where all of b goes,
/// is a multiple of 64 bytes, `from` a multiple of VK_BFLOAT16_PANEL, and so is `to` where it is not n.
void vk_bfloat16_pack(size_t k, size_t n, const float *b, size_t ldb, int transposing_b, uint32_t *packed, size_t from,
                      size_t to, int emulated);

/// Columns that are packed side by side.
enum { VK_BFLOAT16_PANEL = 64 };

/// Columns `first` to `first + count` of c = op(a) b + beta * c with the same bits: a is [m, k], or [k, m] where
/// `transposing_a`, b is packed, `first` a multiple of 16; c points to the first of the columns.
/// Returns 0 where the system has no memory for the packed left operand.
int vk_bfloat16_multiply_packed(size_t m, size_t n, size_t k, const float *a, size_t lda, int transposing_a,
                                const uint32_t *packed, size_t first, size_t count, float beta, float *c, size_t ldc,
                                int emulated);

#endif

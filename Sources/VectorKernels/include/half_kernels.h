// Conversions between 32-bit floats and the two 16-bit formats of checkpoints.
#ifndef CARBONCLIP_HALF_KERNELS_H
#define CARBONCLIP_HALF_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Widens IEEE 754 binary16 values, exactly. `source` may stand at any address.
void vk_half_to_float(const void *source, float *target, size_t count);

/// Widens bfloat16 values, exactly. `source` may stand at any address.
void vk_bfloat16_to_float(const void *source, float *target, size_t count);

/// Rounds to binary16, ties to even. Returns how many finite values were too large and became infinite.
size_t vk_float_to_half(const float *source, uint16_t *target, size_t count);

/// Rounds to bfloat16, ties to even. Returns how many finite values were too large and became infinite.
size_t vk_float_to_bfloat16(const float *source, uint16_t *target, size_t count);

/// sums += a b for pairs of bfloat16, the first in the low half of each word: as VDPBF16PS, the second term first, denormal
/// numbers as zero. sums, b: [count].
void vk_bfloat16_add_pair(float *sums, uint32_t a, const uint32_t *b, size_t count);

#endif

// Color changes of interleaved 8-bit RGB pictures, in place, with PIL's roundings.
#ifndef CARBONCLIP_COLOR_KERNELS_H
#define CARBONCLIP_COLOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// `bytes[i] = clip(base + factor * (bytes[i] - base))` in 32-bit floats, cut off, not rounded.
/// A factor that is not a number gives black.
void ck_blend_with_constant(uint8_t *bytes, size_t count, uint8_t base, float factor);

/// The same, each pixel against its own gray level; a factor of 0 leaves the gray picture.
///
///     gray = (19595 red + 38470 green + 7471 blue + 32768) >> 16
void ck_blend_with_gray(uint8_t *pixels, size_t count, float factor);

/// The sum of all pixels' gray levels.
uint64_t ck_gray_sum(const uint8_t *pixels, size_t count);

/// Adds `shift` to the 8-bit hue (256 are a full turn), through PIL's hue, saturation and value and back.
void ck_shift_hue(uint8_t *pixels, size_t count, uint8_t shift);

/// Exchanges left and right.
void ck_mirror_row(uint8_t *pixels, size_t columns);

#endif

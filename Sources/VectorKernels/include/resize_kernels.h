// The two passes of an antialiased resize over 8-bit RGB, in Pillow's fixed-point arithmetic.
#ifndef CARBONCLIP_RESIZE_KERNELS_H
#define CARBONCLIP_RESIZE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Fractional bits of a weight: 32 less 8 for the pixel and 2 for the sum's sign and overshoot.
enum { RK_WEIGHT_BITS = 22 };

/// One output element's share of the input: `count` weights from input `first` on, at `weights + index * capacity`.
typedef struct {
  int32_t first;
  int32_t count;
} rk_span;

/// One row: each of `columns` output pixels is the weighted sum of input pixels.
/// Reads up to one byte past the last input pixel used: `source` must have it.
void rk_resize_row(const uint8_t *source, uint8_t *target, const rk_span *spans, const int32_t *weights,
                   size_t capacity, size_t columns);

/// One output row as the weighted sum of `count` input rows, each `stride` bytes after the other.
/// `sums` is scratch of `bytes` elements.
void rk_blend_rows(const uint8_t *source, size_t stride, const int32_t *weights, size_t count, uint8_t *target,
                   int32_t *sums, size_t bytes);

/// Planar floats from interleaved RGB: `target[c][i] = table[c][source[i][c]]`. table: [3, 256].
void rk_look_up_planes(const uint8_t *source, const float *table, float *target, size_t pixels);

#endif

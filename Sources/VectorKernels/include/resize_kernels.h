// The loops of PIL's 8-bit resampling on interleaved RGB, and the table look-up that normalizes its result.
#ifndef CARBONCLIP_RESIZE_KERNELS_H
#define CARBONCLIP_RESIZE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Bits after the point in a resampling weight: an 8-bit sample times it, with two bits for overshoot, fills 32.
#define RK_WEIGHT_BITS 22

/// Bytes that a pass may write, or read and ignore, beyond the end of a row.
#define RK_ROW_SLACK 64

/// Narrows rows: `target[row, x] = clip(sum over t of weights[x, t] * source[row, starts[x] + t])`, for three channels.
/// - taps: weights a column, a multiple of 4 (the last may be zero)
/// - Reads up to `max(starts) * 3 + taps * 3 + 4` bytes from each source row's start; writes one byte past
///   `3 * columns` in each target row.
void rk_resample_columns(
  const uint8_t *source, size_t source_stride, size_t rows, const int32_t *starts, const int32_t *weights, size_t taps,
  size_t columns, uint8_t *target, size_t target_stride);

/// Blends rows: `target[i] = clip(sum over t of weights[t] * source[t * stride + i])` for `count` bytes.
/// - Reads and writes up to RK_ROW_SLACK bytes past `count`.
void rk_resample_row(
  const uint8_t *source, size_t stride, const int32_t *weights, size_t taps, size_t count, uint8_t *target);

/// Splits an interleaved row into three planes through a table of 3 x 256 values.
void rk_normalize_row(
  const uint8_t *source, size_t columns, const float *table, float *red, float *green, float *blue);

#endif

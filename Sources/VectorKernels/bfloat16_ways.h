// What the two ways of multiplying bfloat16 share.
#ifndef CARBONCLIP_BFLOAT16_WAYS_H
#define CARBONCLIP_BFLOAT16_WAYS_H

#include "packing.h"

struct vk_bfloat16_way {
  /// Packs [k, n] so that a row of the result holds a pair for each of `width` columns, of which n are real.
  void (*pack_rows)(const float *source, size_t stride, size_t k, size_t n, vk_word *target, size_t width);
  /// The same of [n, k].
  void (*pack_columns)(const float *source, size_t stride, size_t k, size_t n, vk_word *target, size_t width);
  /// Rounds [m, k] row by row; the target's rows are `stride` pairs apart, a multiple of 16.
  void (*round_rows)(const float *source, size_t source_stride, size_t m, size_t k, vk_word *target, size_t stride);
  /// c = alpha * a b + beta * c for up to VK_TILE_ROWS rows and `columns` columns; pair (row, q) of a lies at
  /// row * row_step + q * pair_step, b is packed with `width`.
  void (*tile)(const vk_word *a, size_t row_step, size_t pair_step, const vk_word *b, size_t width, size_t pairs,
               float *c, size_t ldc, float alpha, float beta, size_t rows, size_t columns);
};

extern const struct vk_bfloat16_way vk_bfloat16_emulated;
#if defined(__x86_64__)
extern const struct vk_bfloat16_way vk_bfloat16_native;
#endif

#endif

// Products of bfloat16 on any processor, bit for bit as the instruction VDPBF16PS gives them.
//
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VDPBF16PS and VCVTNE2PS2BF16: rounding to
// the nearest, denormal numbers as zero going in and coming out, the odd term before the even one.
#include "bfloat16_ways.h"
#include "half_kernels.h"

#include <string.h>

static inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline float normal(float value) {
  uint32_t bits = bits_of(value);
  return float_of((bits & 0x7F800000) == 0 ? bits & 0x80000000 : bits);
}

static inline uint32_t round_one(float value) {
  uint32_t bits = bits_of(normal(value)), magnitude = bits & 0x7FFFFFFF;
  uint32_t nearest = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
  return magnitude > 0x7F800000 ? bits >> 16 | 0x40 : nearest;
}

static void pack_rows(const float *source, size_t stride, size_t k, size_t n, vk_word *target, size_t width) {
  for (size_t term = 0; term < k; term += 2, target += width) {
    const float *even = source + term * stride;
    for (size_t column = 0; column < width; column++) {
      vk_word low = column < n ? round_one(even[column]) : 0;
      vk_word high = column < n && term + 1 < k ? round_one(even[stride + column]) : 0;
      target[column] = low | high << 16;
    }
  }
}

static void pack_columns(const float *source, size_t stride, size_t k, size_t n, vk_word *target, size_t width) {
  for (size_t term = 0; term < k; term += 2, target += width) {
    for (size_t column = 0; column < width; column++) {
      const float *even = source + column * stride + term;
      vk_word low = column < n ? round_one(even[0]) : 0;
      vk_word high = column < n && term + 1 < k ? round_one(even[1]) : 0;
      target[column] = low | high << 16;
    }
  }
}

static void round_rows(const float *source, size_t source_stride, size_t m, size_t k, vk_word *target, size_t stride) {
  for (size_t row = 0; row < m; row++) {
    for (size_t term = 0; term < k; term += 2) {
      const float *even = source + row * source_stride + term;
      target[row * stride + term / 2] = round_one(even[0]) | (term + 1 < k ? round_one(even[1]) << 16 : 0);
    }
  }
}

static void tile(const vk_word *a, size_t row_step, size_t pair_step, const vk_word *b, size_t width, size_t pairs,
                 float *c, size_t ldc, float alpha, float beta, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    float sums[VK_TILE_COLUMNS] = {0};
    for (size_t pair = 0; pair < pairs; pair++) {
      vk_bfloat16_add_pair(sums, a[row * row_step + pair * pair_step], b + pair * width, columns);
    }
    for (size_t column = 0; column < columns; column++) {
      float *place = c + row * ldc + column, scaled = sums[column] * alpha;
      *place = beta == 0 ? scaled : __builtin_fmaf(beta, *place, scaled);
    }
  }
}

const struct vk_bfloat16_way vk_bfloat16_emulated = {pack_rows, pack_columns, round_rows, tile};

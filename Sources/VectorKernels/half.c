#include "half_kernels.h"
#include "dispatch.h"

static inline uint16_t load16(const void *source, size_t index) {
  uint16_t bits;
  memcpy(&bits, (const char *)source + 2 * index, sizeof bits);
  return bits;
}

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

static inline float widen_half(uint16_t half) {
  uint32_t magnitude = (uint32_t)(half & 0x7FFF) << 13;
  // Re-bias the exponent; infinities and NaNs need all eight exponent bits set.
  uint32_t normal = magnitude + (112u << 23);
  uint32_t special = magnitude + (224u << 23);
  // A subnormal m * 2^-24: put m under the exponent of 2^-14 and take 2^-14 away, both exact.
  uint32_t subnormal = bits_of(float_of(magnitude + (113u << 23)) - float_of(113u << 23));
  uint32_t exponent = half & 0x7C00;
  uint32_t bits = exponent == 0x7C00 ? special : exponent == 0 ? subnormal : normal;
  return float_of(bits | (uint32_t)(half & 0x8000) << 16);
}

static inline uint16_t narrow_half(float value) {
  uint32_t bits = bits_of(value), magnitude = bits & 0x7FFFFFFF;
  // Adding half of the last kept place, less one where it is even, rounds ties to even.
  uint32_t normal = (magnitude - (112u << 23) + 0xFFF + (magnitude >> 13 & 1)) >> 13;
  // 0.5 has a last place of 2^-24, the step of subnormal halves: the addition itself rounds.
  uint32_t subnormal = bits_of(float_of(magnitude) + 0.5f) - (126u << 23);
  uint32_t special = magnitude > 0x7F800000 ? 0x7E00 : 0x7C00;
  uint32_t half = magnitude >= (143u << 23) ? special : magnitude < (113u << 23) ? subnormal : normal;
  return (uint16_t)(half | (bits >> 16 & 0x8000));
}

static inline uint16_t narrow_bfloat16(float value) {
  uint32_t bits = bits_of(value);
  uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
  // A NaN must not be rounded to an infinity: keep its sign and payload, and make it quiet.
  uint32_t quiet = bits >> 16 | 0x40;
  return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? quiet : rounded);
}

VK_DISPATCHED void vk_half_to_float(const void *source, float *target, size_t count) {
  for (size_t i = 0; i < count; i++) target[i] = widen_half(load16(source, i));
}

VK_DISPATCHED void vk_bfloat16_to_float(const void *source, float *target, size_t count) {
  for (size_t i = 0; i < count; i++) target[i] = float_of((uint32_t)load16(source, i) << 16);
}

VK_DISPATCHED size_t vk_float_to_half(const float *source, uint16_t *target, size_t count) {
  size_t overflows = 0;
  for (size_t i = 0; i < count; i++) {
    uint16_t half = narrow_half(source[i]);
    target[i] = half;
    overflows += (half & 0x7FFF) == 0x7C00 && (bits_of(source[i]) & 0x7FFFFFFF) != 0x7F800000;
  }
  return overflows;
}

VK_DISPATCHED size_t vk_float_to_bfloat16(const float *source, uint16_t *target, size_t count) {
  size_t overflows = 0;
  for (size_t i = 0; i < count; i++) {
    uint16_t half = narrow_bfloat16(source[i]);
    target[i] = half;
    overflows += (half & 0x7FFF) == 0x7F80 && (bits_of(source[i]) & 0x7FFFFFFF) != 0x7F800000;
  }
  return overflows;
}

/// Denormal numbers are zeros of their sign.
static inline float normal_or_zero(float value) {
  uint32_t bits = bits_of(value);
  return float_of((bits & 0x7F800000) == 0 ? bits & 0x80000000 : bits);
}

VK_DISPATCHED void vk_bfloat16_add_pair(float *sums, uint32_t a, const uint32_t *b, size_t count) {
  float even = float_of(a << 16), odd = float_of(a & 0xFFFF0000);
  for (size_t i = 0; i < count; i++) {
    float first = normal_or_zero(__builtin_fmaf(odd, float_of(b[i] & 0xFFFF0000), sums[i]));
    sums[i] = normal_or_zero(__builtin_fmaf(even, float_of(b[i] << 16), first));
  }
}

// How a loop is compiled for several instruction sets, and the exponential they share.
#ifndef CARBONCLIP_DISPATCH_H
#define CARBONCLIP_DISPATCH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The loader picks the best clone once per process (GNU indirect functions, so ELF systems only). It does so before
// ThreadSanitizer is ready for the functions that pick, so there is one clone where that is on.
// Tests define VK_DISPATCHED themselves, to call each instruction set's loops whatever the processor's best.
#ifndef VK_DISPATCHED
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VK_DISPATCHED
#endif
#endif
#endif
#ifndef VK_DISPATCHED
#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__)
#define VK_DISPATCHED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VK_DISPATCHED
#endif
#endif

// Sums may be split over vector lanes. The split is fixed at compile time, so the same machine always gives the
// same bits.
#define VK_REASSOCIATE _Pragma("clang fp reassociate(on)")

/// e^x within two units in the last place for x <= 88; smaller than e^-87 gives about 1e-38 instead of a denormal.
/// e^x = 2^n e^r with |r| <= ln(2)/2, and e^r = 1 + r + r^2 p(r), p a minimax polynomial fitted for this purpose.
static inline float vk_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  // Adding 1.5 * 2^23 rounds to the nearest whole number and leaves it in the low mantissa bits.
  float shifted = x * 1.44269504f + 12582912.0f;
  float n = shifted - 12582912.0f;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 0.0013814577832818031f;
  p = p * r + 0.00836871936917305f;
  p = p * r + 0.04166838899254799f;
  p = p * r + 0.1666652113199234f;
  p = p * r + 0.4999999403953552f;
  float e = 1.0f + (r + r * r * p);
  int32_t bits;
  memcpy(&bits, &shifted, 4);
  bits = (int32_t)((uint32_t)bits << 23);
  int32_t result;
  memcpy(&result, &e, 4);
  result += bits;
  memcpy(&e, &result, 4);
  return e;
}

/// The standard normal distribution beyond |x|, erfc(|x| / sqrt(2)) / 2. With y = |x| / sqrt(2), erfc(y) = e^(-y p(y));
/// p is a minimax polynomial on [0, 4.6], fitted for this purpose: erf within 6e-8.
static inline float vk_normal_tail(float x) {
  float y = __builtin_fabsf(x) * 0.70710678f;
  float t = y > 4.6f ? 4.6f : y;
  float p = -8.044567039178219e-06f;
  p = p * t + 0.00010603335249470547f;
  p = p * t - 0.0005879750824533403f;
  p = p * t + 0.0015768063021823764f;
  p = p * t - 5.88306320423726e-05f;
  p = p * t - 0.01921711303293705f;
  p = p * t + 0.1027991995215416f;
  p = p * t + 0.6366161108016968f;
  p = p * t + 1.1283793449401855f;
  return 0.5f * vk_exp(-y * p);
}

/// e^(-2t) with t = sqrt(2 / pi) (x + 0.044715 x^3). GELU's approximation by a tangent is x (1 + tanh(t)) / 2, which is
/// x / (1 + e^(-2t)). Source: arXiv:1606.08415, section 2.
static inline float vk_gelu_tanh_power(float x) { return vk_exp(-1.5957691216f * (x + 0.044715f * x * x * x)); }

/// The approximation's slope, from that power and s = 1 / (1 + power); 1 - s is power * s, where nothing cancels.
static inline float vk_gelu_tanh_slope(float x, float power, float s) {
  return s * (1.0f + x * (power * s) * 1.5957691216f * (1.0f + 0.134145f * x * x));
}

#endif

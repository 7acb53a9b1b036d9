#include "dispatch.h"
#include "vector_kernels.h"

/// x * Phi(x). With y = |x| / sqrt(2), erfc(y) = e^(-y p(y)); p is a minimax polynomial on [0, 4.6], fitted for this
/// purpose: erf within 6e-8.
static inline float gelu(float x) {
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
  float tail = 0.5f * x * vk_exp(-y * p);
  return x > 0.0f ? x - tail : tail;
}

static inline float quick_gelu(float x) { return x / (1.0f + vk_exp(-1.702f * x)); }

VK_DISPATCHED void vk_bias_gelu(float *x, const float *bias, size_t rows, size_t columns, size_t stride) {
  for (size_t row = 0; row < rows; row++) {
    float *values = x + row * stride;
    for (size_t i = 0; i < columns; i++) values[i] = gelu(values[i] + bias[i]);
  }
}

VK_DISPATCHED void vk_bias_quick_gelu(float *x, const float *bias, size_t rows, size_t columns, size_t stride) {
  for (size_t row = 0; row < rows; row++) {
    float *values = x + row * stride;
    for (size_t i = 0; i < columns; i++) values[i] = quick_gelu(values[i] + bias[i]);
  }
}

VK_DISPATCHED void vk_exp_all(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = vk_exp(x[i]);
}

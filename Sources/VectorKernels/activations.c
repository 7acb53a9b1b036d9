#include "dispatch.h"
#include "vector_kernels.h"

/// x * Phi(x), from the side on which nothing cancels.
static inline float gelu(float x) {
  float tail = x * vk_normal_tail(x);
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

VK_DISPATCHED void vk_bias_gelu_tanh(float *x, const float *bias, size_t rows, size_t columns, size_t stride) {
  for (size_t row = 0; row < rows; row++) {
    float *values = x + row * stride;
    for (size_t i = 0; i < columns; i++) {
      float sum = values[i] + bias[i];
      values[i] = sum / (1.0f + vk_gelu_tanh_power(sum));
    }
  }
}

VK_DISPATCHED void vk_exp_all(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = vk_exp(x[i]);
}

#include "dispatch.h"
#include "vector_kernels.h"

VK_DISPATCHED void vk_add_bias(float *x, const float *bias, size_t rows, size_t columns, size_t stride) {
  for (size_t row = 0; row < rows; row++) {
    float *values = x + row * stride;
    for (size_t i = 0; i < columns; i++) values[i] += bias[i];
  }
}

VK_DISPATCHED void vk_add(float *x, const float *y, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] += y[i];
}

VK_DISPATCHED void vk_sum_rows(const float *a, const float *b, float *y, size_t columns) {
  for (size_t i = 0; i < columns; i++) y[i] = a[i] + b[i];
}

VK_DISPATCHED void vk_bias_scale_add(float *x, const float *y, const float *bias, const float *scale, size_t rows,
                                     size_t columns) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < columns; i++) x[row * columns + i] += (y[row * columns + i] + bias[i]) * scale[i];
}

VK_DISPATCHED void vk_mean_rows(const float *x, float *y, size_t rows, size_t columns) {
  for (size_t i = 0; i < columns; i++) y[i] = 0;
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < columns; i++) y[i] += x[row * columns + i];
  float scale = 1.0f / (float)rows;
  for (size_t i = 0; i < columns; i++) y[i] *= scale;
}

VK_DISPATCHED int vk_all_finite(const float *x, size_t count) {
  uint32_t worst = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, 4);
    uint32_t magnitude = bits & 0x7FFFFFFFu;
    worst = magnitude > worst ? magnitude : worst;
  }
  return worst < 0x7F800000u;
}

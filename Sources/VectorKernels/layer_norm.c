#include "dispatch.h"
#include "vector_kernels.h"

static inline float sum(const float *x, size_t count) {
  VK_REASSOCIATE
  float total = 0;
  for (size_t i = 0; i < count; i++) total += x[i];
  return total;
}

static inline float sum_of_squared_differences(const float *x, float mean, size_t count) {
  VK_REASSOCIATE
  float total = 0;
  for (size_t i = 0; i < count; i++) total += (x[i] - mean) * (x[i] - mean);
  return total;
}

static inline float sum_of_squares(const float *x, size_t count) {
  VK_REASSOCIATE
  float total = 0;
  for (size_t i = 0; i < count; i++) total += x[i] * x[i];
  return total;
}

static inline void normalize_row(const float *x, const float *weight, const float *bias, float *y, size_t columns,
                                 float epsilon) {
  float mean = sum(x, columns) / (float)columns;
  float variance = sum_of_squared_differences(x, mean, columns) / (float)columns;
  float scale = 1.0f / __builtin_sqrtf(variance + epsilon);
  for (size_t i = 0; i < columns; i++) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

VK_DISPATCHED void vk_layer_norm(const float *x, const float *weight, const float *bias, float *y, size_t rows,
                                 size_t columns, float epsilon) {
  for (size_t row = 0; row < rows; row++)
    normalize_row(x + row * columns, weight, bias, y + row * columns, columns, epsilon);
}

VK_DISPATCHED void vk_add_bias_layer_norm(float *x, const float *added, const float *weight, const float *bias,
                                          float *y, size_t rows, size_t columns, float epsilon) {
  for (size_t row = 0; row < rows; row++) {
    float *values = x + row * columns;
    for (size_t i = 0; i < columns; i++) values[i] += added[i];
    normalize_row(values, weight, bias, y + row * columns, columns, epsilon);
  }
}

VK_DISPATCHED void vk_normalize_rows(float *x, size_t rows, size_t columns, float epsilon) {
  for (size_t row = 0; row < rows; row++) {
    float *values = x + row * columns;
    float norm = __builtin_sqrtf(sum_of_squares(values, columns));
    float scale = norm > epsilon ? norm : epsilon;
    for (size_t i = 0; i < columns; i++) values[i] /= scale;
  }
}

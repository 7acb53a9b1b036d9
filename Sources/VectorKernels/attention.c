#include "dispatch.h"
#include "vector_kernels.h"

VK_DISPATCHED void vk_bias_scale_copy(const float *x, size_t stride, const float *bias, float scale, float *y,
                                      size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *source = x + row * stride;
    float *target = y + row * columns;
    for (size_t i = 0; i < columns; i++) target[i] = (source[i] + bias[i]) * scale;
  }
}

VK_DISPATCHED void vk_bias_transpose(const float *x, size_t stride, const float *bias, float *y, size_t rows,
                                     size_t columns) {
  // Blocks of 16 x 16 keep both the rows read and the rows written in the first-level cache.
  enum { side = 16 };
  size_t whole_rows = rows / side * side;
  for (size_t first = 0; first < whole_rows; first += side) {
    for (size_t column = 0; column < columns; column++) {
      const float *source = x + first * stride + column;
      float *target = y + column * rows + first;
      float added = bias[column];
      for (size_t i = 0; i < side; i++) target[i] = source[i * stride] + added;
    }
  }
  for (size_t row = whole_rows; row < rows; row++)
    for (size_t column = 0; column < columns; column++) y[column * rows + row] = x[row * stride + column] + bias[column];
}

/// The largest of at least one number. Compared as whole numbers of the same order, which takes a vector at a time; floats
/// would have to be compared one after another, as they need not be numbers.
static inline float largest_of(const float *values, size_t count) {
  int32_t largest = INT32_MIN;
  for (size_t i = 0; i < count; i++) {
    int32_t bits;
    memcpy(&bits, values + i, 4);
    bits ^= (int32_t)((uint32_t)(bits >> 31) >> 1);
    largest = bits > largest ? bits : largest;
  }
  largest ^= (int32_t)((uint32_t)(largest >> 31) >> 1);
  float value;
  memcpy(&value, &largest, 4);
  return value;
}

VK_DISPATCHED void vk_softmax_rows(float *x, size_t rows, size_t columns, size_t first_length, size_t growth) {
  for (size_t row = 0; row < rows; row++) {
    float *values = x + row * columns;
    size_t length = first_length + row * growth;
    if (length > columns) length = columns;
    float largest = largest_of(values, length);
    for (size_t i = 0; i < length; i++) values[i] = vk_exp(values[i] - largest);
    float total = 0;
    {
      VK_REASSOCIATE
      for (size_t i = 0; i < length; i++) total += values[i];
    }
    float scale = 1.0f / total;
    for (size_t i = 0; i < length; i++) values[i] *= scale;
    for (size_t i = length; i < columns; i++) values[i] = 0;
  }
}

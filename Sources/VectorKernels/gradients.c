#include "dispatch.h"
#include "gradient_kernels.h"

VK_DISPATCHED void gk_add_column_sums(const float *dy, size_t stride, float *sums, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < columns; i++) sums[i] += dy[row * stride + i];
}

VK_DISPATCHED void gk_layer_norm(const float *x, const float *weight, const float *dy, const float *residual,
                                 float *dx, float *dweight, float *dbias, size_t rows, size_t columns,
                                 float epsilon) {
  VK_REASSOCIATE
  for (size_t row = 0; row < rows; row++) {
    const float *values = x + row * columns, *upstream = dy + row * columns;
    float *result = dx + row * columns;
    float total = 0, squares = 0;
    for (size_t i = 0; i < columns; i++) total += values[i];
    float mean = total / (float)columns;
    for (size_t i = 0; i < columns; i++) squares += (values[i] - mean) * (values[i] - mean);
    float scale = 1.0f / __builtin_sqrtf(squares / (float)columns + epsilon);
    float sum = 0, projection = 0;
    for (size_t i = 0; i < columns; i++) {
      float normalized = (values[i] - mean) * scale, scaled = upstream[i] * weight[i];
      sum += scaled;
      projection += scaled * normalized;
      dweight[i] += upstream[i] * normalized;
      dbias[i] += upstream[i];
    }
    sum /= (float)columns;
    projection /= (float)columns;
    for (size_t i = 0; i < columns; i++)
      result[i] = scale * (upstream[i] * weight[i] - sum - (values[i] - mean) * scale * projection);
    if (residual)
      for (size_t i = 0; i < columns; i++) result[i] += residual[row * columns + i];
  }
}

VK_DISPATCHED void gk_softmax_rows(const float *p, float *dp, size_t rows, size_t columns) {
  VK_REASSOCIATE
  for (size_t row = 0; row < rows; row++) {
    const float *share = p + row * columns;
    float *gradient = dp + row * columns;
    float mean = 0;
    for (size_t i = 0; i < columns; i++) mean += share[i] * gradient[i];
    for (size_t i = 0; i < columns; i++) gradient[i] = share[i] * (gradient[i] - mean);
  }
}

VK_DISPATCHED void gk_normalize_rows(const float *x, const float *dy, float *dx, size_t rows, size_t columns,
                                     float epsilon) {
  VK_REASSOCIATE
  for (size_t row = 0; row < rows; row++) {
    const float *values = x + row * columns, *upstream = dy + row * columns;
    float squares = 0, projection = 0;
    for (size_t i = 0; i < columns; i++) {
      squares += values[i] * values[i];
      projection += values[i] * upstream[i];
    }
    float norm = __builtin_sqrtf(squares);
    // Below epsilon the divisor is a constant and has no gradient.
    float divisor = norm > epsilon ? norm : epsilon;
    float along = norm > epsilon ? projection / squares : 0.0f;
    for (size_t i = 0; i < columns; i++) dx[row * columns + i] = (upstream[i] - along * values[i]) / divisor;
  }
}

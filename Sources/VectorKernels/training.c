#include "dispatch.h"
#include "training_kernels.h"

VK_DISPATCHED void tk_gelu(const float *sum, const float *bias, float *hidden, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *values = sum + row * columns;
    float *result = hidden + row * columns;
    for (size_t i = 0; i < columns; i++) {
      float x = values[i] + bias[i], tail = x * vk_normal_tail(x);
      result[i] = x > 0.0f ? x - tail : tail;
    }
  }
}

VK_DISPATCHED void tk_quick_gelu(const float *sum, const float *bias, float *hidden, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *values = sum + row * columns;
    float *result = hidden + row * columns;
    for (size_t i = 0; i < columns; i++) {
      float x = values[i] + bias[i];
      result[i] = x / (1.0f + vk_exp(-1.702f * x));
    }
  }
}

VK_DISPATCHED void tk_gelu_tanh(const float *sum, const float *bias, float *hidden, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *values = sum + row * columns;
    float *result = hidden + row * columns;
    for (size_t i = 0; i < columns; i++) {
      float x = values[i] + bias[i];
      result[i] = x / (1.0f + vk_gelu_tanh_power(x));
    }
  }
}

VK_DISPATCHED void tk_gelu_backward(const float *sum, const float *bias, float *gradient, float *hidden, float *dbias,
                                    size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *values = sum + row * columns;
    float *upstream = gradient + row * columns, *result = hidden + row * columns;
    for (size_t i = 0; i < columns; i++) {
      float x = values[i] + bias[i], tail = vk_normal_tail(x);
      float cumulative = x > 0.0f ? 1.0f - tail : tail;
      float slope = cumulative + x * 0.39894228f * vk_exp(-0.5f * x * x);
      float product = x * tail;
      result[i] = x > 0.0f ? x - product : product;
      upstream[i] *= slope;
      dbias[i] += upstream[i];
    }
  }
}

VK_DISPATCHED void tk_quick_gelu_backward(const float *sum, const float *bias, float *gradient, float *hidden,
                                          float *dbias, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *values = sum + row * columns;
    float *upstream = gradient + row * columns, *result = hidden + row * columns;
    for (size_t i = 0; i < columns; i++) {
      float x = values[i] + bias[i], s = 1.0f / (1.0f + vk_exp(-1.702f * x));
      result[i] = x * s;
      upstream[i] *= s * (1.0f + 1.702f * x * (1.0f - s));
      dbias[i] += upstream[i];
    }
  }
}

VK_DISPATCHED void tk_gelu_tanh_backward(const float *sum, const float *bias, float *gradient, float *hidden,
                                         float *dbias, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *values = sum + row * columns;
    float *upstream = gradient + row * columns, *result = hidden + row * columns;
    for (size_t i = 0; i < columns; i++) {
      float x = values[i] + bias[i], power = vk_gelu_tanh_power(x), s = 1.0f / (1.0f + power);
      result[i] = x * s;
      upstream[i] *= vk_gelu_tanh_slope(x, power, s);
      dbias[i] += upstream[i];
    }
  }
}

VK_DISPATCHED void tk_add_residual(float *y, const float *x, const float *bias, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < columns; i++) y[row * columns + i] += x[row * columns + i] + bias[i];
}

VK_DISPATCHED void tk_add_scaled_residual(float *y, const float *x, const float *bias, const float *scale, size_t rows,
                                          size_t columns) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < columns; i++)
      y[row * columns + i] = x[row * columns + i] + scale[i] * (y[row * columns + i] + bias[i]);
}

VK_DISPATCHED void tk_scale_columns(float *y, const float *scale, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < columns; i++) y[row * columns + i] *= scale[i];
}

VK_DISPATCHED double tk_dot(const float *a, const float *b, size_t count) {
  VK_REASSOCIATE
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)a[i] * (double)b[i];
  return sum;
}

VK_DISPATCHED double tk_sum_squares(const float *x, size_t count) {
  VK_REASSOCIATE
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
  return sum;
}

VK_DISPATCHED void tk_adamw(float *w, const float *gradient, float *m, float *v, size_t count,
                            struct tk_adamw_step step) {
  float keep = (float)(1.0 - (double)step.rate * (double)step.decay);
  float size = (float)((double)step.rate / step.correction1);
  float root = (float)(1.0 / __builtin_sqrt(step.correction2));
  float share1 = 1.0f - step.beta1, share2 = 1.0f - step.beta2;
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i] * step.factor;
    float first = m[i] + share1 * (g - m[i]);
    float second = step.beta2 * v[i] + share2 * g * g;
    m[i] = first;
    v[i] = second;
    w[i] = w[i] * keep - size * first / (__builtin_sqrtf(second) * root + step.epsilon);
  }
}

VK_DISPATCHED void tk_lion(float *w, const float *gradient, float *m, size_t count, struct tk_lion_step step) {
  float keep = (float)(1.0 - (double)step.rate * (double)step.decay);
  float share1 = 1.0f - step.beta1, share2 = 1.0f - step.beta2;
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i] * step.factor;
    float mixed = step.beta1 * m[i] + share1 * g;
    float sign = (float)((mixed > 0.0f) - (mixed < 0.0f));
    w[i] = w[i] * keep - step.rate * sign;
    m[i] = step.beta2 * m[i] + share2 * g;
  }
}

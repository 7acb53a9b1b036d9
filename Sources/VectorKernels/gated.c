#include "dispatch.h"
#include "gradient_kernels.h"
#include "vector_kernels.h"

VK_DISPATCHED void vk_swiglu(const float *gate, const float *gate_bias, const float *sum, const float *bias,
                             float *hidden, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *gates = gate + row * columns, *values = sum + row * columns;
    float *result = hidden + row * columns;
    for (size_t i = 0; i < columns; i++) {
      float g = gates[i] + gate_bias[i];
      result[i] = g / (1.0f + vk_exp(-g)) * (values[i] + bias[i]);
    }
  }
}

VK_DISPATCHED void gk_swiglu(const float *gate, const float *gate_bias, const float *sum, const float *bias,
                             float *gradient, float *dgate, float *hidden, float *dgate_bias, float *dbias, size_t rows,
                             size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const float *gates = gate + row * columns, *values = sum + row * columns;
    float *upstream = gradient + row * columns, *open = dgate + row * columns, *result = hidden + row * columns;
    for (size_t i = 0; i < columns; i++) {
      float g = gates[i] + gate_bias[i], x = values[i] + bias[i], s = 1.0f / (1.0f + vk_exp(-g));
      float silu = g * s, dy = upstream[i];
      result[i] = silu * x;
      open[i] = dy * x * s * (1.0f + g * (1.0f - s));
      upstream[i] = dy * silu;
      dgate_bias[i] += open[i];
      dbias[i] += upstream[i];
    }
  }
}

VK_DISPATCHED void vk_rotate_row(float *x, const float *bias, const float *cosine, const float *sine, float direction,
                                 size_t heads, size_t width) {
  for (size_t head = 0; head < heads; head++) {
    float *pairs = x + head * width;
    const float *added = bias + head * width;
    for (size_t i = 0; i < width / 2; i++) {
      float a = pairs[2 * i] + added[2 * i], b = pairs[2 * i + 1] + added[2 * i + 1], s = direction * sine[i];
      pairs[2 * i] = a * cosine[i] - b * s;
      pairs[2 * i + 1] = b * cosine[i] + a * s;
    }
  }
}

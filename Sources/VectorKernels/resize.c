#include "dispatch.h"
#include "resize_kernels.h"

typedef int32_t lanes __attribute__((vector_size(16)));
typedef uint8_t bytes4 __attribute__((vector_size(4)));

static inline uint8_t clipped(int32_t sum) {
  int32_t value = sum >> RK_WEIGHT_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

VK_DISPATCHED void rk_resize_row(const uint8_t *source, uint8_t *target, const rk_span *spans, const int32_t *weights,
                                 size_t capacity, size_t columns) {
  const int32_t half = 1 << (RK_WEIGHT_BITS - 1);
  for (size_t column = 0; column < columns; column++) {
    const uint8_t *pixel = source + 3 * (size_t)spans[column].first;
    const int32_t *weight = weights + column * capacity;
    lanes sums = {half, half, half, half};
    for (int32_t tap = 0; tap < spans[column].count; tap++, pixel += 3) {
      bytes4 values;
      memcpy(&values, pixel, 4);
      sums += __builtin_convertvector(values, lanes) * weight[tap];
    }
    target[column * 3] = clipped(sums[0]);
    target[column * 3 + 1] = clipped(sums[1]);
    target[column * 3 + 2] = clipped(sums[2]);
  }
}

VK_DISPATCHED void rk_blend_rows(const uint8_t *source, size_t stride, const int32_t *weights, size_t count,
                                 uint8_t *target, int32_t *sums, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) sums[i] = 1 << (RK_WEIGHT_BITS - 1);
  for (size_t tap = 0; tap < count; tap++) {
    const uint8_t *row = source + tap * stride;
    int32_t weight = weights[tap];
    for (size_t i = 0; i < bytes; i++) sums[i] += row[i] * weight;
  }
  for (size_t i = 0; i < bytes; i++) target[i] = clipped(sums[i]);
}

void rk_look_up_planes(const uint8_t *source, const float *table, float *target, size_t pixels) {
  for (size_t i = 0; i < pixels; i++) {
    target[i] = table[source[3 * i]];
    target[pixels + i] = table[256 + source[3 * i + 1]];
    target[2 * pixels + i] = table[512 + source[3 * i + 2]];
  }
}

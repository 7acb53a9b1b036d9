#include "dispatch.h"
#include "resize_kernels.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef int32_t words4 __attribute__((vector_size(16)));
typedef int32_t words16 __attribute__((vector_size(64)));

// Macros, not functions: a vector wider than the baseline's registers must not cross a call.

// The first 12 of 16 bytes, four RGB pixels, one 32-bit lane a sample; every fourth lane is ignored.
#define FOUR_PIXELS(pointer, result)                                                                                 \
  do {                                                                                                               \
    bytes16 raw;                                                                                                     \
    memcpy(&raw, (pointer), 16);                                                                                     \
    raw = __builtin_shufflevector(raw, raw, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);                      \
    result = __builtin_convertvector(raw, words16);                                                                  \
  } while (0)

// Adds the four taps' lanes, rounds, clips and stores three bytes and one to be overwritten.
#define STORE_PIXEL(sum, pointer)                                                                                    \
  do {                                                                                                               \
    words4 a = __builtin_shufflevector(sum, sum, 0, 1, 2, 3) + __builtin_shufflevector(sum, sum, 4, 5, 6, 7);        \
    words4 b = __builtin_shufflevector(sum, sum, 8, 9, 10, 11) + __builtin_shufflevector(sum, sum, 12, 13, 14, 15);  \
    words4 value = (a + b + half4) >> RK_WEIGHT_BITS;                                                                \
    value = __builtin_elementwise_min(__builtin_elementwise_max(value, zero4), top4);                                \
    typedef uint8_t bytes4 __attribute__((vector_size(4)));                                                          \
    bytes4 narrow = __builtin_convertvector(value, bytes4);                                                          \
    memcpy((pointer), &narrow, 4);                                                                                   \
  } while (0)

#define HALF (1 << (RK_WEIGHT_BITS - 1))

VK_DISPATCHED
void rk_resample_columns(
  const uint8_t *source, size_t source_stride, size_t rows, const int32_t *starts, const int32_t *weights, size_t taps,
  size_t columns, uint8_t *target, size_t target_stride
) {
  const words4 half4 = {HALF, HALF, HALF, HALF}, zero4 = {0}, top4 = {255, 255, 255, 255};
  size_t row = 0;
  // Four rows at a time share the loading and spreading of the weights.
  for (; row + 4 <= rows; row += 4) {
    const uint8_t *from = source + row * source_stride;
    uint8_t *to = target + row * target_stride;
    for (size_t column = 0; column < columns; column++) {
      const uint8_t *pixel = from + (size_t)starts[column] * 3;
      const int32_t *weight = weights + column * taps;
      words16 sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
      for (size_t tap = 0; tap < taps; tap += 4, pixel += 12) {
        words4 packed;
        memcpy(&packed, weight + tap, 16);
        words16 spread = __builtin_shufflevector(packed, packed, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        words16 lanes;
        FOUR_PIXELS(pixel, lanes);
        sum0 += lanes * spread;
        FOUR_PIXELS(pixel + source_stride, lanes);
        sum1 += lanes * spread;
        FOUR_PIXELS(pixel + 2 * source_stride, lanes);
        sum2 += lanes * spread;
        FOUR_PIXELS(pixel + 3 * source_stride, lanes);
        sum3 += lanes * spread;
      }
      STORE_PIXEL(sum0, to + column * 3);
      STORE_PIXEL(sum1, to + column * 3 + target_stride);
      STORE_PIXEL(sum2, to + column * 3 + 2 * target_stride);
      STORE_PIXEL(sum3, to + column * 3 + 3 * target_stride);
    }
  }
  for (; row < rows; row++) {
    for (size_t column = 0; column < columns; column++) {
      const uint8_t *pixel = source + row * source_stride + (size_t)starts[column] * 3;
      const int32_t *weight = weights + column * taps;
      words16 sum = {0};
      for (size_t tap = 0; tap < taps; tap += 4, pixel += 12) {
        words4 packed;
        memcpy(&packed, weight + tap, 16);
        words16 spread = __builtin_shufflevector(packed, packed, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        words16 lanes;
        FOUR_PIXELS(pixel, lanes);
        sum += lanes * spread;
      }
      STORE_PIXEL(sum, target + row * target_stride + column * 3);
    }
  }
}

VK_DISPATCHED
void rk_resample_row(
  const uint8_t *source, size_t stride, const int32_t *weights, size_t taps, size_t count, uint8_t *target
) {
  const words16 zero = {0}, half = zero + HALF, top = zero + 255;
  for (size_t i = 0; i < count; i += 64) {
    words16 sums[4] = {half, half, half, half};
    const uint8_t *from = source + i;
    for (size_t tap = 0; tap < taps; tap++, from += stride) {
      words16 weight = zero + weights[tap];
      for (int part = 0; part < 4; part++) {
        bytes16 raw;
        memcpy(&raw, from + 16 * part, 16);
        sums[part] += __builtin_convertvector(raw, words16) * weight;
      }
    }
    for (int part = 0; part < 4; part++) {
      words16 value = sums[part] >> RK_WEIGHT_BITS;
      value = __builtin_elementwise_min(__builtin_elementwise_max(value, zero), top);
      bytes16 narrow = __builtin_convertvector(value, bytes16);
      memcpy(target + i + 16 * part, &narrow, 16);
    }
  }
}

void rk_normalize_row(
  const uint8_t *source, size_t columns, const float *table, float *red, float *green, float *blue
) {
  for (size_t column = 0; column < columns; column++) {
    red[column] = table[source[3 * column]];
    green[column] = table[256 + source[3 * column + 1]];
    blue[column] = table[512 + source[3 * column + 2]];
  }
}

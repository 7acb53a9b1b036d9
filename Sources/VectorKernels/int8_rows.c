#include "dispatch.h"
#include "int8_rows.h"

// Adding and subtracting it rounds to the nearest whole number, halves to the even one, for magnitudes up to 2^22; the sum
// holds the number in its lowest bits.
#define ROUNDER 12582912.0f

/// Within -most and most; what is not a number is -most.
static inline float clamped(float value, float most) {
  value = value > -most ? value : -most;
  return value < most ? value : most;
}

/// The lowest byte of a rounded number, 128 added.
static inline uint8_t offset_byte(float value, float most) {
  float sum = clamped(value, most) + ROUNDER;
  uint32_t bits;
  memcpy(&bits, &sum, 4);
  return (uint8_t)(bits ^ 0x80);
}

VK_DISPATCHED void vk_round_to_grid(const float *x, size_t stride, size_t rows, size_t columns, float inverse,
                                    const float *inverses, float most, float *grid, size_t grid_stride) {
  for (size_t row = 0; row < rows; row++) {
    const float *source = x + row * stride;
    float *target = grid + row * grid_stride;
    if (inverses) {
      for (size_t i = 0; i < columns; i++) target[i] = (clamped(source[i] * inverses[i], most) + ROUNDER) - ROUNDER;
    } else {
      for (size_t i = 0; i < columns; i++) target[i] = (clamped(source[i] * inverse, most) + ROUNDER) - ROUNDER;
    }
  }
}

VK_DISPATCHED void vk_round_to_bytes(const float *x, size_t stride, size_t rows, size_t columns, float inverse,
                                     const float *inverses, float most, uint8_t *bytes, size_t bytes_stride) {
  for (size_t row = 0; row < rows; row++) {
    const float *source = x + row * stride;
    uint8_t *target = bytes + row * bytes_stride;
    if (inverses) {
      for (size_t i = 0; i < columns; i++) target[i] = offset_byte(source[i] * inverses[i], most);
    } else {
      for (size_t i = 0; i < columns; i++) target[i] = offset_byte(source[i] * inverse, most);
    }
  }
}

/// What a row's numbers, none negative, are multiplied by so that the largest of them becomes `most`.
static inline float inverse_step(const float *values, size_t columns, float most) {
  // Floats that are not negative are ordered as their bits are, and whole numbers' maximum takes a vector at a time.
  int32_t largest = 0;
  for (size_t i = 0; i < columns; i++) {
    int32_t bits;
    memcpy(&bits, values + i, 4);
    largest = bits > largest ? bits : largest;
  }
  float value;
  memcpy(&value, &largest, 4);
  // Zeros stay zeros.
  float least = 0x1p-100f;
  return 1.0f / ((value > least ? value : least) / most);
}

VK_DISPATCHED void vk_round_rows_to_grid(const float *x, size_t rows, size_t columns, float most, float *grid,
                                         float *sums) {
  for (size_t row = 0; row < rows; row++) {
    const float *source = x + row * columns;
    float *target = grid + row * columns;
    float inverse = inverse_step(source, columns, most);
    uint32_t sum = 0;
    for (size_t i = 0; i < columns; i++) {
      float value = (clamped(source[i] * inverse, most) + ROUNDER) - ROUNDER;
      target[i] = value;
      sum += (uint32_t)(int32_t)value;
    }
    sums[row] = (float)sum;
  }
}

VK_DISPATCHED void vk_round_rows_to_bytes(const float *x, size_t rows, size_t columns, uint8_t *bytes,
                                          size_t bytes_stride, float *sums) {
  for (size_t row = 0; row < rows; row++) {
    const float *source = x + row * columns;
    uint8_t *target = bytes + row * bytes_stride;
    float inverse = inverse_step(source, columns, 127.0f);
    uint32_t sum = 0;
    for (size_t i = 0; i < columns; i++) {
      uint8_t value = offset_byte(source[i] * inverse, 127.0f) ^ 0x80;
      target[i] = value;
      sum += value;
    }
    sums[row] = (float)sum;
  }
}

VK_DISPATCHED void vk_finish_sums(const float *sums, size_t stride, size_t rows, size_t columns,
                                  const float *column_factors, const float *row_factors, const float *bias, int adds,
                                  float *y, size_t y_stride) {
#pragma clang fp contract(off)
  for (size_t row = 0; row < rows; row++) {
    const float *source = sums + row * stride;
    float *target = y + row * y_stride;
    float row_factor = row_factors ? row_factors[row] : 1.0f;
    for (size_t i = 0; i < columns; i++) {
      float value = source[i];
      if (column_factors) value = value * column_factors[i];
      if (row_factors) value = value * row_factor;
      if (bias) value = value + bias[i];
      target[i] = adds ? target[i] + value : value;
    }
  }
}

VK_DISPATCHED void vk_split_words(const float *x, size_t stride, size_t rows, size_t columns, float *high, float *low) {
  for (size_t row = 0; row < rows; row++) {
    const float *source = x + row * stride;
    for (size_t i = 0; i < columns; i++) {
      // The remainder goes from 0 to 255.
      int32_t value = (int32_t)source[i], remainder = value & 255;
      high[row * columns + i] = (float)((value - remainder) / 256);
      low[row * columns + i] = (float)(remainder - 128);
    }
  }
}

VK_DISPATCHED void vk_join_sums(float *high, const float *low, const float *offsets, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t i = 0; i < columns; i++) {
      size_t place = row * columns + i;
      // The whole fits 32 bits, but not each part of it.
      high[place] = (float)((int64_t)high[place] * 256 + (int64_t)low[place] + (int64_t)offsets[i]);
    }
  }
}

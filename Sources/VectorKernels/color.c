#include "color_kernels.h"
#include "dispatch.h"

// A fused multiply-add would round once where PIL rounds twice.
#pragma STDC FP_CONTRACT OFF

// Pixels that are taken apart into planes at a time.
#define BLOCK 64

static inline uint8_t clipped(float value) {
  value = value > 0.0f ? value : 0.0f;
  value = value < 255.0f ? value : 255.0f;
  return (uint8_t)(int32_t)value;
}

static inline int32_t gray(int32_t red, int32_t green, int32_t blue) {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

VK_DISPATCHED
void ck_blend_with_constant(uint8_t *bytes, size_t count, uint8_t base, float factor) {
  for (size_t i = 0; i < count; i++) {
    bytes[i] = clipped((float)base + factor * (float)((int32_t)bytes[i] - (int32_t)base));
  }
}

VK_DISPATCHED
void ck_blend_with_gray(uint8_t *pixels, size_t count, float factor) {
  for (size_t i = 0; i < count; i++) {
    int32_t red = pixels[3 * i], green = pixels[3 * i + 1], blue = pixels[3 * i + 2];
    int32_t level = gray(red, green, blue);
    float base = (float)level;
    pixels[3 * i] = clipped(base + factor * (float)(red - level));
    pixels[3 * i + 1] = clipped(base + factor * (float)(green - level));
    pixels[3 * i + 2] = clipped(base + factor * (float)(blue - level));
  }
}

VK_DISPATCHED
uint64_t ck_gray_sum(const uint8_t *pixels, size_t count) {
  uint64_t sum = 0;
  while (count > 0) {
    // 2^16 gray levels fit 32 bits.
    size_t length = count < 65536 ? count : 65536;
    uint32_t part = 0;
    for (size_t i = 0; i < length; i++) {
      part += (uint32_t)gray(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]);
    }
    sum += part;
    pixels += 3 * length;
    count -= length;
  }
  return sum;
}

// Which of PIL's steps are in 32 and which in 64 bits decides the last bit, and so some bytes: they are kept.
//
//     hue in sixths of a turn = 0, 2 or 4 for the largest color, + or - the others' distances from it / span
//     saturation = span / largest
VK_DISPATCHED
void ck_shift_hue(uint8_t *pixels, size_t count, uint8_t shift) {
  for (size_t start = 0; start < count; start += BLOCK) {
    size_t length = count - start < BLOCK ? count - start : BLOCK;
    uint8_t *block = pixels + 3 * start;
    int32_t reds[BLOCK] = {0}, greens[BLOCK] = {0}, blues[BLOCK] = {0};
    for (size_t i = 0; i < length; i++) {
      reds[i] = block[3 * i];
      greens[i] = block[3 * i + 1];
      blues[i] = block[3 * i + 2];
    }
    for (size_t i = 0; i < BLOCK; i++) {
      int32_t red = reds[i], green = greens[i], blue = blues[i];
      int32_t top = red > green ? red : green, low = red > green ? green : red;
      top = top > blue ? top : blue;
      low = low < blue ? low : blue;
      // A gray pixel has saturation 0, so its hue does not matter; the divisors only must not be 0.
      float span = (float)(top - low);
      float divisor = span > 0.0f ? span : 1.0f;
      float toRed = (float)(top - red) / divisor;
      float toGreen = (float)(top - green) / divisor;
      float toBlue = (float)(top - blue) / divisor;
      float sixths = toBlue - toGreen;
      float fromGreen = (float)(2.0 + (double)toRed - (double)toBlue);
      float fromBlue = (float)(4.0 + (double)toGreen - (double)toRed);
      sixths = red == top ? sixths : (green == top ? fromGreen : fromBlue);
      double turn = (double)sixths / 6.0 + 1.0;
      turn = turn >= 1.0 ? turn - 1.0 : turn;
      int32_t hue = (int32_t)((double)(float)turn * 255.0);
      hue = (hue + shift) & 255;
      float saturation = span / (float)(top > 0 ? top : 1);
      int32_t share = (int32_t)((double)saturation * 255.0);

      double position = (double)hue * 6.0 / 255.0;
      int32_t sector = (int32_t)position;
      float rest = (float)(position - (double)sector);
      float part = (float)((double)share / 255.0);
      double value = (double)top;
      int32_t smallest = (int32_t)(value * (1.0 - (double)part) + 0.5);
      int32_t falling = (int32_t)(value * (1.0 - (double)(part * rest)) + 0.5);
      int32_t rising = (int32_t)(value * (1.0 - (double)part * (1.0 - (double)rest)) + 0.5);
      sector = sector == 6 ? 0 : sector;
      reds[i] = sector == 0 || sector == 5 ? top : sector == 1 ? falling : sector == 4 ? rising : smallest;
      greens[i] = sector == 1 || sector == 2 ? top : sector == 3 ? falling : sector == 0 ? rising : smallest;
      blues[i] = sector == 3 || sector == 4 ? top : sector == 5 ? falling : sector == 2 ? rising : smallest;
    }
    for (size_t i = 0; i < length; i++) {
      block[3 * i] = (uint8_t)reds[i];
      block[3 * i + 1] = (uint8_t)greens[i];
      block[3 * i + 2] = (uint8_t)blues[i];
    }
  }
}

void ck_mirror_row(uint8_t *pixels, size_t columns) {
  for (size_t left = 0, right = columns; left + 1 < right; left++) {
    right--;
    for (size_t channel = 0; channel < 3; channel++) {
      uint8_t byte = pixels[3 * left + channel];
      pixels[3 * left + channel] = pixels[3 * right + channel];
      pixels[3 * right + channel] = byte;
    }
  }
}

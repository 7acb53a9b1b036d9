#include "int8_ways.h"

#include <stdint.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define NATIVE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define INLINED static inline __attribute__((always_inline)) NATIVE
#endif

// Rows of a that are packed at once.
enum { BLOCK_ROWS = 128 };

int vk_processor_has_int8(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return vk_processor_has_vnni() || __builtin_cpu_supports("avx2");
#else
  return 0;
#endif
}

#if defined(__x86_64__)
int vk_processor_has_vnni(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}
#endif

/// The definition.
static void multiply_emulated(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                              int transposing_b, float *c, size_t ldc) {
  size_t row_step = transposing_b ? 1 : ldb, column_step = transposing_b ? ldb : 1;
  for (size_t row = 0; row < m; row++) {
    for (size_t column = 0; column < n; column++) {
      int32_t sum = 0;
      for (size_t term = 0; term < k; term++) {
        sum += (int32_t)a[row * lda + term] * (int32_t)b[term * row_step + column * column_step];
      }
      c[row * ldc + column] = (float)sum;
    }
  }
}

#if defined(__x86_64__)

// The instruction multiplies unsigned by signed numbers. So 128 is added to those of a, and 128 times the sum of b's
// column taken away again: the sums begin there.

/// Up to 64 floats as bytes; zeros follow.
INLINED __m512i bytes(const float *source, size_t left) {
  __m512i result = _mm512_setzero_si512();
  for (int part = 0; part < 4; part++) {
    size_t begin = 16 * (size_t)part;
    if (left <= begin) break;
    __m128i few = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(_mm512_maskz_loadu_ps(vk_lanes(left - begin), source + begin)));
    result = part == 0   ? _mm512_inserti32x4(result, few, 0)
             : part == 1 ? _mm512_inserti32x4(result, few, 1)
             : part == 2 ? _mm512_inserti32x4(result, few, 2)
                         : _mm512_inserti32x4(result, few, 3);
  }
  return result;
}

/// [m, k] row by row with 128 added; the target's rows are `stride` fours apart.
NATIVE static void pack_left(const float *source, size_t lda, size_t m, size_t k, vk_word *target, size_t stride) {
  const __m512i offset = _mm512_set1_epi8((char)128);
  for (size_t row = 0; row < m; row++) {
    for (size_t term = 0; term < k; term += 64) {
      __m512i values = bytes(source + row * lda + term, k - term);
      _mm512_storeu_si512(target + row * stride + term / 4, _mm512_xor_si512(values, offset));
    }
  }
}

/// [n, k] so that a row holds four terms for each of `width` columns.
NATIVE static void pack_columns(const float *source, size_t ldb, size_t k, size_t n, vk_word *target, size_t width) {
  for (size_t column = 0; column < width; column += 16) {
    for (size_t term = 0; term < k; term += 64) {
      __m512i block[16];
      for (size_t i = 0; i < 16; i++) {
        block[i] = column + i < n ? bytes(source + (column + i) * ldb + term, k - term) : _mm512_setzero_si512();
      }
      vk_transpose(block);
      size_t fours = (k - term + 3) / 4;
      for (size_t i = 0; i < 16 && i < fours; i++) {
        _mm512_storeu_si512(target + (term / 4 + i) * width + column, block[i]);
      }
    }
  }
}

/// The same of [k, n].
NATIVE static void pack_rows(const float *source, size_t ldb, size_t k, size_t n, vk_word *target, size_t width) {
  const __m512i byte = _mm512_set1_epi32(0xFF);
  for (size_t term = 0; term < k; term += 4, target += width) {
    for (size_t column = 0; column < width; column += 16) {
      __mmask16 mask = column < n ? vk_lanes(n - column) : 0;
      __m512i four = _mm512_setzero_si512();
      for (size_t i = 0; i < 4 && term + i < k; i++) {
        __m512i row = _mm512_cvtps_epi32(_mm512_maskz_loadu_ps(mask, source + (term + i) * ldb + column));
        four = _mm512_or_si512(four, _mm512_sllv_epi32(_mm512_and_si512(row, byte), _mm512_set1_epi32((int)(8 * i))));
      }
      _mm512_storeu_si512(target + column, four);
    }
  }
}

INLINED void sum(const vk_word *a, size_t stride, const vk_word *b, size_t width, size_t fours, float *c, size_t ldc,
                 __mmask16 last, const int rows, const int vectors) {
  __m512i sums[VK_TILE_ROWS][4], offsets[4];
  VK_UNROLLED for (int v = 0; v < vectors; v++) {
    offsets[v] = _mm512_setzero_si512();
    VK_UNROLLED for (int r = 0; r < rows; r++) sums[r][v] = _mm512_setzero_si512();
  }
  for (size_t four = 0; four < fours; four++) {
    __m512i columns[4];
    VK_UNROLLED for (int v = 0; v < vectors; v++) columns[v] = _mm512_loadu_si512(b + four * width + 16 * v);
    VK_UNROLLED for (int r = 0; r < rows; r++) {
      __m512i row = _mm512_set1_epi32((int)a[r * stride + four]);
      VK_UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], row, columns[v]);
    }
  }
  VK_UNROLLED for (int v = 0; v < vectors; v++) offsets[v] = _mm512_loadu_si512(b + fours * width + 16 * v);
  VK_UNROLLED for (int r = 0; r < rows; r++) {
    VK_UNROLLED for (int v = 0; v < vectors; v++) {
      __m512 value = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums[r][v], offsets[v]));
      _mm512_mask_storeu_ps(c + r * ldc + 16 * v, v == vectors - 1 ? last : 0xFFFF, value);
    }
  }
}

/// 128 times the sum of each column, behind the packed columns.
NATIVE static void add_offsets(vk_word *b, size_t width, size_t fours) {
  const __m512i offset = _mm512_set1_epi8((char)128);
  for (size_t column = 0; column < width; column += 16) {
    __m512i total = _mm512_setzero_si512();
    for (size_t four = 0; four < fours; four++) {
      total = _mm512_dpbusd_epi32(total, offset, _mm512_loadu_si512(b + four * width + column));
    }
    _mm512_storeu_si512(b + fours * width + column, total);
  }
}

#define SUM(ROWS, VECTORS) \
  sum(a, stride, b, width, fours, c, ldc, vk_lanes(columns - 16 * (VECTORS - 1)), ROWS, VECTORS)

NATIVE static void tile(const vk_word *a, size_t stride, const vk_word *b, size_t width, size_t fours, float *c,
                        size_t ldc, size_t rows, size_t columns) {
  switch (rows) { VK_OF_ROWS(1) VK_OF_ROWS(2) VK_OF_ROWS(3) VK_OF_ROWS(4) VK_OF_ROWS(5) VK_OF_ROWS(6) }
}

NATIVE static int multiply_native(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                           int transposing_b, float *c, size_t ldc) {
  size_t fours = (k + 3) / 4, stride = vk_rounded_up(fours, 16);
  vk_word *left = vk_packing_memory(BLOCK_ROWS * stride + VK_TILE_COLUMNS * (fours + 1));
  if (!left) return 0;
  vk_word *right = left + BLOCK_ROWS * stride;
  for (size_t first = 0; first < m; first += BLOCK_ROWS) {
    size_t rows = vk_least(m - first, BLOCK_ROWS);
    pack_left(a + first * lda, lda, rows, k, left, stride);
    for (size_t column = 0; column < n; column += VK_TILE_COLUMNS) {
      size_t columns = vk_least(n - column, VK_TILE_COLUMNS), width = vk_rounded_up(columns, 16);
      if (transposing_b)
        pack_columns(b + column * ldb, ldb, k, columns, right, width);
      else
        pack_rows(b + column, ldb, k, columns, right, width);
      add_offsets(right, width, fours);
      for (size_t row = 0, height; row < rows; row += height) {
        height = vk_part(rows - row, VK_TILE_ROWS);
        tile(left + row * stride, stride, right, width, fours, c + (first + row) * ldc + column, ldc, height, columns);
      }
    }
  }
  return 1;
}
#endif

int vk_int8_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                     int transposing_b, float *c, size_t ldc, int way) {
#if defined(__x86_64__)
  if (way != VK_INT8_DEFINITION) {
    return vk_takes_vnni(way) ? multiply_native(m, n, k, a, lda, b, ldb, transposing_b, c, ldc)
                              : vk_int8_multiply_avx2(m, n, k, a, lda, b, ldb, transposing_b, c, ldc);
  }
#endif
  multiply_emulated(m, n, k, a, lda, b, ldb, transposing_b, c, ldc);
  return 1;
}

// Products of bfloat16 by the processor's own instruction (AVX-512 BF16).
#if defined(__x86_64__)
#include "bfloat16_ways.h"

#define NATIVE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define INLINED static inline __attribute__((always_inline)) NATIVE

/// Rounds 32 floats, or as many as there are left; zeros follow.
INLINED __m512i rounded(const float *source, size_t left) {
  __m512 low = _mm512_maskz_loadu_ps(vk_lanes(left), source);
  __m512 high = left > 16 ? _mm512_maskz_loadu_ps(vk_lanes(left - 16), source + 16) : _mm512_setzero_ps();
  return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

NATIVE static void pack_rows(const float *source, size_t stride, size_t k, size_t n, vk_word *target, size_t width) {
  const __m512i zip = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5,
                                       20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  for (size_t term = 0; term < k; term += 2, target += width) {
    const float *even = source + term * stride;
    for (size_t column = 0; column < width; column += 16) {
      __mmask16 mask = column < n ? vk_lanes(n - column) : 0;
      __m512 low = _mm512_maskz_loadu_ps(mask, even + column);
      __m512 high = term + 1 < k ? _mm512_maskz_loadu_ps(mask, even + stride + column) : _mm512_setzero_ps();
      __m512i both = (__m512i)_mm512_cvtne2ps_pbh(high, low);
      _mm512_storeu_si512(target + column, _mm512_permutexvar_epi16(zip, both));
    }
  }
}

NATIVE static void pack_columns(const float *source, size_t stride, size_t k, size_t n, vk_word *target,
                                size_t width) {
  for (size_t column = 0; column < width; column += 16) {
    for (size_t term = 0; term < k; term += 32) {
      __m512i block[16];
      for (size_t i = 0; i < 16; i++) {
        block[i] = column + i < n ? rounded(source + (column + i) * stride + term, k - term) : _mm512_setzero_si512();
      }
      vk_transpose(block);
      size_t pairs = (k - term + 1) / 2;
      for (size_t i = 0; i < 16 && i < pairs; i++) {
        _mm512_storeu_si512(target + (term / 2 + i) * width + column, block[i]);
      }
    }
  }
}

NATIVE static void round_rows(const float *source, size_t source_stride, size_t m, size_t k, vk_word *target,
                              size_t stride) {
  for (size_t row = 0; row < m; row++) {
    for (size_t term = 0; term < k; term += 32) {
      _mm512_storeu_si512(target + row * stride + term / 2, rounded(source + row * source_stride + term, k - term));
    }
  }
}

INLINED void sum(const vk_word *a, size_t row_step, size_t pair_step, const vk_word *b, size_t width, size_t pairs,
                 float *c, size_t ldc, float alpha, float beta, __mmask16 last, const int rows, const int vectors) {
  __m512 sums[VK_TILE_ROWS][4];
  VK_UNROLLED for (int r = 0; r < rows; r++) {
    VK_UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_ps();
  }
  for (size_t pair = 0; pair < pairs; pair++) {
    __m512bh columns[4];
    VK_UNROLLED for (int v = 0; v < vectors; v++) columns[v] = (__m512bh)_mm512_loadu_si512(b + pair * width + 16 * v);
    VK_UNROLLED for (int r = 0; r < rows; r++) {
      __m512bh row = (__m512bh)_mm512_set1_epi32((int)a[r * row_step + pair * pair_step]);
      VK_UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], row, columns[v]);
    }
  }
  VK_UNROLLED for (int r = 0; r < rows; r++) {
    VK_UNROLLED for (int v = 0; v < vectors; v++) {
      __mmask16 mask = v == vectors - 1 ? last : 0xFFFF;
      float *place = c + r * ldc + 16 * v;
      __m512 scaled = _mm512_mul_ps(sums[r][v], _mm512_set1_ps(alpha));
      if (beta != 0) scaled = _mm512_fmadd_ps(_mm512_set1_ps(beta), _mm512_maskz_loadu_ps(mask, place), scaled);
      _mm512_mask_storeu_ps(place, mask, scaled);
    }
  }
}

#define SUM(ROWS, VECTORS) \
  sum(a, row_step, pair_step, b, width, pairs, c, ldc, alpha, beta, vk_lanes(columns - 16 * (VECTORS - 1)), ROWS, VECTORS)
NATIVE static void tile(const vk_word *a, size_t row_step, size_t pair_step, const vk_word *b, size_t width,
                        size_t pairs, float *c, size_t ldc, float alpha, float beta, size_t rows, size_t columns) {
  switch (rows) { VK_OF_ROWS(1) VK_OF_ROWS(2) VK_OF_ROWS(3) VK_OF_ROWS(4) VK_OF_ROWS(5) VK_OF_ROWS(6) }
}

const struct vk_bfloat16_way vk_bfloat16_native = {pack_rows, pack_columns, round_rows, tile};
#endif

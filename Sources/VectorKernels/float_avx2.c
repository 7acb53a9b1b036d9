#include "avx2.h"
#include "float_ways.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define NATIVE __attribute__((target("avx2,fma")))
#define INLINED static inline __attribute__((always_inline)) NATIVE

/// What becomes of the sums of a row and 8 columns, of which `left` are there.
INLINED void finish(__m256 sums, float *c, size_t left, float alpha, float beta) {
  __m256 scaled = _mm256_mul_ps(sums, _mm256_set1_ps(alpha));
  __m256i mask = vk_lanes_of_eight(left);
  if (beta != 0) scaled = _mm256_fmadd_ps(_mm256_set1_ps(beta), _mm256_maskload_ps(c, mask), scaled);
  // A masked store takes many times as long.
  if (left >= 8) {
    _mm256_storeu_ps(c, scaled);
  } else {
    _mm256_maskstore_ps(c, mask, scaled);
  }
}

/// The sums of 16 columns, of which `left` are there: twelve of the sixteen registers.
INLINED void sum(const float *a, size_t row_step, size_t term_step, const float *b, size_t ldb, size_t terms, float *c,
                 size_t ldc, float alpha, float beta, size_t left, const int rows, const int is_whole) {
  __m256 sums[VK_TILE_ROWS][2];
  VK_UNROLLED for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm256_setzero_ps();
  __m256i first_lanes = vk_lanes_of_eight(left), second_lanes = vk_lanes_of_eight(left > 8 ? left - 8 : 0);
  for (size_t term = 0; term < terms; term++) {
    const float *place = b + term * ldb;
    // Panels that are larger than the first-level cache come from the next one in time.
    _mm_prefetch((const char *)(place + 16 * ldb), _MM_HINT_T0);
    __m256 first = is_whole ? _mm256_loadu_ps(place) : _mm256_maskload_ps(place, first_lanes);
    __m256 second = is_whole ? _mm256_loadu_ps(place + 8) : _mm256_maskload_ps(place + 8, second_lanes);
    VK_UNROLLED for (int r = 0; r < rows; r++) {
      __m256 row = _mm256_set1_ps(a[(size_t)r * row_step + term * term_step]);
      sums[r][0] = _mm256_fmadd_ps(row, first, sums[r][0]);
      sums[r][1] = _mm256_fmadd_ps(row, second, sums[r][1]);
    }
  }
  VK_UNROLLED for (int r = 0; r < rows; r++) {
    finish(sums[r][0], c + (size_t)r * ldc, is_whole ? 8 : left, alpha, beta);
    if (is_whole || left > 8) finish(sums[r][1], c + (size_t)r * ldc + 8, is_whole ? 8 : left - 8, alpha, beta);
  }
}

#define OF_ROWS(COUNT)                                                                                       \
  case COUNT:                                                                                                \
    if (left >= 16) {                                                                                        \
      sum(a, row_step, term_step, b, ldb, terms, c, ldc, alpha, beta, left, COUNT, 1);                       \
    } else {                                                                                                 \
      sum(a, row_step, term_step, b, ldb, terms, c, ldc, alpha, beta, left, COUNT, 0);                       \
    }                                                                                                        \
    break;

NATIVE void vk_float_tile_avx2(const float *a, size_t row_step, size_t term_step, const float *b, size_t ldb,
                               size_t terms, float *c, size_t ldc, float alpha, float beta, size_t rows,
                               size_t columns) {
  for (size_t left = columns; left > 0; left = left > 16 ? left - 16 : 0, b += 16, c += 16) {
    switch (rows) { OF_ROWS(1) OF_ROWS(2) OF_ROWS(3) OF_ROWS(4) OF_ROWS(5) OF_ROWS(6) }
  }
}

/// Transposes 8 by 8 floats.
INLINED void transpose(__m256 r[8]) {
  __m256 t[8];
  VK_UNROLLED for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  VK_UNROLLED for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xEE);
    r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
  }
  VK_UNROLLED for (int i = 0; i < 4; i++) {
    t[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
    t[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
  }
  VK_UNROLLED for (int i = 0; i < 8; i++) r[i] = t[i];
}

NATIVE void vk_float_pack_avx2(size_t k, size_t columns, const float *b, size_t ldb, float *packed, size_t width) {
  for (size_t column = 0; column < width; column += 8) {
    size_t term = 0;
    for (; term + 8 <= k && column + 8 <= columns; term += 8) {
      __m256 block[8];
      VK_UNROLLED for (size_t i = 0; i < 8; i++) block[i] = _mm256_loadu_ps(b + (column + i) * ldb + term);
      transpose(block);
      VK_UNROLLED for (size_t i = 0; i < 8; i++) _mm256_storeu_ps(packed + (term + i) * width + column, block[i]);
    }
    for (; term < k; term++) {
      for (size_t i = column; i < column + 8; i++) packed[term * width + i] = i < columns ? b[i * ldb + term] : 0;
    }
  }
}
#endif

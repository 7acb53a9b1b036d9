#include "int8_ways.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define NATIVE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define INLINED static inline __attribute__((always_inline)) NATIVE
#endif

_Static_assert(VK_INT8_PANEL == VK_TILE_COLUMNS, "a panel is as wide as a tile");

size_t vk_int8_packed_bytes(size_t n, size_t k) { return vk_rounded_up(n, 16) * (vk_fours(k) + 1) * sizeof(vk_word); }

// The definitions.

/// 128 times the sum of each column, or zeros, behind the packed columns.
static void add_offsets(struct vk_panel p, size_t k, int32_t offset) {
  vk_word *last = p.start + vk_fours(k) * p.width;
  memset(last, 0, p.width * sizeof *last);
  for (size_t row = 0; row < vk_fours(k); row++) {
    for (size_t column = 0; column < p.width; column++) {
      int8_t four[4];
      memcpy(four, p.start + row * p.width + column, 4);
      last[column] += (vk_word)(offset * (four[0] + four[1] + four[2] + four[3]));
    }
  }
}

void vk_int8_pack(size_t n, size_t k, const float *b, size_t ldb, int transposing_b, void *packed) {
  size_t row_step = transposing_b ? 1 : ldb, column_step = transposing_b ? ldb : 1;
  for (size_t first = 0; first < n; first += VK_TILE_COLUMNS) {
    struct vk_panel p = vk_panel_at(packed, first, n, k);
    int8_t *bytes = (int8_t *)p.start;
    memset(bytes, 0, vk_fours(k) * p.width * 4);
    for (size_t column = 0; column < p.columns; column++) {
      for (size_t term = 0; term < k; term++) {
        float value = b[term * row_step + (first + column) * column_step];
        bytes[term / 4 * p.width * 4 + column * 4 + term % 4] = (int8_t)value;
      }
    }
    add_offsets(p, k, 128);
  }
}

static void pack_emulated(size_t n, size_t k, const uint8_t *b, size_t row_step, size_t column_step, void *packed,
                          int32_t offset) {
  for (size_t first = 0; first < n; first += VK_TILE_COLUMNS) {
    struct vk_panel p = vk_panel_at(packed, first, n, k);
    uint8_t *bytes = (uint8_t *)p.start;
    memset(bytes, 0, vk_fours(k) * p.width * 4);
    for (size_t column = 0; column < p.columns; column++) {
      for (size_t term = 0; term < k; term++) {
        uint8_t value = b[term * row_step + (first + column) * column_step];
        bytes[term / 4 * p.width * 4 + column * 4 + term % 4] = value ^ 0x80;
      }
    }
    add_offsets(p, k, offset);
  }
}

static void multiply_emulated(size_t m, size_t n, size_t k, const uint8_t *a, size_t lda, const void *packed,
                              struct vk_int8_output output) {
#pragma clang fp contract(off)
  for (size_t row = 0; row < m; row++) {
    for (size_t column = 0; column < n; column++) {
      struct vk_panel p = vk_panel_at(packed, column - column % VK_TILE_COLUMNS, n, k);
      const int8_t *bytes = (const int8_t *)(p.start + column % VK_TILE_COLUMNS);
      int32_t sum = 0;
      for (size_t term = 0; term < k; term++) {
        sum += (int32_t)a[row * lda + term] * bytes[term / 4 * p.width * 4 + term % 4];
      }
      sum -= (int32_t)p.start[vk_fours(k) * p.width + column % VK_TILE_COLUMNS];
      float value = (float)sum;
      if (output.column_factors) value = value * output.column_factors[column];
      if (output.row_factors) value = value * output.row_factors[row];
      if (output.bias) value = value + output.bias[column];
      float *target = output.values + row * output.stride + column;
      *target = output.adds ? *target + value : value;
    }
  }
}

#if defined(__x86_64__)

/// 128 added or taken away.
INLINED __m512i turned(__m512i bytes) { return _mm512_xor_si512(bytes, _mm512_set1_epi8((char)0x80)); }

/// Bytes of which `left` are there; the rest are zeros once 128 is taken away.
INLINED __m512i bytes(const uint8_t *source, size_t left) {
  if (left >= 64) return turned(_mm512_loadu_si512(source));
  __mmask64 mask = ((__mmask64)1 << left) - 1;
  return turned(_mm512_mask_loadu_epi8(_mm512_set1_epi8((char)0x80), mask, source));
}

NATIVE static void pack_rows_native(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed) {
  const __m512i offset = _mm512_set1_epi8((char)128);
  for (size_t first = 0; first < n; first += VK_TILE_COLUMNS) {
    struct vk_panel p = vk_panel_at(packed, first, n, k);
    for (size_t column = 0; column < p.width; column += 16) {
      __m512i total = _mm512_setzero_si512();
      for (size_t term = 0; term < k; term += 64) {
        __m512i block[16];
        for (size_t i = 0; i < 16; i++) {
          block[i] = column + i < p.columns ? bytes(b + (first + column + i) * ldb + term, k - term)
                                            : _mm512_setzero_si512();
        }
        vk_transpose(block);
        size_t count = vk_least(vk_fours(k - term), 16);
        for (size_t i = 0; i < count; i++) {
          total = _mm512_dpbusd_epi32(total, offset, block[i]);
          _mm512_storeu_si512(p.start + (term / 4 + i) * p.width + column, block[i]);
        }
      }
      _mm512_storeu_si512(p.start + vk_fours(k) * p.width + column, total);
    }
  }
}

/// 16 bytes of a row, of which `left` are there, with 128 taken away.
INLINED __m128i sixteen(const uint8_t *source, size_t left) {
  const __m128i zero = _mm_set1_epi8((char)0x80);
  __m128i found = left >= 16 ? _mm_loadu_si128((const __m128i *)source)
                             : _mm_mask_loadu_epi8(zero, vk_lanes(left), source);
  return _mm_xor_si128(found, zero);
}

NATIVE static void pack_columns_native(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed) {
  for (size_t first = 0; first < n; first += VK_TILE_COLUMNS) {
    struct vk_panel p = vk_panel_at(packed, first, n, k);
    for (size_t four = 0; four < vk_fours(k); four++) {
      for (size_t column = 0; column < p.width; column += 16) {
        __m128i rows[4];
        size_t left = p.columns - column;
        for (size_t i = 0; i < 4; i++) {
          rows[i] = 4 * four + i < k ? sixteen(b + (4 * four + i) * ldb + first + column, left) : _mm_setzero_si128();
        }
        __m128i low = _mm_unpacklo_epi8(rows[0], rows[1]), high = _mm_unpackhi_epi8(rows[0], rows[1]);
        __m128i next_low = _mm_unpacklo_epi8(rows[2], rows[3]), next_high = _mm_unpackhi_epi8(rows[2], rows[3]);
        __m128i *target = (__m128i *)(p.start + four * p.width + column);
        _mm_storeu_si128(target, _mm_unpacklo_epi16(low, next_low));
        _mm_storeu_si128(target + 1, _mm_unpackhi_epi16(low, next_low));
        _mm_storeu_si128(target + 2, _mm_unpacklo_epi16(high, next_high));
        _mm_storeu_si128(target + 3, _mm_unpackhi_epi16(high, next_high));
      }
    }
    memset(p.start + vk_fours(k) * p.width, 0, p.width * sizeof *p.start);
  }
}

/// The output is read member by member: a copy of it whole would wait until a tile's results are out of the store buffer, a
/// tenth of the time.
INLINED void sum(const uint8_t *a, size_t lda, const vk_word *b, size_t width, size_t fours,
                 const struct vk_int8_output *y, size_t row, size_t column, __mmask16 last, const int rows,
                 const int vectors) {
  __m512i sums[VK_TILE_ROWS][4];
  VK_UNROLLED for (int r = 0; r < rows; r++) {
    VK_UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_si512();
  }
  for (size_t four = 0; four < fours; four++) {
    __m512i columns[4];
    VK_UNROLLED for (int v = 0; v < vectors; v++) columns[v] = _mm512_loadu_si512(b + four * width + 16 * v);
    VK_UNROLLED for (int r = 0; r < rows; r++) {
      int32_t word;
      memcpy(&word, a + (size_t)r * lda + 4 * four, 4);
      __m512i row = _mm512_set1_epi32(word);
      VK_UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], row, columns[v]);
    }
  }
  const float *factors = y->column_factors, *row_factors = y->row_factors, *biases = y->bias;
  size_t stride = y->stride;
  float *values = y->values + row * stride + column;
  int adds = y->adds;
  VK_UNROLLED for (int v = 0; v < vectors; v++) {
    __mmask16 mask = v == vectors - 1 ? last : 0xFFFF;
    __m512i offset = _mm512_loadu_si512(b + fours * width + 16 * v);
    __m512 factor = factors ? _mm512_maskz_loadu_ps(mask, factors + column + 16 * v) : _mm512_set1_ps(1);
    __m512 bias = biases ? _mm512_maskz_loadu_ps(mask, biases + column + 16 * v) : _mm512_setzero_ps();
    VK_UNROLLED for (int r = 0; r < rows; r++) {
      float *target = values + (size_t)r * stride + 16 * v;
      __m512 value = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums[r][v], offset));
      value = _mm512_mul_ps(value, factor);
      if (row_factors) value = _mm512_mul_ps(value, _mm512_set1_ps(row_factors[row + (size_t)r]));
      if (biases) value = _mm512_add_ps(value, bias);
      if (adds) value = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, target), value);
      _mm512_mask_storeu_ps(target, mask, value);
    }
  }
}

#define SUM(ROWS, VECTORS) \
  sum(a, lda, b, width, count, y, row, column, vk_lanes(columns - 16 * (VECTORS - 1)), ROWS, VECTORS)

NATIVE static void tile(const uint8_t *a, size_t lda, const vk_word *b, size_t width, size_t count,
                        const struct vk_int8_output *y, size_t row, size_t column, size_t rows, size_t columns) {
  switch (rows) { VK_OF_ROWS(1) VK_OF_ROWS(2) VK_OF_ROWS(3) VK_OF_ROWS(4) VK_OF_ROWS(5) VK_OF_ROWS(6) }
}

NATIVE static void multiply_native(size_t m, size_t n, size_t k, const uint8_t *a, size_t lda, const void *packed,
                                   const struct vk_int8_output *output) {
  for (size_t column = 0; column < n; column += VK_TILE_COLUMNS) {
    struct vk_panel p = vk_panel_at(packed, column, n, k);
    for (size_t row = 0, height; row < m; row += height) {
      height = vk_part(m - row, VK_TILE_ROWS);
      tile(a + row * lda, lda, p.start, p.width, vk_fours(k), output, row, column, height, p.columns);
    }
  }
}
#endif

void vk_int8_pack_rows(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed, int way) {
#if defined(__x86_64__)
  if (vk_takes_vnni(way)) return pack_rows_native(n, k, b, ldb, packed);
  if (way != VK_INT8_DEFINITION) return vk_int8_pack_rows_avx2(n, k, b, ldb, packed);
#endif
  pack_emulated(n, k, b, 1, ldb, packed, 128);
}

void vk_int8_pack_columns(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed, int way) {
#if defined(__x86_64__)
  if (vk_takes_vnni(way)) return pack_columns_native(n, k, b, ldb, packed);
  if (way != VK_INT8_DEFINITION) return vk_int8_pack_columns_avx2(n, k, b, ldb, packed);
#endif
  pack_emulated(n, k, b, ldb, 1, packed, 0);
}

void vk_int8_multiply_packed(size_t m, size_t n, size_t k, const uint8_t *a, size_t lda, const void *packed,
                             struct vk_int8_output output, int way) {
#if defined(__x86_64__)
  if (vk_takes_vnni(way)) return multiply_native(m, n, k, a, lda, packed, &output);
  if (way != VK_INT8_DEFINITION && vk_int8_multiply_packed_avx2(m, n, k, a, lda, packed, &output)) return;
#endif
  multiply_emulated(m, n, k, a, lda, packed, output);
}

#include "avx2.h"
#include "int8_ways.h"

#include <string.h>

// Products of 8-bit numbers without instructions of their own: as pairs of 16 bits (AVX2). The instruction for 8 bits,
// vpmaddubsw, would cut sums at 16 bits.

#if defined(__x86_64__)
#include <immintrin.h>
#define NATIVE __attribute__((target("avx2")))
#define INLINED static inline __attribute__((always_inline)) NATIVE

/// Sums of 6 by 16 numbers are twelve of the sixteen registers. Rows are spread to 16 bits in blocks: a panel of the right
/// operand stays near meanwhile.
enum { ROWS = 6, COLUMNS = 16, BLOCK = 96 };

/// Terms 0 and 2 of a word in the lower half, 1 and 3 in the upper.
typedef uint64_t spread;

static inline size_t spread_words(size_t k) { return BLOCK * vk_fours(k) * (sizeof(spread) / sizeof(vk_word)); }

/// Rows of bytes so that the words of `rows` neighboring rows lie together, those of the next terms behind them.
static void spread_rows(const uint8_t *a, size_t lda, size_t rows, size_t fours, spread *target) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t four = 0; four < fours; four++) {
      vk_word word;
      memcpy(&word, a + row * lda + 4 * four, 4);
      target[four * rows + row] = (word & 0x00FF00FF) | (spread)(word >> 8 & 0x00FF00FF) << 32;
    }
  }
}

/// What becomes of the sums of a row and 8 columns, of which `left` are there.
INLINED void finish(__m256i sums, const struct vk_int8_output *y, size_t row, size_t column, size_t left) {
  __m256i mask = vk_lanes_of_eight(left);
  __m256 value = _mm256_cvtepi32_ps(sums);
  if (y->column_factors) value = _mm256_mul_ps(value, _mm256_maskload_ps(y->column_factors + column, mask));
  if (y->row_factors) value = _mm256_mul_ps(value, _mm256_set1_ps(y->row_factors[row]));
  if (y->bias) value = _mm256_add_ps(value, _mm256_maskload_ps(y->bias + column, mask));
  float *target = y->values + row * y->stride + column;
  if (y->adds) value = _mm256_add_ps(_mm256_maskload_ps(target, mask), value);
  // A masked store takes many times as long.
  if (left >= 8) {
    _mm256_storeu_ps(target, value);
  } else {
    _mm256_maskstore_ps(target, mask, value);
  }
}

/// Adds products of pairs; the compiler may not put it off, for which there are no registers.
INLINED void add(__m256i *sum, __m256i a, __m256i b) {
  *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(a, b));
  __asm__("" : "+x"(*sum));
}

/// The sums of 16 columns, of which `left` are there.
INLINED void sum(const spread *a, const vk_word *b, size_t width, size_t fours, const struct vk_int8_output *y, size_t row,
                 size_t column, size_t left, const int rows) {
  __m256i sums[ROWS][2];
  VK_UNROLLED for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm256_setzero_si256();
  for (size_t four = 0; four < fours; four++) {
    const __m256i *words = (const __m256i *)(b + four * width);
    const int *terms = (const int *)(a + four * (size_t)rows);
    __m256i first = _mm256_srai_epi16(_mm256_slli_epi16(_mm256_loadu_si256(words), 8), 8);
    __m256i second = _mm256_srai_epi16(_mm256_slli_epi16(_mm256_loadu_si256(words + 1), 8), 8);
    VK_UNROLLED for (int r = 0; r < rows; r++) {
      __m256i pair = _mm256_set1_epi32(terms[2 * r]);
      add(&sums[r][0], pair, first);
      add(&sums[r][1], pair, second);
    }
    first = _mm256_srai_epi16(_mm256_loadu_si256(words), 8);
    second = _mm256_srai_epi16(_mm256_loadu_si256(words + 1), 8);
    VK_UNROLLED for (int r = 0; r < rows; r++) {
      __m256i pair = _mm256_set1_epi32(terms[2 * r + 1]);
      add(&sums[r][0], pair, first);
      add(&sums[r][1], pair, second);
    }
  }
  const __m256i *offsets = (const __m256i *)(b + fours * width);
  __m256i first = _mm256_loadu_si256(offsets), second = _mm256_loadu_si256(offsets + 1);
  VK_UNROLLED for (int r = 0; r < rows; r++) {
    finish(_mm256_sub_epi32(sums[r][0], first), y, row + (size_t)r, column, left);
    if (left > 8) finish(_mm256_sub_epi32(sums[r][1], second), y, row + (size_t)r, column + 8, left - 8);
  }
}

#define OF_ROWS(COUNT) \
  case COUNT: sum(a, b, width, fours, y, row, column, left, COUNT); break;

NATIVE static void tile(const spread *a, const vk_word *b, size_t width, size_t fours, const struct vk_int8_output *y,
                        size_t row, size_t column, size_t rows, size_t left) {
  switch (rows) { OF_ROWS(1) OF_ROWS(2) OF_ROWS(3) OF_ROWS(4) OF_ROWS(5) OF_ROWS(6) }
}

/// A block of rows times a panel; `first` and `column` say where their results begin.
static void multiply_panel(const spread *left, size_t rows, struct vk_panel p, size_t fours,
                           const struct vk_int8_output *y, size_t first, size_t column) {
  for (size_t row = 0, height; row < rows; row += height) {
    height = vk_part(rows - row, ROWS);
    for (size_t part = 0; part < p.columns; part += COLUMNS) {
      tile(left + row * fours, p.start + part, p.width, fours, y, first + row, column + part, height, p.columns - part);
    }
  }
}

static void spread_block(const uint8_t *a, size_t lda, size_t rows, size_t fours, spread *target) {
  for (size_t row = 0, height; row < rows; row += height) {
    height = vk_part(rows - row, ROWS);
    spread_rows(a + row * lda, lda, height, fours, target + row * fours);
  }
}

int vk_int8_multiply_packed_avx2(size_t m, size_t n, size_t k, const uint8_t *a, size_t lda, const void *packed,
                                 const struct vk_int8_output *output) {
  spread *left = (spread *)vk_packing_memory(spread_words(k));
  if (!left) return 0;
  for (size_t first = 0; first < m; first += BLOCK) {
    size_t rows = vk_least(m - first, BLOCK);
    spread_block(a + first * lda, lda, rows, vk_fours(k), left);
    for (size_t column = 0; column < n; column += VK_TILE_COLUMNS) {
      multiply_panel(left, rows, vk_panel_at(packed, column, n, k), vk_fours(k), output, first, column);
    }
  }
  return 1;
}

// Packing.

/// `offset` times the sum of each column behind the packed columns.
NATIVE static void add_offsets(struct vk_panel p, size_t fours) {
  const __m256i offset = _mm256_set1_epi8((char)128), ones = _mm256_set1_epi16(1);
  for (size_t column = 0; column < p.width; column += 8) {
    __m256i total = _mm256_setzero_si256();
    for (size_t four = 0; four < fours; four++) {
      __m256i words = _mm256_loadu_si256((const __m256i *)(p.start + four * p.width + column));
      // 128 times two numbers of at most 127 fits 16 bits.
      total = _mm256_add_epi32(total, _mm256_madd_epi16(_mm256_maddubs_epi16(offset, words), ones));
    }
    _mm256_storeu_si256((__m256i *)(p.start + fours * p.width + column), total);
  }
}

/// Transposes 8 by 8 words.
INLINED void transpose(__m256i r[8]) {
  __m256i t[8];
  VK_UNROLLED for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
  }
  VK_UNROLLED for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  VK_UNROLLED for (int i = 0; i < 4; i++) {
    t[i] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x20);
    t[i + 4] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x31);
  }
  VK_UNROLLED for (int i = 0; i < 8; i++) r[i] = t[i];
}

/// 32 bytes of which `left` are there, with 128 taken away; the rest are zeros.
INLINED __m256i bytes(const uint8_t *source, size_t left) {
  const __m256i zero = _mm256_set1_epi8((char)0x80);
  if (left >= 32) return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)source), zero);
  uint8_t few[32];
  memset(few, 0x80, sizeof few);
  memcpy(few, source, left);
  return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)few), zero);
}

NATIVE static void pack_panel_rows(const uint8_t *b, size_t ldb, size_t k, struct vk_panel p) {
  for (size_t column = 0; column < p.width; column += 8) {
    for (size_t term = 0; term < k; term += 32) {
      __m256i block[8];
      VK_UNROLLED for (size_t i = 0; i < 8; i++) {
        block[i] = column + i < p.columns ? bytes(b + (column + i) * ldb + term, k - term) : _mm256_setzero_si256();
      }
      transpose(block);
      size_t count = vk_least(vk_fours(k - term), 8);
      for (size_t i = 0; i < count; i++) {
        _mm256_storeu_si256((__m256i *)(p.start + (term / 4 + i) * p.width + column), block[i]);
      }
    }
  }
  add_offsets(p, vk_fours(k));
}

/// The same of 16 bytes.
INLINED __m128i sixteen(const uint8_t *source, size_t left) {
  const __m128i zero = _mm_set1_epi8((char)0x80);
  if (left >= 16) return _mm_xor_si128(_mm_loadu_si128((const __m128i *)source), zero);
  uint8_t few[16];
  memset(few, 0x80, sizeof few);
  memcpy(few, source, left);
  return _mm_xor_si128(_mm_loadu_si128((const __m128i *)few), zero);
}

NATIVE static void pack_panel_columns(const uint8_t *b, size_t ldb, size_t k, struct vk_panel p) {
  for (size_t four = 0; four < vk_fours(k); four++) {
    for (size_t column = 0; column < p.width; column += 16) {
      __m128i rows[4];
      VK_UNROLLED for (size_t i = 0; i < 4; i++) {
        size_t term = 4 * four + i;
        rows[i] = term < k ? sixteen(b + term * ldb + column, p.columns - column) : _mm_setzero_si128();
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
}

void vk_int8_pack_rows_avx2(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed) {
  for (size_t first = 0; first < n; first += VK_TILE_COLUMNS) {
    pack_panel_rows(b + first * ldb, ldb, k, vk_panel_at(packed, first, n, k));
  }
}

void vk_int8_pack_columns_avx2(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed) {
  for (size_t first = 0; first < n; first += VK_TILE_COLUMNS) {
    struct vk_panel p = vk_panel_at(packed, first, n, k);
    pack_panel_columns(b + first, ldb, k, p);
    memset(p.start + vk_fours(k) * p.width, 0, p.width * sizeof *p.start);
  }
}

// Floats that hold whole numbers.

/// [rows, columns] as bytes, 128 added.
NATIVE static void to_bytes(const float *source, size_t stride, size_t rows, size_t columns, uint8_t *target,
                            size_t target_stride) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t i = 0; i < columns; i++) {
      target[row * target_stride + i] = (uint8_t)((int32_t)source[row * stride + i] + 128);
    }
  }
}

int vk_int8_multiply_avx2(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                          int transposing_b, float *c, size_t ldc) {
  size_t fours = vk_fours(k), wide = VK_TILE_COLUMNS;
  // Spread rows, a packed panel, and bytes of whichever is being made.
  spread *left = (spread *)vk_packing_memory(spread_words(k) + wide * (fours + 1) + BLOCK * (fours + 16));
  if (!left) return 0;
  vk_word *right = (vk_word *)left + spread_words(k);
  uint8_t *few = (uint8_t *)(right + wide * (fours + 1));
  struct vk_int8_output y = {.values = c, .stride = ldc};
  for (size_t first = 0; first < m; first += BLOCK) {
    size_t rows = vk_least(m - first, BLOCK);
    // What is behind the last term is multiplied by zeros.
    to_bytes(a + first * lda, lda, rows, k, few, 4 * fours);
    spread_block(few, 4 * fours, rows, fours, left);
    for (size_t column = 0; column < n; column += wide) {
      size_t columns = vk_least(n - column, wide);
      struct vk_panel p = {right, columns, vk_rounded_up(columns, 16)};
      if (transposing_b) {
        to_bytes(b + column * ldb, ldb, columns, k, few, 4 * fours);
        pack_panel_rows(few, 4 * fours, k, p);
      } else {
        to_bytes(b + column, ldb, k, columns, few, wide);
        pack_panel_columns(few, wide, k, p);
        add_offsets(p, fours);
      }
      multiply_panel(left, rows, p, fours, &y, first, column);
    }
  }
  return 1;
}
#endif

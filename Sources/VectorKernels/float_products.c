#include "float_ways.h"
#include "vector_kernels.h"

#include <string.h>

// Terms of one block: what a panel has of them stays in a second-level cache while all rows pass.
enum { BLOCK_TERMS = 512 };

static size_t block_terms(size_t k) {
  size_t blocks = (k + BLOCK_TERMS - 1) / BLOCK_TERMS;
  return blocks ? (k + blocks - 1) / blocks : 1;
}

size_t vk_float_packed_count(size_t k, size_t n) { return k * vk_rounded_up(n, 16); }

static void tile_emulated(const float *a, size_t row_step, size_t term_step, const float *b, size_t ldb, size_t terms,
                          float *c, size_t ldc, float alpha, float beta, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t column = 0; column < columns; column++) {
      float sum = 0, *place = c + row * ldc + column;
      for (size_t term = 0; term < terms; term++) {
        sum = __builtin_fmaf(a[row * row_step + term * term_step], b[term * ldb + column], sum);
      }
      sum *= alpha;
      *place = beta == 0 ? sum : __builtin_fmaf(beta, *place, sum);
    }
  }
}

static void pack_emulated(size_t k, size_t columns, const float *b, size_t row_step, size_t column_step, float *packed,
                          size_t width) {
  if (column_step == 1 && columns == width) {
    for (size_t term = 0; term < k; term++) memcpy(packed + term * width, b + term * row_step, width * sizeof *b);
    return;
  }
  for (size_t term = 0; term < k; term++) {
    for (size_t column = 0; column < width; column++) {
      packed[term * width + column] = column < columns ? b[term * row_step + column * column_step] : 0;
    }
  }
}

#if defined(__x86_64__)
#define NATIVE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINED static inline __attribute__((always_inline)) NATIVE

INLINED void sum(const float *a, size_t row_step, size_t term_step, const float *b, size_t ldb, size_t terms, float *c,
                 size_t ldc, float alpha, float beta, __mmask16 last, const int rows, const int vectors) {
  __m512 sums[VK_TILE_ROWS][4];
  VK_UNROLLED for (int r = 0; r < rows; r++) {
    VK_UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_ps();
  }
  for (size_t term = 0; term < terms; term++) {
    __m512 columns[4];
    VK_UNROLLED for (int v = 0; v < vectors; v++) {
      const float *place = b + term * ldb + 16 * v;
      columns[v] = v == vectors - 1 ? _mm512_maskz_loadu_ps(last, place) : _mm512_loadu_ps(place);
    }
    VK_UNROLLED for (int r = 0; r < rows; r++) {
      __m512 row = _mm512_set1_ps(a[r * row_step + term * term_step]);
      VK_UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_fmadd_ps(row, columns[v], sums[r][v]);
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
  sum(a, row_step, term_step, b, ldb, terms, c, ldc, alpha, beta, vk_lanes(columns - 16 * (VECTORS - 1)), ROWS, VECTORS)
NATIVE static void tile_native(const float *a, size_t row_step, size_t term_step, const float *b, size_t ldb,
                               size_t terms, float *c, size_t ldc, float alpha, float beta, size_t rows,
                               size_t columns) {
  switch (rows) { VK_OF_ROWS(1) VK_OF_ROWS(2) VK_OF_ROWS(3) VK_OF_ROWS(4) VK_OF_ROWS(5) VK_OF_ROWS(6) }
}

/// One panel of [n, k], transposed.
NATIVE static void pack_native(size_t k, size_t columns, const float *b, size_t ldb, float *packed, size_t width) {
  for (size_t column = 0; column < width; column += 16) {
    for (size_t term = 0; term < k; term += 16) {
      __mmask16 mask = vk_lanes(k - term);
      __m512i block[16];
      for (size_t i = 0; i < 16; i++) {
        const float *place = b + (column + i) * ldb + term;
        block[i] = column + i < columns ? _mm512_maskz_loadu_epi32(mask, place) : _mm512_setzero_si512();
      }
      vk_transpose(block);
      for (size_t i = 0; i < 16 && term + i < k; i++) {
        _mm512_storeu_si512(packed + (term + i) * width + column, block[i]);
      }
    }
  }
}
#endif

int vk_processor_multiplies_floats(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return vk_processor_has_avx512() || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
#else
  return 0;
#endif
}

/// Whether AVX-512 is taken; else, but for the definition, what AVX2 has.
static int is_wide(int way) { return way == VK_FLOAT_BEST && vk_processor_has_avx512(); }

static vk_float_tile *tile_of(int way) {
#if defined(__x86_64__)
  if (way != VK_FLOAT_DEFINITION) return is_wide(way) ? tile_native : vk_float_tile_avx2;
#endif
  return tile_emulated;
}

/// Columns of a packed right operand that lie together: those of a tile.
static size_t panel_columns(int way) { return way == VK_FLOAT_DEFINITION || is_wide(way) ? VK_TILE_COLUMNS : 16; }

/// Rows that pass a panel before the next one does. AVX2's panels are narrow, so that each fits the first-level cache; what rows
/// read stays in the second-level one meanwhile.
static size_t rows_at_once(size_t m, size_t terms, int way) {
  if (panel_columns(way) == VK_TILE_COLUMNS) return m;
  size_t rows = (1 << 16) / (terms ? terms : 1) / VK_TILE_ROWS * VK_TILE_ROWS;
  return rows < 24 ? 24 : vk_least(rows, 192);
}

void vk_float_pack(size_t k, size_t n, const float *b, size_t ldb, int transposing_b, float *packed, int way) {
  size_t most = panel_columns(way);
  for (size_t column = 0; column < n; column += most) {
    size_t columns = vk_least(n - column, most), width = vk_rounded_up(columns, 16);
    float *panel = packed + column * k;
#if defined(__x86_64__)
    if (way != VK_FLOAT_DEFINITION && transposing_b) {
      (is_wide(way) ? pack_native : vk_float_pack_avx2)(k, columns, b + column * ldb, ldb, panel, width);
      continue;
    }
#endif
    if (transposing_b)
      pack_emulated(k, columns, b + column * ldb, 1, ldb, panel, width);
    else
      pack_emulated(k, columns, b + column, ldb, 1, panel, width);
  }
}

/// Rows of a by one panel, or a part of its columns.
static void multiply_panel(size_t m, size_t k, const float *a, size_t row_step, size_t term_step, const float *b,
                           size_t ldb, size_t columns, float alpha, float beta, float *c, size_t ldc,
                           vk_float_tile *tile) {
  size_t block = block_terms(k), first = 0;
  do {
    size_t terms = vk_least(k - first, block);
    for (size_t row = 0, height; row < m; row += height) {
      height = vk_part(m - row, VK_TILE_ROWS);
      tile(a + row * row_step + first * term_step, row_step, term_step, b + first * ldb, ldb, terms, c + row * ldc, ldc,
           alpha, first ? 1 : beta, height, columns);
    }
    first += terms;
  } while (first < k);
}

/// Rows of a by columns of a packed right operand, some terms of each sum.
static void multiply_block(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, size_t start,
                           size_t terms, size_t first, size_t end, float beta, float *c, size_t ldc, int way) {
  size_t most = panel_columns(way);
  vk_float_tile *tile = tile_of(way);
  for (size_t column = first, next; column < end; column = next) {
    size_t panel = column / most * most, width = vk_rounded_up(vk_least(n - panel, most), 16);
    next = vk_least(panel + most, end);
    const float *part = packed + panel * k + start * width + (column - panel);
    for (size_t row = 0, height; row < m; row += height) {
      height = vk_part(m - row, VK_TILE_ROWS);
      tile(a + row * lda + start, lda, 1, part, width, terms, c + row * ldc + (column - first), ldc, 1, start ? 1 : beta,
           height, next - column);
    }
  }
}

void vk_float_multiply_packed(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, size_t first,
                              size_t count, float beta, float *c, size_t ldc, int way) {
  size_t block = block_terms(k), at_once = rows_at_once(m, block, way), start = 0;
  do {
    size_t terms = vk_least(k - start, block);
    for (size_t row = 0; row < m; row += at_once) {
      multiply_block(vk_least(m - row, at_once), n, k, a + row * lda, lda, packed, start, terms, first, first + count, beta,
                     c + row * ldc, ldc, way);
    }
    start += terms;
  } while (start < k);
}

void vk_float_multiply_small(size_t m, size_t n, size_t k, const float *a, size_t lda, int transposing_a, const float *b,
                             size_t ldb, float alpha, float beta, float *c, size_t ldc, int way) {
  size_t row_step = transposing_a ? 1 : lda, term_step = transposing_a ? lda : 1;
  for (size_t column = 0; column < n; column += VK_TILE_COLUMNS) {
    multiply_panel(m, k, a, row_step, term_step, b + column, ldb, vk_least(n - column, VK_TILE_COLUMNS), alpha, beta,
                   c + column, ldc, tile_of(way));
  }
}

// Columns that are packed at once.
enum { SPAN = 4 * VK_TILE_COLUMNS };

int vk_float_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                      int transposing_b, float alpha, float beta, float *c, size_t ldc, int way) {
  size_t block = block_terms(k), most = panel_columns(way), at_once = rows_at_once(m, block, way), first = 0;
  float *right = (float *)vk_packing_memory(SPAN * block);
  if (!right) return 0;
  vk_float_tile *tile = tile_of(way);
  do {
    size_t terms = vk_least(k - first, block);
    for (size_t span = 0; span < n; span += SPAN) {
      size_t wide = vk_least(n - span, SPAN);
      const float *part = transposing_b ? b + span * ldb + first : b + first * ldb + span;
      vk_float_pack(terms, wide, part, ldb, transposing_b, right, way);
      for (size_t begin = 0; begin < m; begin += at_once) {
        size_t end = begin + vk_least(m - begin, at_once);
        for (size_t column = 0; column < wide; column += most) {
          size_t columns = vk_least(wide - column, most), width = vk_rounded_up(columns, 16);
          for (size_t row = begin, height; row < end; row += height) {
            height = vk_part(end - row, VK_TILE_ROWS);
            tile(a + row * lda + first, lda, 1, right + column * terms, width, terms, c + row * ldc + span + column, ldc,
                 alpha, first ? 1 : beta, height, columns);
          }
        }
      }
    }
    first += terms;
  } while (first < k);
  return 1;
}

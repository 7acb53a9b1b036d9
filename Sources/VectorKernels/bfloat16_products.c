#include "include/bfloat16_products.h"

#include "bfloat16_ways.h"

// Rows of a that are packed at once, and the most terms of a sum: what is packed of a and b fits a second-level cache.
enum { BLOCK_ROWS = 512, BLOCK_TERMS = 512 };

int vk_processor_has_bfloat16(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bf16");
#else
  return 0;
#endif
}

static const struct vk_bfloat16_way *way_of(int emulated) {
#if defined(__x86_64__)
  return emulated ? &vk_bfloat16_emulated : &vk_bfloat16_native;
#else
  (void)emulated;
  return &vk_bfloat16_emulated;
#endif
}

static size_t block_terms(size_t k) {
  size_t blocks = (k + BLOCK_TERMS - 1) / BLOCK_TERMS;
  return vk_least(vk_rounded_up((k + blocks - 1) / blocks, 32), BLOCK_TERMS);
}

static size_t panel_width(size_t n, size_t column) {
  return vk_rounded_up(vk_least(n - column, VK_TILE_COLUMNS), 16);
}

/// One product. b is packed as it is needed, or lies packed: blocks of terms one after another, in each a panel after
/// another.
struct product {
  const struct vk_bfloat16_way *way;
  size_t m, n, k;
  const float *a;
  size_t lda;
  int transposing_a;
  const float *b;
  size_t ldb;
  int transposing_b;
  const vk_word *packed;
  size_t first, count;
  float alpha, beta;
  float *c;
  size_t ldc;
};

static void pack_panel(const struct vk_bfloat16_way *way, size_t n, const float *b, size_t ldb, int transposing_b,
                       size_t first, size_t count, size_t column, vk_word *target) {
  size_t columns = vk_least(n - column, VK_TILE_COLUMNS), width = panel_width(n, column);
  if (transposing_b)
    way->pack_columns(b + column * ldb + first, ldb, count, columns, target, width);
  else
    way->pack_rows(b + first * ldb + column, ldb, count, columns, target, width);
}

static int run(const struct product *p) {
  vk_word *packed_a = vk_packing_memory((BLOCK_ROWS + VK_TILE_COLUMNS) * (BLOCK_TERMS / 2));
  if (!packed_a) return 0;
  vk_word *own = packed_a + BLOCK_ROWS * (BLOCK_TERMS / 2);
  if (p->k == 0) {
    for (size_t row = 0; row < p->m; row++)
      for (size_t column = 0; column < p->count; column++) {
        float *place = p->c + row * p->ldc + column;
        *place = p->beta == 0 ? 0 : p->beta * *place;
      }
    return 1;
  }
  size_t terms = block_terms(p->k), end = p->first + p->count;
  for (size_t first_row = 0; first_row < p->m; first_row += BLOCK_ROWS) {
    size_t rows = vk_least(p->m - first_row, BLOCK_ROWS);
    for (size_t first = 0; first < p->k; first += terms) {
      size_t count = vk_least(p->k - first, terms), pairs = (count + 1) / 2, row_step, pair_step;
      if (p->transposing_a) {
        row_step = 1;
        pair_step = vk_rounded_up(rows, 16);
        p->way->pack_rows(p->a + first * p->lda + first_row, p->lda, count, rows, packed_a, pair_step);
      } else {
        row_step = vk_rounded_up(pairs, 16);
        pair_step = 1;
        p->way->round_rows(p->a + first_row * p->lda + first, p->lda, rows, count, packed_a, row_step);
      }
      for (size_t column = p->first, next; column < end; column = next) {
        size_t panel = column / VK_TILE_COLUMNS * VK_TILE_COLUMNS, width = panel_width(p->n, panel);
        next = vk_least(panel + VK_TILE_COLUMNS, end);
        const vk_word *b = own;
        if (p->packed)
          b = p->packed + first / 2 * vk_rounded_up(p->n, 16) + panel * pairs + (column - panel);
        else
          pack_panel(p->way, p->n, p->b, p->ldb, p->transposing_b, first, count, panel, own);
        for (size_t row = 0, height; row < rows; row += height) {
          height = vk_part(rows - row, VK_TILE_ROWS);
          p->way->tile(packed_a + row * row_step, row_step, pair_step, b, width, pairs,
                       p->c + (first_row + row) * p->ldc + (column - p->first), p->ldc, p->alpha, first ? 1 : p->beta,
                       height, next - column);
        }
      }
    }
  }
  return 1;
}

int vk_bfloat16_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, int transposing_a, const float *b,
                         size_t ldb, int transposing_b, float alpha, float beta, float *c, size_t ldc, int emulated) {
  struct product product = {way_of(emulated), m, n, k,     a,    lda, transposing_a, b, ldb,
                            transposing_b,    NULL, 0, n, alpha, beta, c,   ldc};
  return run(&product);
}

size_t vk_bfloat16_packed_count(size_t k, size_t n) { return (k + 1) / 2 * vk_rounded_up(n, 16); }

void vk_bfloat16_pack(size_t k, size_t n, const float *b, size_t ldb, int transposing_b, uint32_t *packed, size_t from,
                      size_t to, int emulated) {
  size_t terms = k ? block_terms(k) : 1;
  for (size_t first = 0; first < k; first += terms) {
    size_t count = vk_least(k - first, terms), pairs = (count + 1) / 2;
    for (size_t column = from; column < to; column += VK_TILE_COLUMNS) {
      vk_word *panel = packed + first / 2 * vk_rounded_up(n, 16) + column * pairs;
      pack_panel(way_of(emulated), n, b, ldb, transposing_b, first, count, column, panel);
    }
  }
}

int vk_bfloat16_multiply_packed(size_t m, size_t n, size_t k, const float *a, size_t lda, int transposing_a,
                                const uint32_t *packed, size_t first, size_t count, float beta, float *c, size_t ldc,
                                int emulated) {
  struct product product = {way_of(emulated), m,      n,     k,     a, lda,  transposing_a, NULL, 0,
                            0,                packed, first, count, 1, beta, c,             ldc};
  return run(&product);
}

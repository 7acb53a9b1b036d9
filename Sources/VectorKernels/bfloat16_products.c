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

int vk_bfloat16_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, int transposing_a, const float *b,
                         size_t ldb, int transposing_b, float alpha, float beta, float *c, size_t ldc, int emulated) {
#if defined(__x86_64__)
  const struct vk_bfloat16_way *way = emulated ? &vk_bfloat16_emulated : &vk_bfloat16_native;
#else
  const struct vk_bfloat16_way *way = &vk_bfloat16_emulated;
#endif
  vk_word *packed_a = vk_packing_memory((BLOCK_ROWS + VK_TILE_COLUMNS) * (BLOCK_TERMS / 2));
  if (!packed_a) return 0;
  vk_word *packed_b = packed_a + BLOCK_ROWS * (BLOCK_TERMS / 2);
  if (k == 0) {
    for (size_t row = 0; row < m; row++)
      for (size_t column = 0; column < n; column++) {
        float *place = c + row * ldc + column;
        *place = beta == 0 ? 0 : beta * *place;
      }
    return 1;
  }
  size_t blocks = (k + BLOCK_TERMS - 1) / BLOCK_TERMS;
  size_t terms = vk_least(vk_rounded_up((k + blocks - 1) / blocks, 32), BLOCK_TERMS);
  for (size_t first_row = 0; first_row < m; first_row += BLOCK_ROWS) {
    size_t rows = vk_least(m - first_row, BLOCK_ROWS);
    for (size_t first = 0; first < k; first += terms) {
      size_t count = vk_least(k - first, terms), pairs = (count + 1) / 2, row_step, pair_step;
      if (transposing_a) {
        row_step = 1;
        pair_step = vk_rounded_up(rows, 16);
        way->pack_rows(a + first * lda + first_row, lda, count, rows, packed_a, pair_step);
      } else {
        row_step = vk_rounded_up(pairs, 16);
        pair_step = 1;
        way->round_rows(a + first_row * lda + first, lda, rows, count, packed_a, row_step);
      }
      for (size_t column = 0; column < n; column += VK_TILE_COLUMNS) {
        size_t columns = vk_least(n - column, VK_TILE_COLUMNS), width = vk_rounded_up(columns, 16);
        if (transposing_b)
          way->pack_columns(b + column * ldb + first, ldb, count, columns, packed_b, width);
        else
          way->pack_rows(b + first * ldb + column, ldb, count, columns, packed_b, width);
        for (size_t row = 0, height; row < rows; row += height) {
          height = vk_part(rows - row, VK_TILE_ROWS);
          way->tile(packed_a + row * row_step, row_step, pair_step, packed_b, width, pairs,
                    c + (first_row + row) * ldc + column, ldc, alpha, first ? 1 : beta, height, columns);
        }
      }
    }
  }
  return 1;
}

#include "include/bfloat16_products.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "bfloat16_products.h"

// Rows of a that are packed at once, and the most terms of a sum: what is packed of a and b fits a second-level cache.
enum { BLOCK_ROWS = 512, BLOCK_TERMS = 512, ALIGNMENT = 64 };

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

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int has_key;
static void make_key(void) { has_key = pthread_key_create(&key, free) == 0; }

/// The calling thread's packed operands; freed when it ends.
static vk_pair *scratch(void) {
  pthread_once(&once, make_key);
  if (!has_key) return NULL;
  vk_pair *memory = pthread_getspecific(key);
  if (memory) return memory;
  size_t pairs = (size_t)(BLOCK_ROWS + VK_TILE_COLUMNS) * (BLOCK_TERMS / 2);
  void *block = NULL;
  if (posix_memalign(&block, ALIGNMENT, pairs * sizeof(vk_pair)) != 0) return NULL;
  if (pthread_setspecific(key, block) != 0) {
    free(block);
    return NULL;
  }
  return block;
}

static size_t rounded_up(size_t value, size_t step) { return (value + step - 1) / step * step; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/// The length of a next part: whole ones, but of the last two each about half.
static size_t part(size_t left, size_t whole) {
  return left >= 2 * whole || left == whole ? whole : left > whole ? (left + 1) / 2 : left;
}

int vk_bfloat16_multiply(size_t m, size_t n, size_t k, const float *a, size_t lda, int transposing_a, const float *b,
                         size_t ldb, int transposing_b, float alpha, float beta, float *c, size_t ldc, int emulated) {
#if defined(__x86_64__)
  const struct vk_bfloat16_way *way = emulated ? &vk_bfloat16_emulated : &vk_bfloat16_native;
#else
  const struct vk_bfloat16_way *way = &vk_bfloat16_emulated;
#endif
  vk_pair *packed_a = scratch();
  if (!packed_a) return 0;
  vk_pair *packed_b = packed_a + BLOCK_ROWS * (BLOCK_TERMS / 2);
  if (k == 0) {
    for (size_t row = 0; row < m; row++)
      for (size_t column = 0; column < n; column++) {
        float *place = c + row * ldc + column;
        *place = beta == 0 ? 0 : beta * *place;
      }
    return 1;
  }
  size_t blocks = (k + BLOCK_TERMS - 1) / BLOCK_TERMS;
  size_t terms = least(rounded_up((k + blocks - 1) / blocks, 32), BLOCK_TERMS);
  for (size_t first_row = 0; first_row < m; first_row += BLOCK_ROWS) {
    size_t rows = least(m - first_row, BLOCK_ROWS);
    for (size_t first = 0; first < k; first += terms) {
      size_t count = least(k - first, terms), pairs = (count + 1) / 2, row_step, pair_step;
      if (transposing_a) {
        row_step = 1;
        pair_step = rounded_up(rows, 16);
        way->pack_rows(a + first * lda + first_row, lda, count, rows, packed_a, pair_step);
      } else {
        row_step = rounded_up(pairs, 16);
        pair_step = 1;
        way->round_rows(a + first_row * lda + first, lda, rows, count, packed_a, row_step);
      }
      for (size_t column = 0; column < n; column += VK_TILE_COLUMNS) {
        size_t columns = least(n - column, VK_TILE_COLUMNS), width = rounded_up(columns, 16);
        if (transposing_b)
          way->pack_columns(b + column * ldb + first, ldb, count, columns, packed_b, width);
        else
          way->pack_rows(b + first * ldb + column, ldb, count, columns, packed_b, width);
        for (size_t row = 0, height; row < rows; row += height) {
          height = part(rows - row, VK_TILE_ROWS);
          way->tile(packed_a + row * row_step, row_step, pair_step, packed_b, width, pairs,
                    c + (first_row + row) * ldc + column, ldc, alpha, first ? 1 : beta, height, columns);
        }
      }
    }
  }
  return 1;
}

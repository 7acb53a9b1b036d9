// What the ways of multiplying 8-bit numbers share: how a right operand is packed, and which instructions there are.
#ifndef CARBONCLIP_INT8_WAYS_H
#define CARBONCLIP_INT8_WAYS_H

#include "include/int8_products.h"
#include "packing.h"

/// Words that hold `k` terms of a column.
static inline size_t vk_fours(size_t k) { return (k + 3) / 4; }

/// The columns of a packed right operand that lie together: where, how many, and how many with those added.
struct vk_panel {
  vk_word *start;
  size_t columns, width;
};

static inline struct vk_panel vk_panel_at(const void *packed, size_t column, size_t n, size_t k) {
  size_t columns = vk_least(n - column, VK_TILE_COLUMNS);
  return (struct vk_panel){(vk_word *)packed + column * (vk_fours(k) + 1), columns, vk_rounded_up(columns, 16)};
}

#if defined(__x86_64__)

/// Whether the processor has AVX-512 VNNI; where it has not, what it has is AVX2.
int vk_processor_has_vnni(void);

static inline int vk_takes_vnni(int way) { return way == VK_INT8_BEST && vk_processor_has_vnni(); }

int vk_int8_multiply_avx2(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                          int transposing_b, float *c, size_t ldc);

void vk_int8_pack_rows_avx2(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed);

void vk_int8_pack_columns_avx2(size_t n, size_t k, const uint8_t *b, size_t ldb, void *packed);

/// Returns 0 where the system has no memory.
int vk_int8_multiply_packed_avx2(size_t m, size_t n, size_t k, const uint8_t *a, size_t lda, const void *packed,
                                 const struct vk_int8_output *output);

#endif

#endif

// What the ways of multiplying floats share.
#ifndef CARBONCLIP_FLOAT_WAYS_H
#define CARBONCLIP_FLOAT_WAYS_H

#include "include/float_products.h"
#include "packing.h"

/// c = alpha * a b + beta * c for up to VK_TILE_ROWS rows and VK_TILE_COLUMNS columns; term (row, t) of a lies at
/// row * row_step + t * term_step, row t of b at t * ldb.
typedef void vk_float_tile(const float *a, size_t row_step, size_t term_step, const float *b, size_t ldb, size_t terms,
                           float *c, size_t ldc, float alpha, float beta, size_t rows, size_t columns);

#if defined(__x86_64__)

void vk_float_tile_avx2(const float *a, size_t row_step, size_t term_step, const float *b, size_t ldb, size_t terms,
                        float *c, size_t ldc, float alpha, float beta, size_t rows, size_t columns);

/// A panel of [n, k], transposed: `columns` of it, with zeros to `width`.
void vk_float_pack_avx2(size_t k, size_t columns, const float *b, size_t ldb, float *packed, size_t width);

#endif

#endif

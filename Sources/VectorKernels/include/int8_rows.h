// Floats to whole numbers of few bits, and sums of their products back to floats. The bits are the same on every processor.
#ifndef CARBONCLIP_INT8_ROWS_H
#define CARBONCLIP_INT8_ROWS_H

#include <stddef.h>
#include <stdint.h>

/// grid = clamp(round(x * inverse), -most, most), halves to the even number; what is not a number becomes -most.
/// x: [rows, columns] whose rows are `stride` apart; `inverses`, of each column, stands in place of `inverse` unless NULL;
/// most: at most 2^22.
void vk_round_to_grid(const float *x, size_t stride, size_t rows, size_t columns, float inverse, const float *inverses,
                      float most, float *grid, size_t grid_stride);

/// The same for most <= 127, 128 added to each, as bytes.
void vk_round_to_bytes(const float *x, size_t stride, size_t rows, size_t columns, float inverse, const float *inverses,
                       float most, uint8_t *bytes, size_t bytes_stride);

/// Each row of x, which is not negative, in steps of its largest over `most`, as whole numbers from 0; in `sums` what each
/// row's add up to. x, grid: [rows, columns], whose rows touch; grid may be x; most: at most 2^22, and so that the sums are.
void vk_round_rows_to_grid(const float *x, size_t rows, size_t columns, float most, float *grid, float *sums);

/// The same for most = 127, as bytes from 0.
void vk_round_rows_to_bytes(const float *x, size_t rows, size_t columns, uint8_t *bytes, size_t bytes_stride,
                            float *sums);

/// Sums become what they are worth: [y +] sum * column factor * row factor + bias; what is NULL is left out.
/// sums, y: [rows, columns]; y may be sums where nothing is added to it.
void vk_finish_sums(const float *sums, size_t stride, size_t rows, size_t columns, const float *column_factors,
                    const float *row_factors, const float *bias, int adds, float *y, size_t y_stride);

/// Whole numbers of 16 bits in two of 8, -128 to 127 both: x = 256 high + low + 128. x, high, low: [rows, columns]; the rows
/// of high and low touch.
void vk_split_words(const float *x, size_t stride, size_t rows, size_t columns, float *high, float *low);

/// What products of the two parts are together, in `high`: 256 high + low + offset of the column, a sum of 32 bits.
/// high, low: [rows, columns], whole numbers below 2^24.
void vk_join_sums(float *high, const float *low, const float *offsets, size_t rows, size_t columns);

#endif

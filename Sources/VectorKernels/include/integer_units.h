// Softmax, activation functions and norms in whole numbers alone. Floats hold whole numbers on the way in, and on the way out
// whole numbers times a unit; what lies between is integers of 64 bits, the same on every processor.
//
// Source: Kim et al., "I-BERT: Integer-only BERT quantization" (arXiv:2101.01321), algorithms 1 to 4.
#ifndef CARBONCLIP_INTEGER_UNITS_H
#define CARBONCLIP_INTEGER_UNITS_H

#include <stddef.h>

/// Exponentials of scores less the row's largest, as whole numbers from 0 to `most`, and in `sums` what each row's add up to.
/// The first `first_length + row * growth` of each row count, the rest become 0. scores: [rows, columns] whole numbers below
/// 2^31, one of which is worth `unit`; grid may be scores.
void iu_exponentials(const float *scores, size_t rows, size_t columns, size_t first_length, size_t growth, double unit,
                     int most, float *grid, float *sums);

enum iu_activation { IU_GELU, IU_QUICK_GELU, IU_SILU };

/// y = activation(round(x / step) * step), the rounding to 16 bits. x, y: [rows, columns] whose rows are `stride` apart;
/// y may be x; step: at least 2^-20.
void iu_activate(const float *x, size_t rows, size_t columns, size_t stride, double step, enum iu_activation activation,
                 float *y);

/// y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias, row by row, x rounded to 16 bits of `step`. Mean and
/// deviation have 8 bits behind the point, the quotient 15. x, y: [rows, columns]; y may be x.
void iu_layer_norm(const float *x, size_t rows, size_t columns, double step, double epsilon, const float *weight,
                   const float *bias, float *y);

/// x = round(x / step) * step within 16 bits, or where there is `added` x + round(added / step) * step. step: a power of two.
void iu_round_stream(float *x, const float *added, size_t count, float step);

/// The step of a grid to `most` with the least squared error over some numbers, none larger than `largest`: one of 36 whose
/// ends are 30 to 100 % of it.
float iu_best_step(const float *values, size_t count, float largest, float most);

#endif

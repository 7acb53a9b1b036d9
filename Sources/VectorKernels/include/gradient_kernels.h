// Loops of the operators' vector-Jacobian products. Matrices are row-major; see vector_kernels.h.
#ifndef CARBONCLIP_GRADIENT_KERNELS_H
#define CARBONCLIP_GRADIENT_KERNELS_H

#include <stddef.h>

/// From d hidden of vk_swiglu in `gradient`: d sum in its place, d gate in `dgate`, hidden computed again; the biases'
/// gradients are added to.
void gk_swiglu(const float *gate, const float *gate_bias, const float *sum, const float *bias, float *gradient,
               float *dgate, float *hidden, float *dgate_bias, float *dbias, size_t rows, size_t columns);

/// sums += the sum of the rows of dy. dy: [rows, columns], sums: [columns].
void gk_add_column_sums(const float *dy, size_t stride, float *sums, size_t rows, size_t columns);

/// One layer norm: dx from x and dy; dweight and dbias are added to. Where there is a `residual`, the gradient that
/// reached x around the norm, dx starts from it. x, dy, residual, dx: [rows, columns].
void gk_layer_norm(const float *x, const float *weight, const float *dy, const float *residual, float *dx,
                   float *dweight, float *dbias, size_t rows, size_t columns, float epsilon);

/// dp becomes the gradient of the scores: p (dp - sum(p dp)), row by row. p, dp: [rows, columns].
void gk_softmax_rows(const float *p, float *dp, size_t rows, size_t columns);

/// One row normalization y = x / max(|x|, epsilon): dx. x, dy, dx: [rows, columns].
void gk_normalize_rows(const float *x, const float *dy, float *dx, size_t rows, size_t columns, float epsilon);

#endif

// Loops that only training runs. Matrices are row-major and their rows touch; see vector_kernels.h.
#ifndef CARBONCLIP_TRAINING_KERNELS_H
#define CARBONCLIP_TRAINING_KERNELS_H

#include <stddef.h>

/// hidden = gelu(sum + bias), the exact (erf) form, keeping `sum` for the backward pass.
void tk_gelu(const float *sum, const float *bias, float *hidden, size_t rows, size_t columns);

/// hidden = quick_gelu(sum + bias).
void tk_quick_gelu(const float *sum, const float *bias, float *hidden, size_t rows, size_t columns);

/// hidden = gelu(sum + bias), GELU's approximation by a hyperbolic tangent.
void tk_gelu_tanh(const float *sum, const float *bias, float *hidden, size_t rows, size_t columns);

/// From d hidden in `gradient`: d sum in its place; hidden computed again; dbias += the sum of d sum's rows.
void tk_gelu_backward(const float *sum, const float *bias, float *gradient, float *hidden, float *dbias, size_t rows,
                      size_t columns);

/// The same for QuickGELU.
void tk_quick_gelu_backward(const float *sum, const float *bias, float *gradient, float *hidden, float *dbias,
                            size_t rows, size_t columns);

/// The same for GELU's approximation by a hyperbolic tangent.
void tk_gelu_tanh_backward(const float *sum, const float *bias, float *gradient, float *hidden, float *dbias,
                           size_t rows, size_t columns);

/// y += x + bias: what a residual branch computed becomes the stream after it.
void tk_add_residual(float *y, const float *x, const float *bias, size_t rows, size_t columns);

/// y = x + scale * (y + bias): a residual branch with layer scale.
void tk_add_scaled_residual(float *y, const float *x, const float *bias, const float *scale, size_t rows,
                            size_t columns);

/// y *= scale in each row.
void tk_scale_columns(float *y, const float *scale, size_t rows, size_t columns);

/// Sum of a b over all elements of one row of `count`, in double precision.
double tk_dot(const float *a, const float *b, size_t count);

/// Sum of squares, in double precision.
double tk_sum_squares(const float *x, size_t count);

/// One step of AdamW (arXiv:1711.05101) over a run of parameters, as PyTorch orders it:
///   w *= 1 - rate * decay;  m += (1 - beta1) (g - m);  v = beta2 v + (1 - beta2) g g
///   w -= rate / correction1 * m / (sqrt(v) / sqrt(correction2) + epsilon),   where g = gradient * factor
struct tk_adamw_step {
  float rate, beta1, beta2, epsilon, decay;
  /// 1 - beta^steps
  double correction1, correction2;
  /// What gradients are multiplied by: gradient clipping.
  float factor;
};
void tk_adamw(float *w, const float *gradient, float *m, float *v, size_t count, struct tk_adamw_step step);

/// One step of Lion, in place:
///
///     w = w (1 - rate decay) - rate sign(beta1 m + (1 - beta1) g);   m = beta2 m + (1 - beta2) g
struct tk_lion_step {
  float rate, beta1, beta2, decay;
  /// What gradients are multiplied by: gradient clipping.
  float factor;
};
void tk_lion(float *w, const float *gradient, float *m, size_t count, struct tk_lion_step step);

#endif

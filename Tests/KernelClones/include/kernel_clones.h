// The kernels as compiled for each instruction set, callable whatever the processor's best: in the product the loader
// picks one clone, so a test of the product's symbols would see a single one.
#ifndef CARBONCLIP_KERNEL_CLONES_H
#define CARBONCLIP_KERNEL_CLONES_H

#include "color_kernels.h"
#include "gradient_kernels.h"
#include "half_kernels.h"
#include "int8_products.h"
#include "int8_rows.h"
#include "integer_units.h"
#include "resize_kernels.h"
#include "training_kernels.h"
#include "vector_kernels.h"

// One line a kernel: the test that every header's kernel is listed reads this.
#define KERNELS(K)                                                                                                     \
  K(vk_bias_gelu) K(vk_bias_quick_gelu) K(vk_bias_gelu_tanh) K(vk_exp_all) K(vk_layer_norm) K(vk_add_bias_layer_norm)  \
  K(vk_normalize_rows) K(vk_bias_scale_copy) K(vk_bias_transpose) K(vk_softmax_rows) K(vk_add_bias) K(vk_add)          \
  K(vk_sum_rows) K(vk_bias_scale_add) K(vk_mean_rows) K(vk_all_finite)                                                 \
  K(vk_half_to_float) K(vk_bfloat16_to_float) K(vk_float_to_half) K(vk_float_to_bfloat16) K(vk_bfloat16_add_pair)      \
  K(gk_add_column_sums) K(gk_layer_norm) K(gk_softmax_rows) K(gk_normalize_rows)                                       \
  K(tk_gelu_tanh) K(tk_gelu_tanh_backward)                                                                             \
  K(vk_swiglu) K(gk_swiglu) K(vk_rotate_row)                                                                           \
  K(tk_gelu) K(tk_quick_gelu) K(tk_gelu_backward) K(tk_quick_gelu_backward) K(tk_add_residual)                         \
  K(tk_add_scaled_residual) K(tk_scale_columns) K(tk_dot) K(tk_sum_squares) K(tk_adamw) K(tk_lion)                     \
  K(ck_blend_with_constant) K(ck_blend_with_gray) K(ck_gray_sum) K(ck_shift_hue) K(ck_mirror_row)                      \
  K(rk_resample_columns) K(rk_resample_row) K(rk_normalize_row)                                                        \
  K(vk_round_to_grid) K(vk_round_to_bytes) K(vk_round_rows_to_grid) K(vk_round_rows_to_bytes) K(vk_finish_sums) \
  K(vk_split_words) K(vk_join_sums)

/// All kernels of one instruction set.
struct kernel_clone {
  const char *name;
  /// Whether this processor can run them.
  int is_supported;
#define KERNELS_FIELD(kernel) __typeof__(&kernel) kernel;
  KERNELS(KERNELS_FIELD)
};

/// The clones that the product has: x86-64-v4, x86-64-v3 and the baseline; elsewhere the baseline alone.
enum { KERNEL_CLONES = 3 };
struct kernel_clone kernel_clone(int index);

#endif

// Loops over floats, compiled for several instruction sets and chosen at run time; plain C elsewhere.
//
// Matrices are row-major. `stride` is the distance from one row to the next in elements; without it rows touch.
#ifndef CARBONCLIP_VECTOR_KERNELS_H
#define CARBONCLIP_VECTOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The processors this process may run on: its affinity mask where the system has one.
int vk_available_processors(void);

/// Whether this processor, and its system, run AVX-512 (F, BW, DQ, VL).
int vk_processor_has_avx512(void);

/// Tells the processor that a loop is waiting for another thread.
static inline void vk_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/// x = gelu(x + bias), the exact (erf) form. x: [rows, columns], bias: [columns].
void vk_bias_gelu(float *x, const float *bias, size_t rows, size_t columns, size_t stride);

/// x = (x + bias) * sigmoid(1.702 (x + bias)), OpenAI's approximation of GELU.
void vk_bias_quick_gelu(float *x, const float *bias, size_t rows, size_t columns, size_t stride);

/// x = gelu(x + bias) by GELU's approximation with a hyperbolic tangent, SigLIP 2's.
void vk_bias_gelu_tanh(float *x, const float *bias, size_t rows, size_t columns, size_t stride);

/// hidden = silu(gate + gate_bias) * (sum + bias). All [rows, columns], whose rows touch; biases [columns]; hidden may be
/// sum.
void vk_swiglu(const float *gate, const float *gate_bias, const float *sum, const float *bias, float *hidden,
               size_t rows, size_t columns);

/// x = rotate(x + bias) for one row of `heads` heads: each pair (2i, 2i + 1) of a head is turned by the angle whose
/// cosine and sine are given, or back where `direction` is -1. x, bias: [heads * width]; cosine, sine: [width / 2].
void vk_rotate_row(float *x, const float *bias, const float *cosine, const float *sine, float direction, size_t heads,
                   size_t width);

/// x = e^x, element by element.
void vk_exp_all(float *x, size_t count);

/// y = (x - mean) / sqrt(variance + epsilon) * weight + bias, row by row.
void vk_layer_norm(const float *x, const float *weight, const float *bias, float *y, size_t rows, size_t columns,
                   float epsilon);

/// x += added, then y = layer norm of x: saves a pass over the residual stream.
void vk_add_bias_layer_norm(float *x, const float *added, const float *weight, const float *bias, float *y,
                            size_t rows, size_t columns, float epsilon);

/// x = x / max(|x|, epsilon), row by row.
void vk_normalize_rows(float *x, size_t rows, size_t columns, float epsilon);

/// y = (x + bias) * scale, packing rows that lie `stride` apart. y: [rows, columns].
void vk_bias_scale_copy(const float *x, size_t stride, const float *bias, float scale, float *y, size_t rows,
                        size_t columns);

/// y = transpose of (x + bias). y: [columns, rows].
void vk_bias_transpose(const float *x, size_t stride, const float *bias, float *y, size_t rows, size_t columns);

/// Softmax of the first `first_length + row * growth` elements of each row (at most `columns`); the rest become 0.
/// Growth 1 is the causal mask, growth 0 a plain softmax. x: [rows, columns].
void vk_softmax_rows(float *x, size_t rows, size_t columns, size_t first_length, size_t growth);

/// x += bias in each row.
void vk_add_bias(float *x, const float *bias, size_t rows, size_t columns, size_t stride);

/// x += y.
void vk_add(float *x, const float *y, size_t count);

/// y = a + b for one row.
void vk_sum_rows(const float *a, const float *b, float *y, size_t columns);

/// x += (y + bias) * scale: a residual branch with layer scale.
void vk_bias_scale_add(float *x, const float *y, const float *bias, const float *scale, size_t rows, size_t columns);

/// y = the mean of the rows of x. y: [columns].
void vk_mean_rows(const float *x, float *y, size_t rows, size_t columns);

/// Whether no element is infinite or not a number.
int vk_all_finite(const float *x, size_t count);

/// CRC-32 of IEEE 802.3, as ZIP archives keep it: polynomial 0x04C11DB7, bits reflected, complemented at both ends.
uint32_t vk_crc32(const void *bytes, size_t count);

#endif

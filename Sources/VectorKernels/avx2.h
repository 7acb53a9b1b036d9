// What kernels for AVX2 share.
#ifndef CARBONCLIP_AVX2_H
#define CARBONCLIP_AVX2_H

#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>

/// All bits of the lanes of eight that hold one of `left` elements.
static inline __attribute__((always_inline, target("avx2"))) __m256i vk_lanes_of_eight(size_t left) {
  int count = left > 8 ? 8 : (int)left;
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

#endif

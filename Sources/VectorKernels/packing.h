// What products of few bits share: how operands are cut and packed into 32-bit words of neighboring terms.
#ifndef CARBONCLIP_PACKING_H
#define CARBONCLIP_PACKING_H

#include <stddef.h>
#include <stdint.h>

/// Neighbors along the sum, the first in the lowest bits: two of bfloat16, four of 8 bits.
typedef uint32_t vk_word;

/// Rows of the result that are computed together, and columns: 24 sums, more than the instructions' latency asks for,
/// beside the four vectors of the right operand.
enum { VK_TILE_ROWS = 6, VK_TILE_COLUMNS = 64 };

/// The calling thread's memory for packed operands, at least so many words, aligned to a cache line; what it held is lost
/// where it grows. It is freed when the thread ends. NULL where the system has none.
vk_word *vk_packing_memory(size_t words);

static inline size_t vk_rounded_up(size_t value, size_t step) { return (value + step - 1) / step * step; }
static inline size_t vk_least(size_t a, size_t b) { return a < b ? a : b; }

/// The length of a next part: whole ones, but of the last two each about half.
static inline size_t vk_part(size_t left, size_t whole) {
  return left >= 2 * whole || left == whole ? whole : left > whole ? (left + 1) / 2 : left;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define VK_WIDE static inline __attribute__((always_inline, target("avx512f,avx512bw,avx512dq,avx512vl")))
#define VK_UNROLLED _Pragma("clang loop unroll(full)")

/// Calls SUM for a number of rows that is known to the compiler, and as many vectors as hold `columns`.
#define VK_OF_ROWS(ROWS)            \
  case ROWS:                        \
    switch ((columns + 15) / 16) {  \
      case 1: SUM(ROWS, 1); break;  \
      case 2: SUM(ROWS, 2); break;  \
      case 3: SUM(ROWS, 3); break;  \
      default: SUM(ROWS, 4); break; \
    }                               \
    break;

/// The lanes of a vector that hold one of `left` elements.
VK_WIDE __mmask16 vk_lanes(size_t left) { return left >= 16 ? 0xFFFF : (__mmask16)((1u << left) - 1); }

/// Transposes 16 by 16 words.
VK_WIDE void vk_transpose(__m512i r[16]) {
  __m512i t[16];
  VK_UNROLLED for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  VK_UNROLLED for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  VK_UNROLLED for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xDD);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xDD);
  }
  VK_UNROLLED for (int i = 0; i < 8; i++) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD);
  }
}
#endif

#endif

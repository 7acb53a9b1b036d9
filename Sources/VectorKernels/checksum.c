#include "vector_kernels.h"
#include "dispatch.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

// The remainders of the sixteen possible half bytes.
static const uint32_t half_bytes[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};

static uint32_t plain(uint32_t crc, const uint8_t *bytes, size_t count) {
#if defined(__ARM_FEATURE_CRC32)
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = __crc32d(crc, word);
  }
#endif
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    crc = crc >> 4 ^ half_bytes[crc & 15];
    crc = crc >> 4 ^ half_bytes[crc & 15];
  }
  return crc;
}

#if defined(__x86_64__)
#define FOLD __attribute__((target("pclmul,sse4.1"))) static

FOLD inline __m128i load(const uint8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

// One step of folding: `x` times the constants, plus what follows it.
FOLD inline __m128i fold(__m128i x, __m128i constants, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(x, constants, 0x00), high = _mm_clmulepi64_si128(x, constants, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// Whole blocks of 16 bytes, at least four. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
// Instruction", Intel 2009; constants of its section on reflected CRC-32.
FOLD uint32_t folded(uint32_t crc, const uint8_t *bytes, size_t count) {
  const __m128i by512 = _mm_set_epi64x(0x01C6E41596, 0x0154442BD4);
  const __m128i by128 = _mm_set_epi64x(0x00CCAA009E, 0x01751997D0);
  const __m128i by64 = _mm_set_epi64x(0, 0x0163CD6124);
  const __m128i barrett = _mm_set_epi64x(0x01F7011641, 0x01DB710641);
  const __m128i words = _mm_setr_epi32(~0, 0, ~0, 0);
  __m128i a = _mm_xor_si128(load(bytes), _mm_cvtsi32_si128((int)crc));
  __m128i b = load(bytes + 16), c = load(bytes + 32), d = load(bytes + 48);
  for (bytes += 64, count -= 64; count >= 64; bytes += 64, count -= 64) {
    a = fold(a, by512, load(bytes));
    b = fold(b, by512, load(bytes + 16));
    c = fold(c, by512, load(bytes + 32));
    d = fold(d, by512, load(bytes + 48));
  }
  a = fold(fold(fold(a, by128, b), by128, c), by128, d);
  for (; count >= 16; bytes += 16, count -= 16) a = fold(a, by128, load(bytes));
  // 128 bits to 64, then Barrett's reduction to 32.
  a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, by128, 0x10));
  a = _mm_xor_si128(_mm_clmulepi64_si128(_mm_and_si128(a, words), by64, 0x00), _mm_srli_si128(a, 4));
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(a, words), barrett, 0x10);
  quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, words), barrett, 0x00);
  return (uint32_t)_mm_extract_epi32(_mm_xor_si128(a, quotient), 1);
}
#endif

uint32_t vk_crc32(const void *start, size_t count) {
  const uint8_t *bytes = start;
  uint32_t crc = ~0u;
#if defined(__x86_64__)
  size_t whole = count & ~(size_t)15;
  if (whole >= 64 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
    crc = folded(crc, bytes, whole);
    bytes += whole;
    count -= whole;
  }
#endif
  return ~plain(crc, bytes, count);
}

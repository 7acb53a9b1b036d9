// CBLAS, and the choice of OpenBLAS's kernels on processors newer than the library.
#ifndef CARBONCLIP_OPENBLAS_CORE_H
#define CARBONCLIP_OPENBLAS_CORE_H

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

// Present only where OpenBLAS was built with DYNAMIC_ARCH (as Debian, Ubuntu and Fedora build it).
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

/// The name of the kernels in use, such as "Haswell" or "SkylakeX".
static inline const char *carbonclip_openblas_core(void) { return openblas_get_corename(); }

/// Makes OpenBLAS choose its AVX-512 kernels where the processor has AVX-512 and the library, being older than
/// the processor, fell back to AVX2 ones. OpenBLAS 0.3.21 takes AMD's family 26 (Zen 5) for a Haswell: 124 against
/// 245 GFLOP/s on one core. A user's own OPENBLAS_CORETYPE is left alone. Call before the first product, from one
/// thread only.
static inline void carbonclip_openblas_select_core(void) {
#if defined(__x86_64__)
  if (gotoblas_dynamic_init == NULL || gotoblas_dynamic_quit == NULL) return;
  if (getenv("OPENBLAS_CORETYPE") != NULL) return;
  const char *core = openblas_get_corename();
  if (strcmp(core, "SkylakeX") == 0 || strcmp(core, "Cooperlake") == 0 || strcmp(core, "Sapphirerapids") == 0) return;
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512cd"))
    return;
  // Cooper Lake's float32 kernels are Sky Lake's with better block sizes; the library falls back to the latter
  // where it was built without the former.
  int bfloat16 = __builtin_cpu_supports("avx512bf16");
  setenv("OPENBLAS_CORETYPE", bfloat16 ? "Cooperlake" : "SkylakeX", 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv("OPENBLAS_CORETYPE");
#endif
}

#endif

// Loops over floats, compiled for several instruction sets and chosen at run time; plain C elsewhere.
#ifndef CARBONCLIP_VECTOR_KERNELS_H
#define CARBONCLIP_VECTOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The processors this process may run on: its affinity mask where the system has one.
int vk_available_processors(void);

/// Tells the processor that a loop is waiting for another thread.
static inline void vk_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

#endif

#include "kernel_clones.h"

struct kernel_clone v4_kernels(void);
struct kernel_clone v3_kernels(void);
struct kernel_clone baseline_kernels(void);

struct kernel_clone kernel_clone(int index) {
  return index == 0 ? baseline_kernels() : index == 1 ? v3_kernels() : v4_kernels();
}

#define CLONE v4
#define CLONE_TITLE "x86-64-v4"
#if defined(__x86_64__)
#define CLONE_FEATURE "x86-64-v4"
#define CLONE_TARGET __attribute__((target("arch=x86-64-v4")))
#endif
#include "clone.inc"

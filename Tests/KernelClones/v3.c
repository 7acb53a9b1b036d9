#define CLONE v3
#define CLONE_TITLE "x86-64-v3"
#if defined(__x86_64__)
#define CLONE_FEATURE "x86-64-v3"
#define CLONE_TARGET __attribute__((target("arch=x86-64-v3")))
#endif
#include "clone.inc"

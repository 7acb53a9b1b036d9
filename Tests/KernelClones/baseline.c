#define CLONE baseline
#define CLONE_TITLE "baseline"
#include "clone.inc"

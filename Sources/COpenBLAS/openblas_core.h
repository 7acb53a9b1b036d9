// CBLAS, with the names that Debian's header leaves out.
#ifndef CARBONCLIP_OPENBLAS_CORE_H
#define CARBONCLIP_OPENBLAS_CORE_H

#include <cblas.h>

#endif

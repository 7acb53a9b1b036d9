// CBLAS, with the names that Debian's header leaves out.
#ifndef CARBONCLIP_OPENBLAS_CORE_H
#define CARBONCLIP_OPENBLAS_CORE_H

#include <cblas.h>
#include <stddef.h>

// LAPACK's Fortran names, which OpenBLAS exports and Debian's package declares nowhere. The lengths of the character
// arguments come last.
void dpotrf_(const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info, size_t);
void dpotrs_(
  const char *uplo, const blasint *n, const blasint *nrhs, const double *a, const blasint *lda, double *b,
  const blasint *ldb, blasint *info, size_t);
void dpotri_(const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info, size_t);
void dsyevd_(
  const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w, double *work,
  const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info, size_t, size_t);

#endif

// MPI found at run time: the few of its functions that training and pruning ask for, of OpenMPI or MPICH (and what is built on them).
//
// Nothing is linked and no header of theirs is read, so that programs build and run where there is no MPI. The two
// libraries have different binary interfaces: handles are pointers to the library's objects in OpenMPI, integers in MPICH
// (whose interface Intel MPI, MVAPICH and Cray MPICH share). Sources: MPI 3.1 standard; OpenMPI 4.1 `mpi.h`; MPICH ABI
// compatibility initiative, MPICH 4.0 `mpi.h`.
//
// Functions return 0 or an MPI error code; `cmpi_error` tells it in words. Call them from one thread.
#ifndef CMPI_H
#define CMPI_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Which library was opened.
enum { CMPI_NONE = 0, CMPI_OPENMPI = 1, CMPI_MPICH = 2 };

// Opens the library at `path` (a name is searched as dlopen does); 0, or -1 with the reason in `reason`.
int cmpi_open(const char *path, char *reason, size_t size);

// Which library is open.
int cmpi_kind(void);

// MPI_Init_thread (funneled) and what is needed of it: this process's number and how many there are.
int cmpi_start(int *rank, int *count);

// Bytes from each of `count` processes, `sizes[i]` from process i, into `received`, one behind the other. Blocks.
int cmpi_gather_sizes(const void *sent, size_t bytes, void *received, const size_t *sizes, int count);

// The memory of process 0 to all. Blocks.
int cmpi_broadcast(void *memory, size_t bytes);

// Starts to sum floats over all processes, in place. At most CMPI_REQUESTS go on at once; one more waits for all of them.
enum { CMPI_REQUESTS = 1024 };
int cmpi_sum_begin(float *memory, size_t count);

// The same of doubles.
int cmpi_sum_begin_doubles(double *memory, size_t count);

// Lets what was started go on; MPI works while it is called.
int cmpi_progress(void);

// Waits for all that was started.
int cmpi_sum_end(void);

// Ends all processes at once.
void cmpi_abort(int code);

// Ends MPI. Waits for the others.
int cmpi_stop(void);

// An error code in words.
void cmpi_error(int code, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif

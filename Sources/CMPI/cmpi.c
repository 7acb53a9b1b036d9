#include "cmpi.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// A handle of either library: OpenMPI's are pointers, MPICH's are ints. Both travel in the first integer register, and
// MPICH reads its lower half alone.
typedef void *handle;

static struct {
  int kind;
  handle world, floats, doubles, bytes, sum;
  void *in_place;
  int (*init)(int *, char ***, int, int *);
  int (*rank)(handle, int *);
  int (*size)(handle, int *);
  int (*set_errors)(handle, handle);
  int (*allgatherv)(const void *, int, handle, void *, const int *, const int *, handle, handle);
  int (*bcast)(void *, int, handle, int, handle);
  int (*iallreduce)(const void *, void *, int, handle, handle, handle, handle *);
  int (*testall)(int, void *, int *, void *);
  int (*waitall)(int, void *, void *);
  int (*abort)(handle, int);
  int (*finalize)(void);
  int (*error_string)(int, char *, int *);
  handle errors_return;
  void *ignored_statuses;
} mpi;

static int pending = 0;
// OpenMPI's requests are pointers, MPICH's ints: arrays are as wide as the library's own.
static void *pointer_requests[CMPI_REQUESTS];
static int integer_requests[CMPI_REQUESTS];

static void *requests(void) { return mpi.kind == CMPI_OPENMPI ? (void *)pointer_requests : (void *)integer_requests; }

int cmpi_open(const char *path, char *reason, size_t size) {
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) {
    snprintf(reason, size, "%s", dlerror());
    return -1;
  }
  const char *missing = NULL;
#define FIND(field, name) \
  *(void **)&mpi.field = dlsym(library, name); \
  if (*(void **)&mpi.field == NULL) missing = name
  FIND(init, "MPI_Init_thread");
  FIND(rank, "MPI_Comm_rank");
  FIND(size, "MPI_Comm_size");
  FIND(set_errors, "MPI_Comm_set_errhandler");
  FIND(allgatherv, "MPI_Allgatherv");
  FIND(bcast, "MPI_Bcast");
  FIND(iallreduce, "MPI_Iallreduce");
  FIND(testall, "MPI_Testall");
  FIND(waitall, "MPI_Waitall");
  FIND(abort, "MPI_Abort");
  FIND(finalize, "MPI_Finalize");
  FIND(error_string, "MPI_Error_string");
#undef FIND
  if (missing != NULL) {
    snprintf(reason, size, "it has no %s", missing);
    return -1;
  }
  if (dlsym(library, "ompi_mpi_comm_world") != NULL) {
    mpi.kind = CMPI_OPENMPI;
    mpi.world = dlsym(library, "ompi_mpi_comm_world");
    mpi.floats = dlsym(library, "ompi_mpi_float");
    mpi.doubles = dlsym(library, "ompi_mpi_double");
    mpi.bytes = dlsym(library, "ompi_mpi_byte");
    mpi.sum = dlsym(library, "ompi_mpi_op_sum");
    mpi.errors_return = dlsym(library, "ompi_mpi_errors_return");
    mpi.in_place = (void *)1;
    mpi.ignored_statuses = NULL;
    if (!mpi.floats || !mpi.doubles || !mpi.bytes || !mpi.sum || !mpi.errors_return) {
      snprintf(reason, size, "it lacks OpenMPI's objects");
      return -1;
    }
  } else {
    // MPICH: fixed integers, the same since MPICH 2 and in all of its ABI.
    mpi.kind = CMPI_MPICH;
    mpi.world = (handle)(uintptr_t)0x44000000u;
    mpi.floats = (handle)(uintptr_t)0x4c00040au;
    mpi.doubles = (handle)(uintptr_t)0x4c00080bu;
    mpi.bytes = (handle)(uintptr_t)0x4c00010du;
    mpi.sum = (handle)(uintptr_t)0x58000003u;
    mpi.errors_return = (handle)(uintptr_t)0x54000001u;
    mpi.in_place = (void *)-1;
    mpi.ignored_statuses = (void *)1;
  }
  return 0;
}

int cmpi_kind(void) { return mpi.kind; }

int cmpi_start(int *rank, int *count) {
  // MPI_THREAD_FUNNELED is 1 in both.
  int provided = 0, error = mpi.init(NULL, NULL, 1, &provided);
  if (error) return error;
  // Errors come back as codes where the library can give them.
  mpi.set_errors(mpi.world, mpi.errors_return);
  if ((error = mpi.rank(mpi.world, rank))) return error;
  return mpi.size(mpi.world, count);
}

int cmpi_gather_sizes(const void *sent, size_t bytes, void *received, const size_t *sizes, int count) {
  int counts[count], places[count];
  size_t end = 0;
  for (int i = 0; i < count; i++) {
    if (sizes[i] > INT_MAX || end > INT_MAX) return -1;
    counts[i] = (int)sizes[i];
    places[i] = (int)end;
    end += sizes[i];
  }
  return mpi.allgatherv(sent, (int)bytes, mpi.bytes, received, counts, places, mpi.bytes, mpi.world);
}

int cmpi_broadcast(void *memory, size_t bytes) {
  const size_t most = 1u << 30;
  for (size_t first = 0; first < bytes; first += most) {
    size_t part = bytes - first < most ? bytes - first : most;
    int error = mpi.bcast((char *)memory + first, (int)part, mpi.bytes, 0, mpi.world);
    if (error) return error;
  }
  return 0;
}

static int sum_begin(void *memory, size_t count, handle type) {
  if (count > INT_MAX) return -1;
  if (pending == CMPI_REQUESTS) {
    int error = cmpi_sum_end();
    if (error) return error;
  }
  handle request = NULL;
  int error = mpi.iallreduce(mpi.in_place, memory, (int)count, type, mpi.sum, mpi.world, &request);
  if (error) return error;
  pointer_requests[pending] = request;
  integer_requests[pending] = (int)(intptr_t)request;
  pending++;
  return 0;
}

int cmpi_sum_begin(float *memory, size_t count) { return sum_begin(memory, count, mpi.floats); }

int cmpi_sum_begin_doubles(double *memory, size_t count) { return sum_begin(memory, count, mpi.doubles); }

int cmpi_progress(void) {
  int done = 0;
  return pending == 0 ? 0 : mpi.testall(pending, requests(), &done, mpi.ignored_statuses);
}

int cmpi_sum_end(void) {
  // Whoever a test found done is null by then, and waiting for it returns at once.
  int error = pending == 0 ? 0 : mpi.waitall(pending, requests(), mpi.ignored_statuses);
  pending = 0;
  return error;
}

void cmpi_abort(int code) { mpi.abort(mpi.world, code); }

int cmpi_stop(void) { return mpi.finalize(); }

void cmpi_error(int code, char *text, size_t size) {
  char own[8192] = {0};
  int length = 0;
  if (size == 0) return;
  if (code == -1) {
    snprintf(text, size, "more than 2 GiB in one message");
  } else if (mpi.error_string == NULL || mpi.error_string(code, own, &length)) {
    snprintf(text, size, "MPI error %d", code);
  } else {
    snprintf(text, size, "%s", own);
  }
}

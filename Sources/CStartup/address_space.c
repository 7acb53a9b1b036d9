// Looks before OpenBLAS does whether its buffers can be had.
//
// OpenBLAS maps 128 MiB for each thread while it is loaded, before main, and asks for ever where they are refused
// (driver/others/memory.c, blas_memory_alloc): under ulimit -v the program would neither start nor end. Functions in
// .preinit_array run before the constructors of all shared libraries; only what the kernel does can be used there.

#define _GNU_SOURCE
#include <limits.h>  // which says whether the C library is glibc

// ThreadSanitizer is not ready so early.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

#if defined(__linux__) && defined(__GLIBC__) && !defined(IS_SANITIZED)

#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// A thread's buffer (BUFFER_SIZE of x86-64 and arm64) and its stack.
#define THREAD_BYTES ((size_t)(128 + 8) << 20)
#define MOST_THREADS 512

/// The number that a variable of the environment holds; 0 where it holds none.
static long number_of(char **environment, const char *name) {
  size_t length = strlen(name);
  for (; environment && *environment; environment++) {
    if (strncmp(*environment, name, length) != 0 || (*environment)[length] != '=') continue;
    long number = 0;
    for (const char *digit = *environment + length + 1; *digit >= '0' && *digit <= '9' && number < 100000; digit++)
      number = 10 * number + (*digit - '0');
    return number;
  }
  return 0;
}

/// How many threads OpenBLAS starts: as many as processors may be used, or as the user said.
static long threads_of(char **environment) {
  const char *names[] = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"};
  long threads = 1;
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors) == 0) threads = CPU_COUNT(&processors);
  for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
    long number = number_of(environment, names[index]);
    if (number <= 0) continue;
    if (number < threads) threads = number;
    break;
  }
  return threads < MOST_THREADS ? threads : MOST_THREADS;
}

static void look(int count, char **arguments, char **environment) {
  void *blocks[MOST_THREADS];
  long wanted = threads_of(environment) - 1, found = 0;
  (void)count;
  (void)arguments;
  // One by one: a system that looks at the size of a request would refuse them together.
  for (; found < wanted; found++) {
    blocks[found] = mmap(NULL, THREAD_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (blocks[found] == MAP_FAILED) break;
  }
  int isEnough = found == wanted;
  while (found > 0) munmap(blocks[--found], THREAD_BYTES);
  if (isEnough) return;
  static const char line[] =
    "error: out of memory: the address space allowed is too small to start; allow 136 MB more for each processor "
    "(ulimit -v), or set OPENBLAS_NUM_THREADS=1\n";
  if (write(STDERR_FILENO, line, sizeof line - 1) < 0) _exit(1);
  _exit(1);
}

__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(int, char **, char **) = look;

#endif

// Memory that is refused, told in one line.
//
// Swift's runtime traps where the system refuses memory: an array cannot be grown and cannot say so. These wrappers pass
// everything on to the C library and only note, for each thread, how much was refused last; the handler of the signal
// that a trap or abort raises looks at the note. Code that handles a refusal by itself, such as SQLite's and the
// pictures' decoders, is not disturbed.

#include "startup.h"

#include <limits.h>  // which says whether the C library is glibc

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_ALLOCATOR_OF_ITS_OWN 1
#endif
#endif

#if defined(__linux__) && defined(__GLIBC__) && !defined(HAS_ALLOCATOR_OF_ITS_OWN)

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

/// The size of the request that this thread was refused last; 0 for none.
static __thread size_t refused;
/// How often in a row it was refused that very size.
static __thread unsigned repeats;

static void tell(size_t bytes);

/// Nobody but OpenBLAS asks for the same again and again, and it does so without end: its buffer of 128 MiB is never
/// given up. A thousand refusals are a fraction of a second.
enum { MOST_REPEATS = 1000, LEAST_REPEATED = 1 << 24 };

static inline void *noting(void *block, size_t bytes) {
  if (__builtin_expect(!block, 0)) {
    repeats = bytes == refused ? repeats + 1 : 0;
    refused = bytes;
    if (bytes >= LEAST_REPEATED && repeats >= MOST_REPEATS) {
      tell(bytes);
      _exit(1);
    }
  }
  return block;
}

void *malloc(size_t bytes) { return noting(__libc_malloc(bytes), bytes); }

void *calloc(size_t count, size_t bytes) {
  void *block = __libc_calloc(count, bytes);
  size_t all;
  return noting(block, __builtin_mul_overflow(count, bytes, &all) ? (size_t)-1 : all);
}

void *realloc(void *old, size_t bytes) {
  void *block = __libc_realloc(old, bytes);
  return bytes == 0 ? block : noting(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) { return noting(__libc_memalign(alignment, bytes), bytes); }

void *memalign(size_t alignment, size_t bytes) { return noting(__libc_memalign(alignment, bytes), bytes); }

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *block = noting(__libc_memalign(alignment, bytes), bytes);
  if (!block) return ENOMEM;
  *result = block;
  return 0;
}

static const int signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV};
enum { SIGNALS = sizeof signals / sizeof signals[0] };
static struct sigaction earlier[SIGNALS];

/// Writes the line; nothing here may allocate.
static void tell(size_t bytes) {
  static const char begin[] = "error: out of memory: cannot allocate ";
  static const char end[] = " MB; use a smaller batch or fewer threads, or allow more memory\n";
  char line[sizeof begin + sizeof end + 24], digits[24];
  size_t length = sizeof begin - 1, count = 0, megabytes = bytes / 1000000 + (bytes % 1000000 != 0);
  memcpy(line, begin, length);
  do {
    digits[count++] = (char)('0' + megabytes % 10);
    megabytes /= 10;
  } while (megabytes > 0);
  while (count > 0) line[length++] = digits[--count];
  memcpy(line + length, end, sizeof end - 1);
  length += sizeof end - 1;
  for (size_t done = 0; done < length;) {
    ssize_t written = write(STDERR_FILENO, line + done, length - done);
    if (written <= 0) break;
    done += (size_t)written;
  }
}

static void handle(int number, siginfo_t *information, void *context) {
  (void)context;
  if (refused != 0) {
    tell(refused);
    _exit(1);
  }
  for (int index = 0; index < SIGNALS; index++)
    if (signals[index] == number) sigaction(number, &earlier[index], NULL);
  // A trap comes again when this returns; a signal that somebody sent does not.
  if (information->si_code <= 0) raise(number);
}

void carbonclip_watch_allocations(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < SIGNALS; index++) sigaction(signals[index], &action, &earlier[index]);
}

#else

void carbonclip_watch_allocations(void) {}

#endif

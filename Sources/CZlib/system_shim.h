// What Swift's import of the C library lacks. Not zlib's, but this is the C door of the room of files.
#include <errno.h>
#include <stdint.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/// The magic number of the file system under a path (statfs(2), linux/magic.h); -1 where there is none.
static inline int64_t carbonclip_filesystem_magic(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 ? (int64_t)(uint32_t)status.f_type : -1;
}

/// Two names change places at once: renameat2(2) with RENAME_EXCHANGE.
static inline int carbonclip_exchange(const char *first, const char *second) {
#ifdef SYS_renameat2
  return (int)syscall(SYS_renameat2, -100, first, -100, second, 2);
#else
  errno = ENOSYS;
  return -1;
#endif
}
#else
static inline int64_t carbonclip_filesystem_magic(const char *path) { return -1; }
static inline int carbonclip_exchange(const char *first, const char *second) {
  errno = ENOSYS;
  return -1;
}
#endif

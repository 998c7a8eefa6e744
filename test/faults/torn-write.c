/* Tears one write: the Nth to files named by TORN_FILE writes half of its bytes, then all ends. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int writes;

static int is_torn(int fd) {
  const char *file = getenv("TORN_FILE"), *at = getenv("TORN_AT");
  char link[64], name[4096];
  if (!file || !at) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length < 0) return 0;
  name[length] = 0;
  return strcmp(name, file) == 0 && atomic_fetch_add(&writes, 1) + 1 == atoi(at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  ssize_t (*whole)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  if (!is_torn(fd)) return whole(fd, bytes, count, at);
  whole(fd, bytes, count / 2, at);
  _exit(137);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  ssize_t (*whole)(int, const struct iovec *, int, off_t) = dlsym(RTLD_NEXT, "pwritev");
  if (!is_torn(fd)) return whole(fd, parts, count, at);
  if (count > 1) whole(fd, parts, count / 2, at);
  else pwrite64(fd, parts[0].iov_base, parts[0].iov_len / 2, at);
  _exit(137);
}

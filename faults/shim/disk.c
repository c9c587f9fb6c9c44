/* A disk and a clock that do as they are told.
 *
 * Loaded before the C library (LD_PRELOAD) into the product. What it is to do stands in a small file that the
 * harness writes and this library maps: nine numbers of 64 bits. Only calls on the database's files are
 * touched, so that logs and sockets go on working.
 *
 *   0  sync:   0 as the disk does, 1 fail with EIO, 2 do nothing and say that it was done
 *   1  delay:  microseconds before each sync
 *   2  writes: 0 as the disk does, else fail each write with this errno
 *   3  after:  let so many writes pass first
 *   4  clock:  seconds that the wall clock is ahead; negative when it is behind
 *   5  counts: writes that were let pass, 6 failed writes and syncs, 7 syncs asked for
 *   8  locks:  0 as the disk does, 1 give every lock on a whole file to whoever asks
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SYNC, DELAY, WRITES, AFTER, CLOCK, PASSED, FAILED, SYNCS, LOCKS, NUMBERS };

static _Atomic int64_t *orders;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_ORDERS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *map = mmap(NULL, NUMBERS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED) orders = map;
}

#define REAL(type, name, ...)                                                 \
    static type (*real)(__VA_ARGS__);                                         \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

/* Whether a file handle is one of the database's: the file, its log. */
static int is_database(int fd) {
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    const char *name = strstr(path, "tokenwright.db");
    return name && !strstr(name, ".lock") && !strstr(name, "-shm");
}

/* 0, or the error that a write is to end with. */
static int refused(int fd) {
    if (!orders || !orders[WRITES] || !is_database(fd)) return 0;
    if (atomic_fetch_add(&orders[PASSED], 1) < orders[AFTER]) return 0;
    atomic_fetch_add(&orders[FAILED], 1);
    return (int)orders[WRITES];
}

#define WRITE(fd, call)                                                       \
    int error = refused(fd);                                                  \
    if (error) { errno = error; return -1; }                                  \
    return call

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    WRITE(fd, real(fd, bytes, count));
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    WRITE(fd, real(fd, bytes, count, at));
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    WRITE(fd, real(fd, bytes, count, at));
}
int posix_fallocate(int fd, off_t at, off_t count) {
    REAL(int, "posix_fallocate", int, off_t, off_t);
    int error = refused(fd);
    return error ? error : real(fd, at, count);
}
int fallocate(int fd, int mode, off_t at, off_t count) {
    REAL(int, "fallocate", int, int, off_t, off_t);
    WRITE(fd, real(fd, mode, at, count));
}

static int sync_as_told(int fd, int (*real)(int)) {
    if (!orders || !is_database(fd)) return real(fd);
    atomic_fetch_add(&orders[SYNCS], 1);
    if (orders[DELAY] > 0) usleep((useconds_t)orders[DELAY]);
    if (orders[SYNC] == 2) return 0;
    if (orders[SYNC] == 1) {
        atomic_fetch_add(&orders[FAILED], 1);
        errno = EIO;
        return -1;
    }
    return real(fd);
}
int fsync(int fd) {
    REAL(int, "fsync", int);
    return sync_as_told(fd, real);
}
int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return sync_as_told(fd, real);
}

/* The wall clock alone: what measures durations goes on as it was. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int result = real(clock, now);
    if (!result && orders && clock == CLOCK_REALTIME) now->tv_sec += orders[CLOCK];
    return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    REAL(int, "gettimeofday", struct timeval *restrict, void *restrict);
    int result = real(now, zone);
    if (!result && orders) now->tv_sec += orders[CLOCK];
    return result;
}
time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

int flock(int fd, int operation) {
    REAL(int, "flock", int, int);
    if (orders && orders[LOCKS]) return 0;
    return real(fd, operation);
}

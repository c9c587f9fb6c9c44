/* Loaded into a measured program with LD_PRELOAD: counts what is asked of the disk, and can slow it down.
 *
 * SYNC_DELAY_US    microseconds that every fsync and fdatasync takes longer
 * SYNC_COUNT_FILE  a file of at least 8 bytes, whose first 8 bytes count them (native byte order)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t *count;
static long delay_us;

__attribute__((constructor)) static void begin(void) {
    const char *delay = getenv("SYNC_DELAY_US");
    delay_us = delay ? atol(delay) : 0;
    const char *file = getenv("SYNC_COUNT_FILE");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *page = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED) count = page;
    close(fd);
}

static int after(int result) {
    if (count) __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
    if (delay_us > 0) {
        struct timespec pause = {delay_us / 1000000, delay_us % 1000000 * 1000};
        nanosleep(&pause, NULL);
    }
    return result;
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return after(real(fd));
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return after(real(fd));
}

/* Counts the flushes of write-ahead logs: appends a byte to the file named by DAYBOOK_TEST_FLUSHES for each.
 * cc -shared -fPIC flushes.c -ldl -o flushes.so, then LD_PRELOAD it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void count(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 4 || memcmp(path + length - 4, "-wal", 4)) return;
    const char *file = getenv("DAYBOOK_TEST_FLUSHES");
    int out = file ? open(file, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (out < 0) return;
    if (write(out, "x", 1) != 1) abort();
    close(out);
}

int fsync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    count(descriptor);
    return real(descriptor);
}

int fdatasync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    count(descriptor);
    return real(descriptor);
}

/* Notes renames, links and what is flushed after them, a line each in the file named by DAYBOOK_TEST_RENAMES.
 * cc -shared -fPIC renames.c -ldl -o renames.so, then LD_PRELOAD it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(const char *what, const char *path) {
    char line[4200];
    int length = snprintf(line, sizeof line, "%s %s\n", what, path);
    const char *file = getenv("DAYBOOK_TEST_RENAMES");
    int out = file ? open(file, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (out < 0) return;
    if (write(out, line, length) != length) abort();
    close(out);
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    int result = real(from, to);
    if (result == 0) note("renamed", to);
    return result;
}

int link(const char *from, const char *to) {
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link");
    int result = real(from, to);
    if (result == 0) note("renamed", to);
    return result;
}

int fsync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    char link[64], path[4096] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    if (readlink(link, path, sizeof path - 1) > 0) note("flushed", path);
    return real(descriptor);
}

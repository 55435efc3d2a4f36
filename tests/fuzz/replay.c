/* Runs a fuzz target on the files that are its arguments. */
#include <stdio.h>

#include "buf.h"
#include "cleanup.h"
#include "fuzz.h"

enum { INPUT_MAX = 4 * 1024 * 1024 };

static int
replay(const char *path)
{
    CLEANUP_BUF struct buf b = BUF_INIT(INPUT_MAX);
    CLEANUP_FILE FILE *f = fopen(path, "rbe");
    char chunk[4096];
    size_t n;

    if (!f) {
        perror(path);
        return -1;
    }
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        if (buf_add(&b, chunk, n) == -1)
            return -1;
    /* An exact copy, so that a read beyond the end is seen. */
    CLEANUP_FREE uint8_t *copy = malloc(b.len ? b.len : 1);
    if (!copy)
        return -1;
    for (size_t i = 0; i < b.len; i++)
        copy[i] = (uint8_t) b.data[i];
    LLVMFuzzerTestOneInput(copy, b.len);
    return 0;
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (replay(argv[i]) == -1)
            return 1;
    return argc < 2;
}

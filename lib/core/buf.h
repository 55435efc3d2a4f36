/* A buffer that grows up to a limit chosen where it is created. */
#ifndef VMHA_BUF_H
#define VMHA_BUF_H

#include <stddef.h>

#include "cleanup.h"

struct buf {
    char *data; /* always NUL-terminated once something was added */
    size_t len; /* bytes without the NUL */
    size_t max; /* len never exceeds it */
    size_t room;
};

/* An empty buffer that never holds more than MAX bytes. */
#define BUF_INIT(limit)                                                        \
    {                                                                          \
        .max = (limit)                                                         \
    }

/* Add bytes or text.  0, or -1 and nothing added where MAX would be passed. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_str(struct buf *b, const char *s);
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The text, "" when nothing was added; valid until the next call. */
const char *buf_str(const struct buf *b);

/* Hand over the text (caller frees it) and leave the buffer empty. */
char *buf_take(struct buf *b);

/* Empty it and release its memory; the limit stays. */
void buf_clear(struct buf *b);
#define CLEANUP_BUF CLEANUP(buf_clear)

#endif

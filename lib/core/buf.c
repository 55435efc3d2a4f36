/* A buffer that grows up to a limit chosen where it is created. */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "xalloc.h"

/* Room for LEN more bytes and the NUL. */
static int
reserve(struct buf *b, size_t len)
{
    size_t need = b->len + len + 1;

    if (len > b->max - b->len)
        return -1;
    if (need <= b->room)
        return 0;
    b->room = need < 64 ? 64 : need + need / 2;
    if (b->room > b->max + 1)
        b->room = b->max + 1;
    b->data = xrealloc(b->data, b->room, 1);
    return 0;
}

int
buf_add(struct buf *b, const void *data, size_t len)
{
    if (reserve(b, len) == -1)
        return -1;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
    return 0;
}

int
buf_add_str(struct buf *b, const char *s)
{
    return buf_add(b, s, strlen(s));
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || reserve(b, (size_t) n) == -1)
        return -1;
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t) n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t) n;
    return 0;
}

const char *
buf_str(const struct buf *b)
{
    return b->data ? b->data : "";
}

char *
buf_take(struct buf *b)
{
    char *s = b->data ? TAKE(b->data) : xstrdup("");

    b->len = b->room = 0;
    return s;
}

void
buf_clear(struct buf *b)
{
    free(b->data);
    b->data = NULL;
    b->len = b->room = 0;
}

/* Allocation that aborts when memory is out. */
#include "xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
check(void *p)
{
    if (!p)
        abort();
    return p;
}

void *
xcalloc(size_t n, size_t size)
{
    return check(calloc(n ? n : 1, size ? size : 1));
}

void *
xrealloc(void *p, size_t n, size_t size)
{
    return check(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *
xstrdup(const char *s)
{
    return check(strdup(s));
}

char *
xstrndup(const char *s, size_t n)
{
    return check(strndup(s, n));
}

char *
xasprintf(const char *fmt, ...)
{
    char *s;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    return s;
}

void
xstrset(char **p, const char *s)
{
    char *copy = s ? xstrdup(s) : NULL;

    free(*p);
    *p = copy;
}

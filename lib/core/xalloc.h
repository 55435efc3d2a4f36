/* Allocation that aborts when memory is out: Pacemaker restarts us, GLib does
 * the same, and no caller needs an untested branch.
 */
#ifndef VMHA_XALLOC_H
#define VMHA_XALLOC_H

#include <stddef.h>

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Replace *P by a copy of S (NULL stays NULL) and free the old value. */
void xstrset(char **p, const char *s);

#endif

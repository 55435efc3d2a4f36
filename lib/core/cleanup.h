/* Scope-bound release of local resources, and hand-over of what is kept. */
#ifndef VMHA_CLEANUP_H
#define VMHA_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

static inline void
cleanup_freep(void *p)
{
    free(*(void **) p);
}

static inline void
cleanup_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void
cleanup_filep(FILE **f)
{
    if (*f)
        fclose(*f);
}

#define CLEANUP_FREE  CLEANUP(cleanup_freep)
#define CLEANUP_CLOSE CLEANUP(cleanup_closep)
#define CLEANUP_FILE  CLEANUP(cleanup_filep)

/* Moves a pointer out of a variable, which becomes NULL: the last line of a
 * function that hands over what it built.
 */
#define TAKE(p)                                                                \
    __extension__({                                                            \
        __typeof__(p) take_value_ = (p);                                       \
        (p) = NULL;                                                            \
        take_value_;                                                           \
    })

#define N_ELEMENTS(a) (sizeof(a) / sizeof(a)[0])

#endif

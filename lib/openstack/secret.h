/* The end of a secret text. */
#ifndef VMHA_SECRET_H
#define VMHA_SECRET_H

#include <stdlib.h>
#include <string.h>

/* Wipe and free S, or NULL. */
static inline void
secret_free(char *s)
{
    if (s)
        explicit_bzero(s, strlen(s));
    free(s);
}

#endif

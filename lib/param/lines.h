/* The lines of a text of name=value pairs. */
#ifndef VMHA_LINES_H
#define VMHA_LINES_H

#include <stddef.h>

#include "error.h"

struct lines {
    const char *at, *end; /* what is left of the text, borrowed */
    unsigned number;      /* of the line read last, from 1 */
    char *name, *value;   /* of that line; value NULL: it has no '=' */
};

void lines_init(struct lines *l, const char *text, size_t len);
void lines_clear(struct lines *l);

/* Go to the next line that is neither blank nor a comment.  1: there is one;
 * 0: no more; -1: it contains a NUL or is longer than PARAM_LINE_MAX.  Blanks
 * before the name and a carriage return at the end are dropped; all else is
 * kept, so that a written value is read back as it was.
 */
int lines_next(struct lines *l, struct vmha_error *err);

#endif

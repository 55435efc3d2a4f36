/* Is this cluster set up as vmha needs it?  The CIB in, findings out; pure.
 *
 * Each row says what is wrong, why that matters, and the command that mends it
 * (vmha(7), SET-UP).
 */
#ifndef VMHA_AUDIT_H
#define VMHA_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "recipes.h"

struct _xmlNode; /* of libxml2, which users of this need not know */

enum audit_severity {
    AUDIT_NOTE, /* it works, but slower or later than it could */
    AUDIT_BAD,  /* a failure is not recovered, or not safely */
};

struct audit_words {
    enum recipe_tool tool; /* of the mends */
    const char *cloud; /* its name in clouds.yaml; NULL: NAME stands there */
    bool is_live;      /* look at the status, too: what runs, what failed? */
};

/* MEND: commands, one a line; texts are valid during the call. */
typedef void audit_fn(enum audit_severity severity, const char *what,
                      const char *why, const char *mend, void *arg);

/* Call FN for each finding, in an order in which the mends can be carried out.
 * CIB is the whole CIB, or its configuration.
 */
void audit_cib(const struct _xmlNode *cib, const struct audit_words *words,
               audit_fn *fn, void *arg);

/* The same for the LEN bytes of a CIB's text; -1: it is none. */
int audit_text(const char *bytes, size_t len, const struct audit_words *words,
               audit_fn *fn, void *arg, struct vmha_error *err);

#endif

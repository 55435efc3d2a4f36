/* What daemons answer when they are told to do something. */
#ifndef VMHA_VERDICT_H
#define VMHA_VERDICT_H

#include "error.h"
#include "group-ask.h"
#include "replies.h"

enum verdict {
    VERDICT_DONE,    /* {"ok": true} */
    VERDICT_PENDING, /* {"pending": true}: not in the journal yet */
    VERDICT_FOREIGN, /* {"foreign": true}: it is another instance's */
    N_VERDICTS
};

/* {"error": TEXT} is VMHA_E_REFUSED with that text; anything else makes no
 * sense: VMHA_E_INPUT.
 */
int verdict_of(const struct reply *p, enum verdict *ret_verdict,
               struct vmha_error *err);

/* Tell all daemons, again and again, until none has it PENDING.  How many are
 * DONE.  VMHA_E_AGAIN: the journal cannot be written, they go on trying.
 */
int tell_all(struct ask *a, const char *request, size_t *ret_n_done,
             struct vmha_error *err);

#endif

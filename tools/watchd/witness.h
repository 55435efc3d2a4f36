/* Does this host have a guest?  recoveryd asks (lib/policy/sight.h). */
#ifndef VMHA_WITNESS_H
#define VMHA_WITNESS_H

#include "asking.h"

struct witness;

/* There is a guest to ask for. */
typedef void witness_fn(void *arg);

struct witness *witness_new(witness_fn *fn, void *arg);
void witness_free(struct witness *w);

/* See whether there is a question. */
void witness_look(struct witness *w);

/* What to ask the worker next, ASK_NOBODY: nothing; and what that has said.
 * Where something cannot be told the question has no answer, for now.
 */
struct ask witness_next(const struct witness *w);
void witness_on_answer(struct witness *w, const struct ask *a,
                       enum answer_kind answer);

#endif

/* Does this host have a guest?  recoveryd asks (lib/policy/sight.h). */
#ifndef VMHA_WITNESS_H
#define VMHA_WITNESS_H

#include "error.h"

struct witness;

/* 1: UUID has a QEMU on this host, 0: it has none, -1: this is not known. */
typedef int witness_fn(const char *uuid, void *arg, struct vmha_error *err);

struct witness *witness_new(witness_fn *fn, void *arg);
void witness_free(struct witness *w);

/* See whether there is a question, and answer it.  Where something about it
 * cannot be told there is no answer.
 */
void witness_look(struct witness *w);

#endif

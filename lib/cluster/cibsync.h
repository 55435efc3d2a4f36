/* The CIB for a short-lived program: a few calls, each of which blocks.
 *
 * Made for fence_vmha, which the fencer runs on any cluster node, also while
 * the cluster is in transition: the check reads the local copy only, the write
 * needs no DC.  Deadlines are the caller's (alarm): libcib has none for
 * connecting.
 */
#ifndef VMHA_CIBSYNC_H
#define VMHA_CIBSYNC_H

#include "audit.h"
#include "error.h"

struct cibsync;

/* Connect as CLIENT.  NULL: VMHA_E_AGAIN, no CIB manager answers. */
struct cibsync *cibsync_new(const char *client, struct vmha_error *err);
void cibsync_free(struct cibsync *s);

/* Is node TARGET safe from being "fenced" by fence_vmha alone?  As
 * topology_check() on the local copy of the CIB; VMHA_E_AGAIN where that cannot
 * be read, which the caller must take for a no.
 */
int cibsync_check_target(struct cibsync *s, const char *target,
                         struct vmha_error *err);

/* audit_cib() on the local copy of the CIB. */
int cibsync_audit(struct cibsync *s, const struct audit_words *words,
                  audit_fn *fn, void *arg, struct vmha_error *err);

/* Write the journal's nvpair NAME, whatever its value is now.  0 once all
 * nodes have it.
 */
int cibsync_set(struct cibsync *s, const char *name, const char *value,
                struct vmha_error *err);

#endif

/* The connection to the local CIB manager, on the GLib loop.
 *
 * One in a process: libcib keeps its table of calls in a global, and its
 * notifications carry no argument.
 */
#ifndef VMHA_CIBLINK_H
#define VMHA_CIBLINK_H

#include <stdbool.h>

#include "cluster.h"

struct ciblink;

/* What is known has changed, or was read again because somebody asked. */
typedef void ciblink_fn(void *arg);

/* Connect as CLIENT, and again whenever the connection is lost.
 *
 * Connecting blocks until the CIB manager answers: libcib offers nothing else.
 * A frozen CIB manager freezes us, too, which the resource's monitor finds.
 */
struct ciblink *ciblink_new(const char *client, ciblink_fn *fn, void *arg);
void ciblink_free(struct ciblink *l);

/* Read all again, soon, and call FN. */
void ciblink_refresh(struct ciblink *l);

/* Fill in the CIB's part of a view. */
void ciblink_fill(const struct ciblink *l, struct cluster_view *view);

/* Whether this partition has quorum: without it writes are not sent.  (The CIB
 * manager of 2.1.5 carries them out, and loses them when partitions merge.)
 */
void ciblink_set_quorate(struct ciblink *l, bool is_quorate);

/* As cluster_journal_set() and cluster_journal_delete(). */
void ciblink_set(struct ciblink *l, const char *name, const char *value,
                 cluster_done_fn *fn, void *arg);
void ciblink_delete(struct ciblink *l, const char *name, const char *value,
                    cluster_done_fn *fn, void *arg);

#endif

/* The connection to the local fencer, on the GLib loop: its history.
 *
 * The only file that uses libstonithd, all of which is deprecated since
 * Pacemaker 3.0.1.
 */
#ifndef VMHA_FENCER_H
#define VMHA_FENCER_H

#include "cluster.h"

struct fencer;

/* The history has changed, was read again on demand, or got lost. */
typedef void fencer_fn(void *arg);

/* What the history is good for, as the lab and Pacemaker's source show:
 * - Each fencer stamps the end of an operation by its own clock (finalize_op):
 *   completed_ns differs by milliseconds between nodes, more where clocks do.
 * - A restarted fencer starts with nothing.  It gets the rest when a node joins
 *   the DC, or when another node's fencer is told to broadcast; it cannot ask
 *   for it itself (stonith_fence_history drops what answers that).
 */

/* Connect as CLIENT, and again whenever the connection is lost.  Connecting
 * blocks until the fencer answers (libstonithd offers nothing else), reading
 * at most 3 s.
 */
struct fencer *fencer_new(const char *client, fencer_fn *fn, void *arg);
void fencer_free(struct fencer *f);

/* Read again, soon, and call FN. */
void fencer_refresh(struct fencer *f);

/* Fill in the history's part of a view. */
void fencer_fill(const struct fencer *f, struct cluster_view *view);

#endif

/* Tell the administrator's programs of events: a program on this node, and a
 * server by HTTP.
 *
 * Nothing waits for them.  Each has a queue of its own, which is bounded, and
 * is told of one event at a time.  What is queued is lost with the daemon; the
 * next one tells again of what still is so (tidings.h).
 */
#ifndef VMHA_HOOKS_H
#define VMHA_HOOKS_H

#include "daemon.h"
#include "tidings.h"

struct hooks *hooks_new(struct daemon *d);
void hooks_free(struct hooks *hooks);

/* H has news. */
void hooks_tell(struct daemon *d, const struct host *h, enum tiding t);

#endif

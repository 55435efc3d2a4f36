/* Corosync's quorum service on the GLib loop. */
#ifndef VMHA_QUORUM_H
#define VMHA_QUORUM_H

#include <stdbool.h>

struct quorum;

/* Quorum was gained, lost, or is not known any more. */
typedef void quorum_change_fn(void *arg);

/* Track it, and connect again whenever Corosync goes away. */
struct quorum *quorum_new(quorum_change_fn *fn, void *arg);
void quorum_free(struct quorum *q);

/* False while unknown. */
bool quorum_is_quorate(const struct quorum *q);

#endif

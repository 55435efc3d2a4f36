/* Reading one node attribute from Pacemaker's attribute manager. */
#ifndef VMHA_ATTRIBUTE_H
#define VMHA_ATTRIBUTE_H

#include "cluster.h"

struct attribute_read; /* one under way */

/* See cluster_attribute_read; *LIST has those under way. */
void attribute_read(struct attribute_read **list, const char *node,
                    const char *name, cluster_attribute_fn *fn, void *arg);
/* End them all, without a call. */
void attribute_forget(struct attribute_read **list);

#endif

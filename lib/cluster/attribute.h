/* One node attribute in Pacemaker's attribute manager. */
#ifndef VMHA_ATTRIBUTE_H
#define VMHA_ATTRIBUTE_H

#include "cluster.h"

struct attribute_job; /* one under way */

/* See cluster_attribute_read and _set; *LIST has those under way. */
void attribute_read(struct attribute_job **list, const char *node,
                    const char *name, cluster_attribute_fn *fn, void *arg);
void attribute_set(struct attribute_job **list, const char *node,
                   const char *name, const char *value,
                   cluster_attribute_fn *fn, void *arg);
/* End them all, without a call. */
void attribute_forget(struct attribute_job **list);

#endif

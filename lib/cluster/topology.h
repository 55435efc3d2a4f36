/* The fencing topology: does a real device come before fence_vmha?  Pure.
 *
 * fence_vmha switches nothing off.  Where Pacemaker uses it alone, its success
 * is taken for fencing (pacemaker-api.md 3b, "Deadly").  So it asks here first.
 */
#ifndef VMHA_TOPOLOGY_H
#define VMHA_TOPOLOGY_H

#include <libxml/tree.h>

#include "error.h"

/* The type of our fence agent's resources. */
#define TOPOLOGY_OWN_TYPE "fence_vmha"

/* Is node TARGET safe from being "fenced" by fence_vmha alone?  0, or -1 and
 * VMHA_E_REFUSED with the reason.  CIB is the whole CIB, or its configuration,
 * or the fencing-topology, nodes and resources in one element.
 *
 * Every fencing-level that may apply to TARGET (by its name; else by pattern
 * or by node attribute, as the fencer matches them) and that lists a device of
 * type fence_vmha must list a stonith device of another type before it; at
 * least one such level must exist.
 */
int topology_check(const xmlNode *cib, const char *target,
                   struct vmha_error *err);

#endif

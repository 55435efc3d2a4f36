/* Choice of a destination. */
#ifndef VMHA_SIM_SCHEDULE_H
#define VMHA_SIM_SCHEDULE_H

#include "sim-state.h"

/* A host for V that is up, enabled, not V's own, in its zone, has room and
 * suits its server group; TARGET: only that one, FORCED without any of this
 * but room.  NULL: NoValidHost.
 */
struct sim_host *sim_schedule(struct sim_vm *v, struct sim_host *target,
                              bool is_forced);

/* The check of the destination itself, which parallel evacuations of one
 * anti-affinity group fail (N18).
 */
bool sim_schedule_late_check(const struct sim_vm *v, const struct sim_host *h);

#endif

/* Evacuations: conductor, scheduler, and the destination's nova-compute.
 *
 *   POST -> accepted -> pre-migrating -> done [-> completed, sim-compute.c]
 *              |              |
 *              +-> error      +-> failed
 */
#ifndef VMHA_SIM_REBUILD_H
#define VMHA_SIM_REBUILD_H

#include "sim-state.h"

/* Conductor's part of an evacuation whose record is `accepted`.  TARGET: the
 * host asked for, or NULL.  IS_FORCED: the scheduler is not asked (N19).
 * ARRIVES_STOPPED: microversion 2.95 (N24).
 */
void sim_rebuild_start(struct sim_vm *v, struct sim_host *target,
                       bool is_forced, bool arrives_stopped,
                       struct sim_action *action);

/* Nova-compute of H died: rebuilds that waited for a slot there are lost. */
void sim_rebuild_lost(struct sim_host *h);

/* Script how evacuations end: SKIP of them pass, then COUNT (-1: all) end in
 * OUTCOME, a name of the README's table.  VM NULL: any server.  -1: no such
 * outcome.
 */
int sim_rebuild_script(struct sim_vm *vm, const char *outcome, int64_t skip,
                       int64_t count);
void sim_rebuild_script_clear(void);

#endif

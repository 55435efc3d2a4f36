/* The way back into service of a host that was fenced and is alive again
 * (N31-N35): its gate is open, nova-compute cleans up what was evacuated, then
 * our marks are taken back and VMs that are still there are started.
 *
 * Phase RETURNING of an incident.  Facts and steps as in incident.h and plan.h.
 */
#ifndef VMHA_COMEBACK_H
#define VMHA_COMEBACK_H

#include "flaps.h"
#include "incident.h"
#include "plan.h"

/* The journal says that it returns. */
bool comeback_is_on(const struct incident *inc);
/* Nothing is left to do: the incident can be closed. */
bool comeback_is_over(const struct incident *inc);
/* What it waits for, for people, or NULL. */
const char *comeback_waits_for(const struct incident *inc);

/* Records that Nova must not lose sight of before the service may be up. */
size_t comeback_open_records(const struct incident *inc);

/* Should the host be powered on now?  Not while an evacuation is in flight
 * (N33) or about to be: then what is left waits for room, and the host may be
 * that room.
 */
bool comeback_wants_power(const struct incident *inc,
                          const struct recovery_rules *rules, int64_t now_ms);

/* NOTED: what the journal has of its failures.  Is it quarantined? */
void comeback_on_flaps(struct incident *inc, const struct flaps *noted,
                       const struct recovery_rules *rules);

/* Steps while it returns. */
void plan_comeback(const struct incident *inc,
                   const struct recovery_rules *rules, int64_t now_ms,
                   struct plan *plan);

/* --- answers are new facts --- */
void comeback_on_service(struct incident *inc, const struct service_fact *s,
                         int64_t now_ms);
/* A PUT for the service ended; IS_UNKNOWN: it may take effect later. */
void comeback_on_put(struct incident *inc, bool is_unknown, int64_t now_ms,
                     const struct recovery_rules *rules);
/* The host's power-on was asked for: it ended well, or for reason WHY. */
void comeback_on_power(struct incident *inc, const char *why, int64_t now_ms);
/* A VM that a list or a reading of it shows on the host; S NULL: it is missing
 * on a list.  False: not our business, the host is not up yet.
 */
bool comeback_on_vm(struct incident *inc, struct vm *v,
                    const struct server_fact *s, int64_t asked_ms,
                    int64_t now_ms);
/* What its hypervisor says of the VM. */
enum guest_state { GUEST_RUNS, GUEST_IS_OFF, GUEST_UNKNOWN };
void comeback_on_guest(struct incident *inc, struct vm *v, enum guest_state g,
                       int64_t now_ms, const struct recovery_rules *rules);
/* It is stopped, and its actions were read.  IS_KNOWN: Nova tells them;
 * WAS_STOPPED: it was asked not to run (state_was_stopped_by).
 */
void comeback_on_actions(struct incident *inc, struct vm *v, bool is_known,
                         bool was_stopped, int64_t now_ms);
/* A call to start or stop it was answered; WHY NULL: accepted. */
void comeback_on_call(struct vm *v, const char *why, int64_t now_ms,
                      const struct recovery_rules *rules);

#endif

/* The hypervisors' own account of which guest runs where.
 *
 * Every change is one line "<epoch.ms> <host> <uuid> <on|off|gone>" in the
 * ledger file, so that a checker that knows nothing of Nova can tell whether
 * a guest was on under two hosts at once (tests/invariants/twice).
 */
#ifndef VMHA_SIM_LEDGER_H
#define VMHA_SIM_LEDGER_H

#include "sim-state.h"

/* PATH is appended to; "" for none. */
void sim_ledger_open(const char *path);
/* Write what is buffered; the loop calls it before it sleeps. */
void sim_ledger_flush(void);

struct sim_guest *sim_guest_find(struct sim_vm *v, const struct sim_host *h);
/* Define the guest if need be, and switch it on or off. */
void sim_guest_set(struct sim_vm *v, struct sim_host *h, bool is_on);
void sim_guest_destroy(struct sim_vm *v, struct sim_host *h);
/* The host loses power: its guests stop.  Their definitions stay. */
void sim_guests_lose_power(struct sim_host *h);
/* Count of hosts on which it is on. */
unsigned sim_guest_runs(const struct sim_vm *v);

#endif

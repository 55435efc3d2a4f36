/* Starting by level (an option): all VMs of one priority are a level, and one
 * level starts when all that come before it run.
 *
 * Where Nova can leave VMs stopped where they arrive (microversion 2.95, N24),
 * all are evacuated at once and parked, and started level by level.  Elsewhere,
 * and for those that Nova starts in any case (from ERROR), the evacuation is
 * the start, and is asked for when the level's turn has come.
 *
 * Nothing of this needs a memory.  That VMs may be parked stands in the
 * journal before the first call that parks one; whether a parked VM is to be
 * started, its actions in Nova tell right before (a stop that is newer than
 * each start was its tenant's).  Whose turn it is follows from who runs.
 */
#ifndef VMHA_LEVELS_H
#define VMHA_LEVELS_H

#include "incident.h"

struct levels_rules {
    bool is_on;
    bool can_park;    /* Nova's newest microversion is 2.95, or above */
    int64_t pause_ms; /* a level is ready so long after its last VM runs */
    int64_t wait_ms;  /* ...and is waited for no longer than this */
};

/* Whose turn it is, of all hosts that are recovered together. */
struct levels {
    bool is_known;
    int turn;
    int64_t since_ms; /* from then on */
};

/* See who runs, and say in each incident whose turn it is.  The time to look
 * again, or 0.
 */
int64_t levels_update(struct levels *l, const struct levels_rules *rules,
                      struct incident *const *incidents, size_t n,
                      int64_t now_ms);

/* May it be started, by its level? */
bool levels_allow(const struct incident *inc, const struct vm *v);

/* Will an evacuation leave it stopped? */
bool levels_park(const struct incident *inc, const struct vm *v);

/* Nova runs and stops each VM that is parked before it arrives: once a call may
 * be at work for it, only its actions tell what its tenant wanted.
 */
void levels_distrust(const struct incident *inc, struct vm *v);

/* It arrived, and is stopped or about to be: is it to be started? */
bool levels_may_start(const struct incident *inc, const struct vm *v,
                      const struct server_fact *s);
/* It was started so often in vain that it is left to people. */
bool levels_give_up(const struct vm *v);

/* What to do next for one that is parked, at most STARTS_AT_ONCE together. */
enum { STARTS_AT_ONCE = 8 };
enum parked { PARKED_WAIT, PARKED_LOOK, PARKED_START };
enum parked levels_next(const struct incident *inc, const struct vm *v,
                        int64_t now_ms);

#endif

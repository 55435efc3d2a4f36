/* May a call that prepares or evacuates a VM leave, and which?
 *
 * The heart of I1 and I2: every condition stands in one rule, and all that it
 * looks at in one struct.  The decision log has it, and replay asks the rule
 * again (tests/tools/replay.c).  What follows from other VMs (its turn, its
 * group) is found by the plan, and is a fact here.
 */
#ifndef VMHA_CALL_H
#define VMHA_CALL_H

#include "certainty.h"
#include "vm.h"

struct call_facts {
    /* its host */
    enum certainty certainty;
    enum host_phase phase; /* in the journal */
    bool is_saved;
    bool has_returned, is_released, is_held;
    bool is_down;
    bool is_listed;         /* its VMs were */
    bool is_cloud_well;     /* a request has worked since a call failed */
    int64_t records_age_ms; /* since they were asked for */
    /* the VM */
    bool is_waiting;
    int64_t delay_ms;    /* of its back-off, that is left */
    bool is_known;       /* nothing of it is to be read, or is being read */
    bool is_tied;        /* its group has no other host */
    bool may_run;        /* a failed evacuation may have left its guest */
    bool is_alone;       /* no other of its group is on the way */
    bool is_its_turn;    /* by its priority */
    bool is_covered;     /* the journal's mark covers it... */
    bool is_noted;       /* ...has the note that it needs, if any... */
    bool is_announced;   /* ...and tells of parked VMs, if it is to be one */
    int prep;            /* enum vm_prep */
    int64_t look_age_ms; /* since it was read, or listed */
};

enum call { CALL_NONE, CALL_LOOK, CALL_EVACUATE, CALL_RESET, CALL_CONFIRM };

enum call call_of(const struct call_facts *f);

#endif

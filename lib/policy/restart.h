/* May the call that restarts a VM on its living host leave, and which?
 *
 * All that it looks at in one struct, as for evacuations (call.h): the decision
 * log has it, and replay asks the rule again.
 */
#ifndef VMHA_RESTART_H
#define VMHA_RESTART_H

#include "certainty.h"

enum repair_step {
    REPAIR_NOTHING,
    REPAIR_READ,         /* GET the server */
    REPAIR_READ_ACTIONS, /* what was asked of it of late */
    REPAIR_REBOOT,       /* POST reboot, hard */
    REPAIR_START,        /* POST os-start */
    REPAIR_CONFIRM,      /* POST confirmResize: then it can be restarted */
};

struct restart_facts {
    /* its host, and what stands in the way beside the VM itself */
    enum certainty certainty; /* certainty_of_living() */
    bool is_in_incident; /* the failure of another host has to do with it */
    bool is_rate_full;   /* of its host */
    /* the VM */
    bool is_waiting;     /* it is to be restarted... */
    int need;            /* ...by this step; REPAIR_NOTHING: Nova is busy */
    bool is_counted;     /* its earlier restarts are known... */
    int n_calls, limit;  /* ...and these may be */
    int64_t delay_ms;    /* of its pause, that is left */
    bool has_turn;       /* among the others */
    int64_t look_age_ms; /* since it was read */
};

/* Why nothing may be changed for it now, or NULL. */
const char *restart_hold(const struct restart_facts *f);

/* The call that may leave; REPAIR_READ: it is to be looked at first;
 * REPAIR_NOTHING: none.
 */
enum repair_step restart_call(const struct restart_facts *f);

const char *repair_step_name(enum repair_step s);

#endif

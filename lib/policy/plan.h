/* What to do next for one failed host: facts in, steps out.
 *
 * The caller carries the steps out, marks what is under way (busy flags,
 * is_reading, incident_on_posting), feeds the answers back as facts and asks
 * again.  Asking twice without new facts gives the same steps.
 */
#ifndef VMHA_PLAN_H
#define VMHA_PLAN_H

#include "call.h"
#include "incident.h"

enum step_kind {
    STEP_JOURNAL,      /* write entry */
    STEP_FIND_SERVICE, /* read Nova's service of the host */
    STEP_FORCE_DOWN,   /* one PUT: forced_down and, if asked, disabled */
    STEP_RECORDS,      /* read evacuation records changed since since_ms */
    STEP_SERVERS,      /* read the servers on the host */
    STEP_READ_VM,      /* read one server */
    STEP_EVACUATE,     /* POST evacuate */
    STEP_STOP_VM,      /* POST os-stop: it was stopped before */
    STEP_START_VM,     /* POST os-start: it is parked, and its turn has come */
    STEP_FIND_DEST,    /* read the service of host dest */
    STEP_RESET_VM,     /* POST os-resetState: Nova evacuates from ERROR */
    STEP_CONFIRM_VM,   /* POST confirmResize */
    STEP_READ_ACTIONS, /* read what was asked of one server */
    STEP_POWER_ON,     /* the host, by its fencing devices */
    STEP_FORCE_UP,     /* PUT: take back forced_down */
    STEP_ENABLE,       /* PUT: enable the service */
    STEP_ASK_GUEST,    /* does the VM run, by its hypervisor? */
    STEP_REBOOT_VM,    /* POST reboot: start it on its own host */
    STEP_LIVE,         /* read live migrations from the host */
};

struct step {
    enum step_kind kind;
    struct vm *vm;             /* of the incident, or NULL */
    struct journal_host entry; /* STEP_JOURNAL */
    const char *dest;          /* STEP_FIND_DEST */
    const char *target;        /* STEP_EVACUATE: to this host; NULL: anywhere */
    bool parks;                /* STEP_EVACUATE: it is to arrive stopped */
    int64_t since_ms;          /* STEP_RECORDS: cloud's clock, 0: all */
    struct call_facts facts;   /* what a call for a VM rests on */
};

enum { PLAN_MAX = 64 };

struct plan {
    struct step steps[PLAN_MAX];
    size_t n;
    int64_t now_ms;  /* when it was made */
    int64_t wake_ms; /* ask again then, though nothing came; 0: no need */
};

/* Append a step; NULL where it may not be taken now, or the plan is full: the
 * caller is asked again.
 */
struct step *plan_add(struct plan *p, const struct incident *inc,
                      int64_t now_ms, enum step_kind kind, struct vm *vm);
/* Ask again at WHEN_MS. */
void plan_wake(struct plan *p, int64_t now_ms, int64_t when_ms);

/* Since when to read records, by the cloud's clock; 0: all of them. */
int64_t plan_records_since(const struct incident *inc, int64_t now_ms);

/* POSTS: how many evacuate calls may be added to those under way. */
void plan_incident(const struct incident *inc,
                   const struct recovery_rules *rules, int64_t now_ms,
                   unsigned posts, struct plan *ret_plan);

/* Must the host's changing calls that have not left yet be taken back?  What
 * allowed them holds no longer.
 */
bool plan_recalls(const struct incident *inc);

#endif

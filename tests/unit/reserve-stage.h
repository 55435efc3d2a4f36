/* A world of one failed host, reserved hosts, a Nova and a journal, for tests
 * of lib/policy/reserve.
 */
#ifndef VMHA_RESERVE_STAGE_H
#define VMHA_RESERVE_STAGE_H

#include "incident.h"

enum { RSVS = 3, VMS = 6, GB = 1024, STEPS = 16 };

extern struct reserve_stage {
    struct reserve_pool pool;
    struct incident *inc;
    struct incident
        *other; /* whose VMs are all where they should be; or NULL */
    int64_t now_ms;
    struct {
        bool is_disabled, is_up, in_set, has_vms;
        const char *reason;
        char entry[JOURNAL_RESERVE_MAX]; /* "": none */
        int64_t free_mb;
    } rsv[RSVS];
    unsigned calls, dies_at; /* the daemon dies at that call */
    int64_t slow_ms;         /* each answer takes so long */
} s;

void set_stage(enum recovery_method m);
/* A new process: only the journal and Nova are left. */
void start_daemon(enum recovery_method m);
/* The reserved host r0, r1... */
struct reserve *rsv(size_t i);
/* One that waits on the failed host. */
struct vm *add_vm(uint32_t ram_mb);
void end_incident(void);

/* Begin a round. */
void count(void);
/* Where may V go now? */
const char *place(struct vm *v, bool *ret_may_go);
/* Rounds until nothing is to be done.  False where the daemon died: right after
 * its call, or before it has had its effect.
 */
bool go_on(bool has_effect);

/* Its service is read. */
void answer_service(struct reserve *r);

bool is_as_before(void);
size_t n_enabled(void);

#endif

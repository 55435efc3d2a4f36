/* One failed host under recovery: all facts about it, and how each answer
 * changes them.  No I/O and no clock: times come as arguments (monotonic ms
 * unless the name says otherwise).
 */
#ifndef VMHA_INCIDENT_H
#define VMHA_INCIDENT_H

#include "answer.h"
#include "certainty.h"
#include "groups.h"
#include "reserve.h"
#include "select.h"
#include "state.h"
#include "vm.h"

/* What an administrator may set (see ocf_vmha_recovery(7)). */
struct recovery_rules {
    int64_t post_settle_ms; /* a call may take effect this long after it left */
    int64_t poll_ms;        /* between readings of progress */
    int64_t retry_min_ms;   /* back-off of a VM whose evacuation failed */
    int64_t retry_max_ms;
    const struct select_rules *select; /* NULL: recover all */
    const struct groups *groups;       /* NULL: none */
    bool powers_on;                    /* hosts, when their VMs have left */
    unsigned quarantine_failures;      /* more put a host in quarantine */
    int64_t quarantine_window_ms;      /* ...within this; failures 0: never */
};

enum busy {
    BUSY_JOURNAL = 1 << 0,
    BUSY_SERVICE = 1 << 1,
    BUSY_DOWN = 1 << 2,
    BUSY_RECORDS = 1 << 3,
    BUSY_SERVERS = 1 << 4,
    BUSY_DEST = 1 << 5,
    BUSY_POWER = 1 << 6,
    BUSY_LIVE = 1 << 7,
};

/* The way back into service (comeback.h); monotonic ms. */
struct comeback {
    int64_t power_ms;    /* no power-on before */
    int64_t service_ms;  /* when the newest reading of its service was asked */
    int64_t beat_ms;     /* the cloud's clock: newer is a heartbeat, 0: none */
    int64_t up_ms;       /* nova-compute reports since, 0: not yet */
    int64_t doubt_ms;    /* a PUT of ours may take effect up to then */
    bool is_ours;        /* it is disabled, and by us */
    bool is_uncounted;   /* its failure must be noted first (flaps.h) */
    unsigned n_failures; /* of late, with this one; 0: not counted */
    bool is_quarantined; /* too many: it stays disabled */
};

struct incident {
    char *node;                /* Pacemaker's name of the host */
    char *host;                /* Nova's name of it */
    struct journal_host saved; /* what the journal holds now */
    bool is_saved;             /* false also when it may hold something else */
    int64_t fencing_ns;        /* the newest fencing that this answers... */
    int64_t failed_ns;         /* ...and the first one of this failure */
    int64_t save_ms;           /* no write of the journal before */
    int64_t began_ms;          /* when this process took it up */
    bool was_resumed;          /* taken over from an earlier process */
    enum certainty certainty;  /* by the newest view of the cluster */
    bool has_returned;         /* the host was alive since its fencing */
    bool lacks_quorum;         /* our partition may not decide */
    bool is_released;          /* the operator closed it */
    bool is_expected;          /* surely a compute host: Nova must know it */
    bool is_disarmed;          /* nothing in the cloud may change... */
    bool is_braked;            /* ...or no more than was begun (brake.h) */
    bool may_pass;             /* the brake does not hold it any more */

    /* starting by level (levels.h) */
    bool is_ordered;      /* VMs start when their level's turn has come... */
    int turn;             /* ...which it has for this priority and above */
    bool is_parking;      /* they may arrive stopped, to be started */
    bool can_park;        /* Nova's evacuations leave them stopped, if asked */
    bool is_park_refused; /* ...but some of its hosts are too old */

    struct reserve_pool *pool; /* reserved hosts, borrowed; NULL: none */

    /* Nova's service of the host */
    bool has_service; /* it was read */
    char *service_id; /* NULL: Nova knows none */
    bool is_down;     /* forced down, read or set by us in this life */
    bool sets_down, sets_disabled; /* the flags that are ours */
    bool has_lost_entry; /* flags are ours, the journal says nothing */
    bool asks_disable;   /* the PUT must disable it, too */

    /* its VMs */
    struct vm **by_key;   /* order of the journal's mark; owns the VMs */
    struct vm **by_order; /* order of recovery (order.h) */
    struct vm **by_id;
    size_t n_vms;
    struct vm_record *records; /* sorted by instance */
    size_t n_records;
    int64_t records_asked_ms; /* start of the newest reading, 0: none */
    int64_t records_all_ms;   /* ...of all of them, not just the changed */
    int64_t records_cost_ms;  /* how long the newest took */
    int64_t servers_asked_ms; /* start of the newest full answer, 0: none */
    int64_t servers_cost_ms;
    int64_t live_asked_ms;    /* live migrations: the newest answer, 0: none */
    int64_t changed_ms;       /* a VM last became final */
    int64_t records_since_ms; /* cloud's clock: newest change seen */
    int64_t longest_ms[2];    /* in a state of an evacuation: stuck.c */
    bool may_lack_arrived;    /* a VM may have left between records and list */

    unsigned busy;        /* enum busy: requests under way */
    char *trouble;        /* what stands in the way, or NULL */
    int64_t retry_ms;     /* no request to the cloud before */
    unsigned n_troubles;  /* failed requests in a row */
    int64_t bad_post_ms;  /* an evacuate call ended badly... */
    int64_t good_read_ms; /* ...and none follows until a read succeeds */
    bool is_denied;       /* our user may not evacuate, it seems: try singly */

    struct comeback back;

    /* for people, wall clock, 0: not yet */
    int64_t fenced_wall_ms, down_wall_ms, first_post_wall_ms, done_wall_ms;
};

/* A new incident of NODE (Nova: HOST) that answers fencing INCIDENT_NS... */
struct incident *incident_new(const char *node, const char *host,
                              int64_t incident_ns, int64_t now_ms);
/* ...or one that the journal remembers: what was posted up to its mark is not
 * known to this process.
 */
struct incident *incident_resume(const char *node, const char *host,
                                 const struct journal_host *saved,
                                 int64_t now_ms);
/* ...or one that answers a newer fencing while OLD, an entry of the same host,
 * is still there: the flags in Nova are still ours, and calls of the earlier
 * one may still take effect.  Where OLD never returned, as when startup fencing
 * met it, it failed when OLD did, and the brake has let it pass.
 */
struct incident *incident_renew(const char *node, const char *host,
                                const struct journal_host *old,
                                int64_t incident_ns, int64_t now_ms);
void incident_free(struct incident *inc);

/* Its name in logs, the decision log and Nova's disabled_reason: the time of
 * the fencing, as the journal has it.
 */
struct incident_id {
    char text[JOURNAL_TIME_MAX];
};
struct incident_id incident_id(const struct incident *inc);

struct vm *incident_vm(const struct incident *inc, const char *id);
const struct vm_record *incident_record(const struct incident *inc,
                                        const char *vm_id);
/* For incident_on_records(): records that were read, newest first. */
void incident_store_records(struct incident *inc, const struct record_fact *f,
                            size_t n);
void incident_drop_records(struct incident *inc);

/* The entry that the journal should hold by what is known now. */
struct journal_host incident_entry(const struct incident *inc);

/* May an evacuate call for VM be in Nova by what the journal says?  The mark
 * is written before the first call that it covers.
 */
bool incident_covers(const struct journal_host *e, const struct vm *v);

/* Nothing in the cloud may be changed for it now. */
bool incident_is_held(const struct incident *inc);

/* Is it for our partition, and for us, to decide now?  And may anything in the
 * cloud be changed for it: the one condition of all steps that do.
 */
bool incident_may_decide(const struct incident *inc);
bool incident_may_change(const struct incident *inc);

/* Nothing is left to do. */
bool incident_is_finished(const struct incident *inc);

/* --- answers are new facts --- */
/* FENCING_NS is the newest fencing.  Where it is CERTAIN and the host never
 * came back, a newer one belongs to the same failure: the incident answers it.
 */
void incident_on_certainty(struct incident *inc, enum certainty c,
                           int64_t fencing_ns);
/* Of a host that is alive, CERTAINTY does not tell. */
void incident_on_quorum(struct incident *inc, bool is_quorate);
/* Whether anything in the cloud may change for it from now on. */
void incident_on_disarmed(struct incident *inc, bool is_disarmed);
void incident_on_brake(struct incident *inc, bool is_braked);
void incident_on_saved(struct incident *inc, const struct journal_host *saved);
/* A write of the journal failed, or may have: it is written again, soon, and
 * nothing that needs it happens before.
 */
void incident_on_unsaved(struct incident *inc, const char *what,
                         int64_t now_ms);
/* The service as Nova shows it; ID NULL: there is none. */
struct service_fact {
    const char *id;
    bool is_disabled, is_forced_down, is_ours; /* reason holds our token */
    bool is_up;                                /* by its heartbeat... */
    int64_t updated_ms; /* ...the newest, by the cloud's clock */
    int64_t asked_ms;
};
void incident_on_service(struct incident *inc, const struct service_fact *s,
                         int64_t now_ms);
void incident_on_down(struct incident *inc, int64_t now_ms, int64_t wall_ms);
/* SINCE_MS: only those that changed since (the cloud's clock); 0: all. */
void incident_on_records(struct incident *inc, const struct record_fact *r,
                         size_t n, int64_t since_ms, int64_t asked_ms,
                         int64_t now_ms, const struct recovery_rules *rules);
void incident_on_servers(struct incident *inc, const struct server_fact *s,
                         size_t n, int64_t asked_ms, int64_t now_ms,
                         const struct recovery_rules *rules);
/* One VM was read; S NULL: it does not exist. */
void incident_on_server(struct incident *inc, struct vm *v,
                        const struct server_fact *s, int64_t asked_ms,
                        int64_t now_ms, const struct recovery_rules *rules);
/* A call that changes it leaves; an evacuate call (WALL_MS tells people). */
void incident_on_calling(struct vm *v);
void incident_on_posting(struct incident *inc, struct vm *v, int64_t wall_ms);
void incident_on_post(struct incident *inc, struct vm *v, enum answer a,
                      const char *detail, int64_t now_ms,
                      const struct recovery_rules *rules);
/* The answers to a reset of its state and to the confirmation of its resize
 * mean what they mean for an evacuate call.
 */
void incident_on_reset(struct incident *inc, struct vm *v, enum answer a,
                       const char *detail, int64_t now_ms,
                       const struct recovery_rules *rules);
void incident_on_confirm(struct incident *inc, struct vm *v, enum answer a,
                         const char *detail, int64_t now_ms,
                         const struct recovery_rules *rules);
/* Its actions that did not fail, newest first; none: Nova does not tell. */
void incident_on_actions(struct incident *inc, struct vm *v,
                         const struct action_fact *actions, size_t n,
                         int64_t now_ms);
/* A call to start one that is parked was answered. */
void incident_on_start(struct vm *v, enum answer a, const char *detail,
                       int64_t now_ms, const struct recovery_rules *rules);
/* A request to the cloud worked; failed for reason WHAT. */
void incident_on_progress(struct incident *inc, int64_t now_ms);
void incident_on_trouble(struct incident *inc, const char *what,
                         int64_t now_ms);

/* Why it is where it is, or NULL. */
const char *incident_reason(const struct incident *inc, const struct vm *v);

/* VMs by phase. */
void incident_count(const struct incident *inc, size_t ret_n[N_VM_PHASES]);

#endif

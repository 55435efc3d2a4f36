/* The recovery daemon: wires the cluster, the cloud and the policy.
 *
 *     view of the cluster ─► observe ─► hosts, incidents ─► plan (policy)
 *                                           ▲                  │
 *                        answers are facts ─┴── act ◄──────────┘
 *
 * One thread, one GLib loop.  Each file has one part of the picture; this
 * header is what they share.
 */
#ifndef VMHA_DAEMON_H
#define VMHA_DAEMON_H

#include <stdbool.h>

#include "brake.h"
#include "capacity.h"
#include "cleanup.h"
#include "cloud.h"
#include "cluster.h"
#include "disarm.h"
#include "flaps.h"
#include "group.h"
#include "levels.h"
#include "nova.h"
#include "opening.h"
#include "pending.h"
#include "plan.h"
#include "recovery-conf.h"
#include "repair.h"
#include "scheduling.h"
#include "scribe.h"
#include "sight.h"
#include "storm.h"
#include "tidings.h"
#include "timer.h"
#include "window.h"

#define DAEMON_GROUP "vmha"

enum { STALE_MS = 10000 }; /* a view that is older proves nothing */

/* The report of a living host. */
struct watched {
    char *text;    /* vmha-faults by the newest view, or NULL */
    uint64_t seq;  /* of the newest public report... */
    bool is_known; /* ...and whether the list was read since */
    bool is_asking;
    int64_t retry_ms;    /* the list is not asked for before... */
    unsigned n_failures; /* ...as this went wrong so often in a row */
    struct restart_rate rate;
    struct fault *faults; /* of processes and mounts, by the newest list */
    size_t n_faults;
};

/* What a living host is asked: does it have the guests of a dead one? */
struct witness {
    struct sight question; /* the newest; its seq is never used again */
    bool is_open;          /* it has no answer yet */
    bool is_busy;          /* an attribute is being written, or read */
    int64_t write_ms;      /* not written (again) before */
    int64_t look_ms;       /* no look for the answer before */
    int64_t again_ms;      /* answered: not asked again before */
};

/* A node whose VMs are ours to recover. */
struct host {
    char *node;
    char *nova_host;
    bool is_listed;         /* in the newest view, and owned by this instance */
    bool is_expected;       /* surely a compute host, not just a cluster node */
    bool is_reserved;       /* kept free for the VMs of others */
    int64_t ours_since_ms;  /* 0: nobody else's before */
    int64_t former_seen_ns; /* what its former owner has closed */
    struct death_facts death;
    enum certainty certainty;
    enum opening opening;
    struct incident *incident; /* NULL: nothing to do */
    char *intent;              /* the hook's note in the journal, or NULL */
    int64_t note_ms;           /* ...which makes no sense since: it lives */
    struct service_fact early; /* read when that came (scout.c)... */
    char *early_id;            /* ...or NULL */
    int64_t fencing_ns;        /* the newest one, when its view came */
    int64_t online_since_ms;   /* ...and that it is online, 0: it is not */
    bool was_long_ago;         /* both were so before this process */
    bool is_deleting;          /* its entry is being deleted */
    bool is_dropping_intent;
    bool has_broken_entry;  /* in the journal; it was logged */
    int64_t lost_ms;        /* our entry is not in the journal since, or 0 */
    char *brake_text;       /* why the brake holds it, or NULL */
    int64_t unproven_ns;    /* it looks dead, without proof, since; 0: no */
    struct flaps flaps;     /* its failures of late, as the journal has them */
    int64_t earlier_ns;     /* one to be noted there, too, or 0 */
    bool is_noting;         /* they are being written */
    bool is_gate_shut;      /* by the newest view... */
    bool is_gate_known;     /* ...or there was none yet */
    struct watched watched; /* what it says of itself (faults.c) */
    struct witness witness; /* ...and of the VMs of others (witness.c) */
    struct scheduling scheduling;
    char *service_id; /* read for that; NULL: Nova knows none */
    /* what the decision log has of it and of its incident (history.c) */
    unsigned told_verdict;
    uint32_t told_state, told_counts;
    int64_t told_ms;
    /* ...and people (tidings.c) */
    struct tidings tidings;
    unsigned told_spans;
};

/* Is vmha disarmed?  (arming.c) */
struct arming {
    char *value;      /* of the journal, by the newest view, or NULL */
    char *wish;       /* to be written there; it counts already, or NULL */
    char *told;       /* what was logged, or NULL */
    bool wants_armed; /* the value is to be deleted */
    bool is_busy;     /* a write is under way */
};

/* What the brake looks at, beside our own hosts.  (braking.c) */
struct braking {
    struct brake_rules rules;
    int64_t *foreign_ns; /* failures of other instances' hosts */
    size_t n_foreign;
    unsigned total_hosts; /* compute hosts of the cluster */
};

/* Room for those that wait for it.  (queue.c) */
struct queue {
    struct capacity capacity;
    bool is_reading;
    int64_t next_ms; /* no reading before */
};

struct daemon {
    char *instance; /* the Pacemaker resource's name */
    const struct daemon_args *args;
    struct recovery_conf conf;
    struct recovery_rules rules;
    struct select_rules select;
    struct groups groups; /* anti-affinity groups of VMs under recovery */
    struct levels levels;
    bool is_reading_groups;

    struct cluster *cluster;
    struct cloud *cloud;
    struct nova *nova;
    struct group *group;
    struct history *history; /* NULL: none is kept */
    struct metrics *metrics; /* NULL: nothing is counted */
    struct hooks *hooks;     /* NULL: nobody is told */
    char *metrics_path;      /* NULL: they are not written */
    bool is_metrics_failing;

    struct host **hosts; /* by node */
    size_t n_hosts;
    bool has_view;   /* the local cluster was read at least once */
    bool is_current; /* ... and the newest view is whole */
    bool is_quorate;
    bool is_sole_owner;
    bool has_seen; /* the journal has our watermark */
    int64_t seen_ns;
    int64_t view_ms; /* time of the newest whole view */
    bool is_writing_seen;
    struct arming arming;
    struct braking braking;
    struct queue queue;

    struct window window;
    unsigned n_posting;  /* evacuate calls under way */
    char *cloud_trouble; /* why the cloud cannot be used, or NULL */
    char *cib_problem;   /* what makes no sense in the CIB, as logged */
    char *rival;         /* why we are not the sole owner, or NULL */
    char **warnings;     /* what is wrong with the segments */
    size_t n_warnings;

    struct reserve_pool pool; /* reserved hosts of our segment */

    struct repair **repairs; /* VMs that died on living hosts */
    size_t n_repairs;
    struct repair_rules repair_rules;
    struct select_rules repair_select;
    struct storm storm;
    struct storm_rules storm_rules;

    struct pending *requests;  /* under way, request.c's... */
    struct pending *forecasts; /* ...forecast.c's... */
    struct pending *exams;     /* ...examine.c's... */
    struct pending *partings;  /* ...forget.c's... */
    struct pending *pending;   /* ...and all others */

    struct timer *decide_timer, *refresh_timer, *probe_timer, *metrics_timer;
};

/* --- daemon.c --- */
struct daemon_args {
    char *program; /* that runs */
    char *instance;
    char *rundir;
    char *statedir;       /* of the decision log */
    unsigned history_max; /* bytes of one of its files */
    bool to_stderr;
};
/* Run an instance until a signal; the exit code. */
int daemon_run(const struct daemon_args *args);
/* Decide soon: facts have changed. */
void daemon_kick(struct daemon *d);
/* The cloud answered (WHY NULL) or did not. */
void daemon_cloud_state(struct daemon *d, const char *why);
/* One line for the agent: ready, starting, or degraded REASON. */
char *daemon_health(const struct daemon *d);
int daemon_reload(struct daemon *d, struct vmha_error *err);
struct host *daemon_host(const struct daemon *d, const char *node);
/* Where it is, or belongs, among the hosts. */
size_t daemon_host_place(const struct daemon *d, const char *node);

/* --- observe.c --- */
/* A new view: which hosts are ours, which failed, what the journal holds. */
void observe(struct daemon *d, const struct cluster_view *v);
void host_free(struct host *h);
/* May another instance still act on it, by what it saw last? */
bool host_is_newly_ours(const struct daemon *d, const struct host *h);

/* --- segment.c --- */
/* Are we the only owner of our hosts, and what is wrong with the segments? */
void segment_survey(struct daemon *d, const struct cluster_view *v);
void segment_forget(struct daemon *d);
bool segment_is_ours(const struct daemon *d, const struct cluster_view *v,
                     const struct cluster_node *n);
/* The segment and its hosts as JSON text (caller frees). */
char *segment_report(const struct daemon *d);
/* Is node N one host with another node in Nova? */
bool segment_shares_name(const struct cluster_view *v,
                         const struct cluster_node *n);

/* --- scout.c --- */
/* Read the service of a host that is about to be proven dead... */
void scout_send(struct daemon *d, const struct host *h);
/* ...and tell its new incident, if it is still news. */
void scout_report(struct host *h, int64_t now_ms);

/* --- reserve.c --- */
/* The reserved hosts of a view, and what the journal has of them. */
void reserved_observe(struct daemon *d, const struct cluster_view *v);
/* Begin a round: what do the incidents need? */
void reserved_count(struct daemon *d, int64_t now_ms);
/* Carry out what is next; the time to ask again, or 0. */
int64_t reserved_act(struct daemon *d);
void reserved_forget(struct daemon *d);

/* --- faults.c --- */
/* What living hosts say is wrong: the public reports of a new view; lists are
 * asked for where they are new.
 */
void faults_observe(struct daemon *d, const struct cluster_view *v);
/* Ask again for lists that could not be read; when to call again, or 0. */
int64_t faults_update(struct daemon *d, int64_t now_ms);
void faults_forget(struct daemon *d);
/* May anything be changed for what lives on H, now? */
enum certainty faults_certainty(const struct daemon *d, const struct host *h,
                                int64_t now_ms);
struct repair *faults_find(const struct daemon *d, const char *node,
                           const char *vm);

/* --- orphans.c --- */
/* What the destinations of failed evacuations are now. */
void orphans_look(const struct daemon *d, struct incident *inc);

/* --- witness.c --- */
/* Ask living hosts whether they have guests that may have left a dead one by
 * live migration, or been left by an evacuation; when to call again, or 0.
 */
int64_t witness_update(struct daemon *d, int64_t now_ms);

/* --- mend.c --- */
/* Restart what can be; when to call again, or 0. */
int64_t mend(struct daemon *d, int64_t now_ms);
/* Something is to be changed soon: views must be fresh. */
bool mend_needs_views(const struct daemon *d);
void mend_use_conf(struct daemon *d);
/* The host of R has reported anew: F, or nothing (NULL) is wrong with it. */
void mend_report(struct daemon *d, struct repair *r, const struct fault *f);

/* --- scheduling.c --- */
/* Shut hosts for new VMs, and open them; when to call again, or 0. */
int64_t scheduling_act(struct daemon *d, int64_t now_ms);

/* --- close.c --- */
/* The watermark, by the journal; the first one is written. */
void close_read_seen(struct daemon *d, const struct cluster_view *v);
/* Delete entries and notes that have served, move the watermark on. */
void close_what_is_over(struct daemon *d, const struct cluster_view *v);
/* Its failures of late, by the journal: too many? */
void close_read_flaps(struct daemon *d, const struct cluster_view *v,
                      struct host *h);
/* The reply to request ID, as JSON text, once, later. */
typedef void reply_fn(struct daemon *d, const char *id, const char *reply);
/* End the quarantine of a host: its earlier failures count no more. */
void close_pardon(struct daemon *d, struct host *h, const char *id,
                  reply_fn *fn);
/* Time alone will tell something of the host: read the view again soon. */
bool host_needs_views(const struct daemon *d, const struct host *h);

/* --- forget.c --- */
/* Delete what the journal has of NODE, which is gone for good, once neither the
 * cluster nor Nova, where it is NOVA_HOST (NULL: as before), has it any more.
 * FN gets the reply.  -1: too many requests wait.
 */
int forget_begin(struct daemon *d, const char *node, const char *nova_host,
                 const char *id, reply_fn *fn, struct vmha_error *err);
void forget_observe(struct daemon *d, const struct cluster_view *v);
/* When to call again, or 0. */
int64_t forget_update(struct daemon *d, int64_t now_ms);

/* --- gates.c --- */
/* A new view: gates that it opens are tried at once. */
void gates_observe(struct daemon *d, const struct cluster_view *v);

/* --- arming.c --- */
/* A new view: what does the journal say? */
void arming_read(struct daemon *d, const struct cluster_view *v);
/* Is vmha disarmed now? */
bool arming_get(const struct daemon *d, struct disarm *ret_disarm);
/* Is nothing in the cloud to be changed, for that or by our configuration? */
bool arming_holds(const struct daemon *d);
/* The same for people, or NULL (caller frees). */
char *arming_text(const struct daemon *d);
/* A change is under way: read views until it is seen. */
bool arming_needs_views(const struct daemon *d);
/* How long the answer of arming_get is good for, 0: until a view says so. */
int64_t arming_wake_ms(struct daemon *d);
/* Disarm, or arm.  True once the whole cluster knows. */
bool arming_disarm(struct daemon *d, const struct disarm *dis);
bool arming_arm(struct daemon *d);
void arming_clear(struct arming *a);

/* --- braking.c --- */
/* A new view: what failed elsewhere? */
void brake_read(struct daemon *d, const struct cluster_view *v);
/* Hold the hosts that must be held now: before each plan. */
void brake_apply(struct daemon *d);
/* Why the brake would hold H if it failed now, or NULL (caller frees). */
char *brake_forecast(struct daemon *d, const struct host *h);
/* The hosts that are held, and why, or NULL (caller frees). */
char *brake_summary(const struct daemon *d);
/* Let those go on that are held.  False: there is none.  IS_SAVED: the journal
 * knows of all that were ever let go on.
 */
bool brake_release(struct daemon *d, bool *ret_is_saved);
void brake_use_conf(struct daemon *d);
void brake_clear(struct daemon *d);

/* --- queue.c --- */
/* While VMs wait for room, see whether there is some.  When to call again, 0:
 * no need.
 */
int64_t queue_watch(struct daemon *d, int64_t now_ms);
void queue_clear(struct daemon *d);

/* --- turns.c --- */
/* Whose turn is it to start?  When to ask again, or 0. */
int64_t turns_take(struct daemon *d, int64_t now_ms);

/* --- groups-read.c --- */
/* Count who is in flight in each server group; ask Nova where one is unknown.
 */
void groups_update(struct daemon *d, int64_t now_ms);
/* All groups were read: what do they mean, were these the incidents, for the
 * VMs of ONLY, or (NULL) of all?
 */
void groups_tell(struct daemon *d, const struct incident *only,
                 struct incident *const *incidents, size_t n_incidents,
                 const struct nova_group *g, size_t n);
/* The incidents of all hosts (caller frees the list). */
size_t incidents_of(const struct daemon *d, struct incident ***ret_list);

/* --- act.c --- */
void act(struct daemon *d, struct host *h, const struct plan *plan);
/* What the policy is told of a server; borrows from S. */
struct server_fact server_fact_of(const struct nova_server *s);
/* ...and of a service. */
struct service_fact service_fact_of(const struct nova_service *s,
                                    int64_t asked_ms);
/* ...and of what was asked of a server. */
struct action_fact action_fact_of(const struct daemon *d,
                                  const struct nova_action *a);
/* Take back what was decided for a host and has not left yet. */
void act_recall(struct daemon *d, const struct host *h);

/* --- report.c --- */
/* The status document as JSON text (caller frees). */
char *report_status(const struct daemon *d);
/* What hooks are told. */
char *report_event(const struct daemon *d, const struct host *h, enum tiding t);
/* How a document begins: whose it is. */
struct json_object *report_head(const struct daemon *d);
/* Parts of it, which the decision log has, too. */
struct json_object *report_counts(const struct incident *inc);
struct json_object *report_times(const struct incident *inc);
/* Why nothing moves, or NULL. */
const char *report_obstacle(const struct host *h);

/* --- serve.c --- */
/* Answer the command line tool's requests that come by the group. */
void serve_message(const void *data, size_t len, uint32_t node_id, uint32_t pid,
                   void *arg);

/* --- history.c: the decision log; nothing is done where HI is NULL --- */
struct history *history_new(const char *program,
                            const struct archive_args *args);
void history_free(struct history *hi);
void history_start(struct history *hi);
void history_nodes(struct history *hi, const struct cluster_view *v);
/* A host was judged by F. */
void history_host(struct history *hi, struct host *h,
                  const struct opening_facts *f);
/* Whatever has changed of its incident; but its VMs... */
void history_incident(struct history *hi, struct host *h);
/* ...where an answer may have changed many... */
void history_vms(struct history *hi, const struct incident *inc);
void history_closed(struct history *hi, const struct host *h);
/* VMs were sorted by these facts, which were asked for at ASKED_MS. */
void history_servers(struct history *hi, const struct incident *inc,
                     const struct server_fact *s, size_t n, int64_t asked_ms);
/* ...or one. */
void history_vm(struct history *hi, const struct incident *inc, struct vm *v);
/* Nova is asked for a change, or has answered; V is NULL where it is the
 * host's.
 */
void history_call(struct history *hi, const struct incident *inc,
                  const char *name, const struct step *s);
void history_answer(struct history *hi, const struct incident *inc,
                    const char *step, struct vm *v,
                    const struct nova_result *res, const char *verdict);
/* The brake holds a host, or (WHY NULL) lets it go, by RULE. */
void history_brake(struct history *hi, const struct incident *inc,
                   const char *rule, const char *why,
                   const struct brake_facts *f,
                   const struct brake_rules *rules);
/* What is done to a reserved host. */
void history_reserve(struct history *hi, const struct reserve_pool *p,
                     const struct reserve_step *s);
/* The repair of a VM on a living host has another phase or reason... */
void history_repair(struct history *hi, struct repair *r);
/* ...or is over; Nova is asked for STEP, or has answered. */
void history_repair_over(struct history *hi, struct repair *r);
void history_repair_call(struct history *hi, const struct repair *r,
                         const char *step, const struct restart_facts *f);
void history_repair_answer(struct history *hi, const struct repair *r,
                           const char *step, const struct nova_result *res,
                           enum answer a);
/* Reply with the lines that REQUEST asks for (which is added to), later. */
void history_ask(struct daemon *d, struct json_object *request, const char *id,
                 reply_fn *fn);

/* --- tidings.c --- */
/* Tell of what is new with a host and its VMs; when to call again, or 0. */
int64_t tidings_look(struct daemon *d, struct host *h, int64_t now_ms);

/* --- reserve.c --- */
/* What Nova says of the service of a reserved host; texts are borrowed. */
struct reserve_service_fact reserved_service_fact(const struct nova_service *s);

/* --- forecast.c --- */
/* What would become of NODE's VMs if it failed now?  -1: too many questions are
 * open.
 */
int forecast(struct daemon *d, struct host *h, const char *id, reply_fn *fn,
             struct vmha_error *err);

/* --- examine.c --- */
/* What has Nova of our hosts, and what does it let us do?  FN gets the reply.
 * -1: too many questions are open.
 */
int examine(struct daemon *d, const char *id, reply_fn *fn,
            struct vmha_error *err);

#endif

/* Nova: the calls that vmha makes, typed, each asynchronous with a deadline.
 *
 * Every call ends in exactly one callback on the main loop (never before the
 * call returned), unless the struct nova is freed first.  Lists are read to
 * their last page before the callback.  Data handed to a callback is borrowed.
 */
#ifndef VMHA_NOVA_H
#define VMHA_NOVA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud.h"
#include "error.h"
#include "pairs.h"

struct nova_service {
    char *id;   /* UUID (microversion >= 2.53) */
    char *host; /* service host name */
    bool is_disabled;
    bool is_forced_down;
    bool is_up;            /* no information while forced down (N6) */
    char *disabled_reason; /* NULL when there is none */
    int64_t updated_ms;    /* last heartbeat, since the epoch; 0 unknown */
};

struct nova_server {
    char *id;
    char *name;
    char *host;       /* OS-EXT-SRV-ATTR:host, NULL when none */
    char *vm_state;   /* OS-EXT-STS:vm_state */
    char *task_state; /* NULL when none */
    char *fault;      /* fault message, NULL when none */
    int power_state;  /* OS-EXT-STS:power_state: 1 running, 4 shut down */
    uint64_t ram_mb;  /* 0 where the cloud does not tell (< 2.47) */
    bool was_launched;
    char *project; /* its id */
    char *zone;    /* availability zone; "" where it is unknown */
    char *image;   /* its id, NULL: boots from a volume (N16) */
    char *flavor;  /* its name, NULL where the cloud does not tell */
    struct pairs metadata, extra_specs /* of the flavor */;
    struct pairs tags; /* no keys */
};

struct nova_migration {
    char *uuid; /* of the record */
    char *instance;
    char *status; /* accepted, pre-migrating, done, completed, error, failed */
    char *source;
    char *dest;                     /* NULL before the claim */
    int64_t created_ms, updated_ms; /* the cloud's clock, since the epoch */
};

struct nova_aggregate {
    int64_t id;
    char **hosts; /* service host names */
    size_t n_hosts;
};

struct nova_hypervisor {
    char *host;          /* of its service */
    int64_t free_ram_mb; /* may be below 0: overcommitted */
    int64_t used_ram_mb; /* by its VMs, and what is kept for the host */
    bool is_up;          /* its service */
    bool is_usable;      /* it is up and enabled */
};

struct nova_group {
    char *id, *name;
    char *policy;         /* affinity, anti-affinity, soft-... */
    struct pairs members; /* UUIDs of servers, no keys */
};

/* Something that was asked of a server (os-instance-actions). */
struct nova_action {
    char *name; /* stop, start, reboot... */
    char *user; /* the id of who asked; NULL: a service of Nova's by itself, as
                   nova-compute's power sync does (facts 43, 44) */
    int64_t started_ms; /* by the cloud's clock, since the epoch; 0 unknown */
    bool has_failed;
};

/* How a call ended. */
struct nova_result {
    int status;                   /* HTTP status, 0 without an answer */
    bool was_sent;                /* may the request have reached the cloud? */
    const char *detail;           /* Nova's own text of a refusal, or "" */
    const char *request_id;       /* X-Compute-Request-Id or "" */
    int64_t took_ms;              /* of the last request, connecting aside */
    const struct vmha_error *err; /* NULL on success; see cloud_response */
};

struct nova;

typedef void nova_done_fn(const struct nova_result *r, void *arg);
typedef void nova_service_fn(const struct nova_result *r,
                             const struct nova_service *service, void *arg);
typedef void nova_servers_fn(const struct nova_result *r,
                             const struct nova_server *servers, size_t n,
                             void *arg);
typedef void nova_migrations_fn(const struct nova_result *r,
                                const struct nova_migration *migrations,
                                size_t n, void *arg);

typedef void nova_groups_fn(const struct nova_result *r,
                            const struct nova_group *groups, size_t n,
                            void *arg);
typedef void nova_aggregates_fn(const struct nova_result *r,
                                const struct nova_aggregate *aggregates,
                                size_t n, void *arg);
typedef void nova_hypervisors_fn(const struct nova_result *r,
                                 const struct nova_hypervisor *hypervisors,
                                 size_t n, void *arg);
typedef void nova_actions_fn(const struct nova_result *r,
                             const struct nova_action *actions, size_t n,
                             void *arg);

/* Nova of CLOUD (borrowed; must live longer). */
struct nova *nova_new(struct cloud *cloud);

/* FN is told how each request ended, and what it was for: one of a few words.
 */
typedef void nova_watch_fn(const char *what, const struct nova_result *r,
                           void *arg);
void nova_watch(struct nova *n, nova_watch_fn *fn, void *arg);

/* Time that each request of later calls may take; 60 s unless set. */
void nova_set_timeout(struct nova *n, int64_t timeout_ms);

/* Ends every call under way without a callback. */
void nova_free(struct nova *n);

/* Authenticate and read the version document, so that the first real call is
 * quick; also the way to ask whether the cloud answers.
 */
void nova_warm_up(struct nova *n, nova_done_fn *fn, void *arg);

/* The nova-compute service of HOST (exact name); NULL where there is none. */
void nova_service_find(struct nova *n, const char *host, nova_service_fn *fn,
                       void *arg);

/* One PUT (N3): force the service down and, where REASON is not NULL, also
 * disable it with REASON (<= 255 bytes).  Like an evacuation it rests on proof
 * that is good now: where it would have to wait for a token or for the version
 * it fails at once, not sent.
 */
void nova_service_force_down(struct nova *n, const char *service_id,
                             const char *reason, nova_done_fn *fn, void *arg);

/* All servers of all projects on HOST (exact match, N8).  An error where Nova
 * shows others (we lack the role), or none because HOST's cell is down (N20).
 */
void nova_servers_on_host(struct nova *n, const char *host, nova_servers_fn *fn,
                          void *arg);

/* One server; n is 0 where it does not exist (any more). */
void nova_server_get(struct nova *n, const char *id, nova_servers_fn *fn,
                     void *arg);

/* Evacuation records with source HOST that are `accepted` or changed since
 * SINCE_MS (0: all), newest first (N26).  Nova compares its updated_at, whole
 * seconds of the clocks of several services: leave a margin.
 */
void nova_evacuations(struct nova *n, const char *host, int64_t since_ms,
                      nova_migrations_fn *fn, void *arg);

/* All live migrations from source HOST, newest first (N13). */
void nova_live_migrations(struct nova *n, const char *host,
                          nova_migrations_fn *fn, void *arg);

/* POST evacuate to TARGET, which the scheduler checks (N21), or where it
 * chooses (NULL).  PARKS: it arrives stopped, but from ERROR, where Nova can
 * do that (N24).  Not idempotent: policy decides.  Now or never, see above.
 */
void nova_evacuate(struct nova *n, const char *server_id, const char *target,
                   bool parks, nova_done_fn *fn, void *arg);
/* The newest microversion is 2.MINOR; 0: not known yet. */
unsigned nova_minor(const struct nova *n);
/* Nova can, by its newest microversion; its compute hosts may be older. */
bool nova_can_park(const struct nova *n);

/* Take back the call with this ARG, where it is one of those that are sent now
 * or never and its request has not left yet: it fails at once, not sent.
 */
void nova_recall(struct nova *n, const void *arg);

/* POST os-resetState to ERROR, from which Nova evacuates (N10).  Never while
 * an evacuation is in flight (N12).  Now or never, see above.
 */
void nova_reset_state(struct nova *n, const char *server_id, nova_done_fn *fn,
                      void *arg);

/* POST confirmResize: the host that the server came from does it, later (N11).
 * Now or never, see above.
 */
void nova_confirm_resize(struct nova *n, const char *server_id,
                         nova_done_fn *fn, void *arg);

/* What was asked of a server, newest first. */
void nova_instance_actions(struct nova *n, const char *server_id,
                           nova_actions_fn *fn, void *arg);

/* POST os-stop: for a VM that arrived running but was stopped before. */
void nova_stop(struct nova *n, const char *server_id, nova_done_fn *fn,
               void *arg);
/* POST os-start: for one that arrived stopped. */
void nova_start(struct nova *n, const char *server_id, nova_done_fn *fn,
                void *arg);

/* --- nova-hosts.c: hosts that take the VMs of others --- */

/* Let the scheduler use the service, or not, with REASON (<= 255 bytes).
 * Both may be repeated.
 */
void nova_service_enable(struct nova *n, const char *service_id,
                         nova_done_fn *fn, void *arg);
void nova_service_disable(struct nova *n, const char *service_id,
                          const char *reason, nova_done_fn *fn, void *arg);

/* All server groups of all projects (only our own where we are no admin). */
void nova_groups(struct nova *n, nova_groups_fn *fn, void *arg);

/* All host aggregates. */
void nova_aggregates(struct nova *n, nova_aggregates_fn *fn, void *arg);

/* Add HOST to the aggregate ID, or take it out.  Nova refuses what is so
 * already; the list tells.
 */
void nova_aggregate_change(struct nova *n, int64_t id, const char *host,
                           bool is_member, nova_done_fn *fn, void *arg);

/* All hypervisors with their free RAM, which Nova counts without overcommit. */
void nova_hypervisors(struct nova *n, nova_hypervisors_fn *fn, void *arg);

/* --- nova-return.c: a host that comes back --- */

/* Take forced_down back.  Nova refuses (400) while it has evacuations that the
 * host's nova-compute did not clean up (N32).
 */
void nova_service_force_up(struct nova *n, const char *service_id,
                           nova_done_fn *fn, void *arg);

/* Does the guest of this server run, by its hypervisor, now?  The answer is
 * good, or a 409: it does not (get_instance_diagnostics of nova-compute).
 */
void nova_guest_ask(struct nova *n, const char *server_id, nova_done_fn *fn,
                    void *arg);

/* POST reboot, hard: starts a guest that is gone where the server is (N30). */
void nova_reboot(struct nova *n, const char *server_id, nova_done_fn *fn,
                 void *arg);

#endif

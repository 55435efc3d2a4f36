/* Reserved hosts: kept free by the operator, taken when a host fails.
 *
 * A reserved host has the node attribute vmha-reserved, is online, and its
 * nova-compute is up and disabled.  It serves the failed hosts of its own
 * segment, several at a time.  To take it: its entry is written to the journal,
 * then Nova is told to use it.  Afterwards it is put back if no VM is on it,
 * else it stays as it is and counts as used, until the operator disables it
 * again.
 *
 * The caller asks in rounds: reserve_begin, reserve_count for each incident,
 * then reserve_demand for each, their plans (which ask reserve_place),
 * reserve_plan; answers are new facts.
 */
#ifndef VMHA_RESERVE_H
#define VMHA_RESERVE_H

#include "journal-reserve.h"
#include "method.h"
#include "vm.h"

struct incident;

/* A host aggregate, and what the list of them is. */
struct reserve_set {
    int64_t id;
    char **hosts; /* Nova's names */
    size_t n_hosts;
};

struct reserve {
    char *node;       /* Pacemaker's name */
    char *host;       /* Nova's */
    bool is_listed;   /* for the caller, while it reads a view */
    bool is_reserved; /* it has the attribute */
    bool is_usable;   /* online, managed, not itself failed */

    /* the journal; SAVED counts while HAS_ENTRY */
    bool has_entry;
    bool is_unsure; /* the journal may hold SAVED, or what it held before */
    struct journal_reserve saved;
    char *value; /* as the journal has it, for the caller */

    /* Nova's service of it, read at READ_MS (0: not yet) */
    int64_t read_ms;
    char *service_id; /* NULL: there is none */
    char *reason;     /* why it is disabled, or NULL */
    bool is_disabled;
    bool is_sound;     /* up, not forced down, not disabled for a failure */
    bool was_enabled;  /* by us, in this life... */
    bool is_withdrawn; /* ...and disabled since: the operator wants it back */

    bool has_room;      /* free_mb was read in this time of need */
    int64_t free_mb;    /* then */
    int64_t planned_mb; /* of VMs that were sent there since... */
    int64_t booked_mb;  /* ...and of those that might be next */
    bool is_wanted;     /* take it */

    int64_t refused[RESERVE_SETS_MAX]; /* aggregates that do not want it */
    unsigned n_refused;
    bool was_listed; /* its servers were, after the time of need */
    bool has_vms;

    bool is_loaded;   /* the journal's entry was read */
    bool is_busy;     /* a request about it is under way */
    int64_t retry_ms; /* none before */
    unsigned n_troubles;
    char *trouble; /* what stands in the way, or NULL */
};

struct reserve_pool {
    enum recovery_method method;
    bool joins_sets; /* parameter add_reserved_host_to_aggregate */
    struct reserve **list;
    size_t n;

    bool has_sets; /* the aggregates are known */
    struct reserve_set *sets;
    size_t n_sets;
    bool is_reading_sets, is_reading_room;
    int64_t room_ms;  /* when room was last read */
    int64_t retry_ms; /* of these two */

    /* this round */
    int64_t now_ms;
    bool is_needed;      /* an incident is not done yet */
    bool wants_facts;    /* VMs wait for reserved hosts not known enough */
    int64_t incident_ns; /* of the first incident whose VMs want some */
    int64_t wanted_sets[RESERVE_SETS_MAX]; /* aggregates of such hosts */
    unsigned n_wanted_sets;
};

/* --- the pool --- */
/* The reserved host of NODE; added if it is not there. */
struct reserve *reserve_get(struct reserve_pool *p, const char *node);
struct reserve *reserve_find(const struct reserve_pool *p, const char *node);
void reserve_remove(struct reserve_pool *p, const char *node);
void reserve_pool_clear(struct reserve_pool *p);

/* --- a round --- */
void reserve_begin(struct reserve_pool *p, int64_t now_ms);
void reserve_count(struct reserve_pool *p, const struct incident *inc);
void reserve_demand(struct reserve_pool *p, const struct incident *inc);

/* May VM be sent off now?  *RET_TARGET: to this host (borrowed from P), NULL:
 * to where Nova's scheduler says.  P may be NULL.  The VM is told why it waits.
 */
bool reserve_place(struct reserve_pool *p, struct vm *v,
                   const char **ret_target);

/* Where would the VMs of INC, which has just failed, be sent first?  Each VM's
 * target is set, or stays NULL.  P, whose facts were read, is used up by this.
 */
void reserve_forecast(struct reserve_pool *p, struct incident *inc,
                      int64_t now_ms);

enum reserve_step_kind {
    RESERVE_SERVICE, /* read its service */
    RESERVE_ROOM,    /* read the hypervisors */
    RESERVE_SETS,    /* read the aggregates */
    RESERVE_SAVE,    /* write ENTRY */
    RESERVE_ENABLE,
    RESERVE_JOIN,    /* add it to aggregate SET */
    RESERVE_SERVERS, /* list its servers */
    RESERVE_DISABLE, /* with REASON */
    RESERVE_LEAVE,   /* take it out of aggregate SET */
    RESERVE_FORGET,  /* delete its entry */
};

struct reserve_step {
    enum reserve_step_kind kind;
    struct reserve *r; /* NULL: of all */
    struct journal_reserve entry;
    int64_t set;
    const char *reason;
};

/* The next step of each; the number of them, at most MAX.  *RET_WAKE_MS: ask
 * again then (0: no need).
 */
size_t reserve_plan(struct reserve_pool *p, struct reserve_step *steps,
                    size_t max, int64_t *ret_wake_ms);

/* --- answers are new facts --- */
struct reserve_service_fact {
    const char *id; /* NULL: there is no service */
    const char *reason;
    bool is_disabled, is_sound;
};
void reserve_on_service(struct reserve *r, const struct reserve_service_fact *f,
                        int64_t now_ms);
void reserve_on_room(struct reserve_pool *p, const char *host, int64_t free_mb);
/* After the last of them. */
void reserve_on_rooms_read(struct reserve_pool *p);
void reserve_on_sets(struct reserve_pool *p, const struct reserve_set *sets,
                     size_t n);
void reserve_on_saved(struct reserve *r, const struct journal_reserve *entry);
/* The write failed, or may have; it is repeated before anything else. */
void reserve_on_unsaved(struct reserve *r, const struct journal_reserve *entry);
void reserve_on_switched(struct reserve *r, bool is_disabled);
/* An aggregate took it or let it go; or refused, for good. */
void reserve_on_set(struct reserve_pool *p, struct reserve *r, int64_t set,
                    bool is_refused);
void reserve_on_servers(struct reserve *r, size_t n);
void reserve_on_forgotten(struct reserve *r);
/* A step about R failed, or (NULL) one of all. */
void reserve_on_trouble(struct reserve_pool *p, struct reserve *r,
                        const char *what, int64_t now_ms);

/* For people: free, taken, used, or what is missing. */
const char *reserve_state(const struct reserve *r);

#endif

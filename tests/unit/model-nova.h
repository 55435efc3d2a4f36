/* A Nova small enough to be believed: the VMs of one dead host, what the
 * evacuate API and the conductor do to them, and their records (N9, N12, N26,
 * N30).  Deterministic: all chance comes from its seed.
 */
#ifndef VMHA_MODEL_NOVA_H
#define VMHA_MODEL_NOVA_H

#include "vm.h"

enum { MODEL_VMS = 24, MODEL_RECORDS = 8192 };

enum model_place { ON_SOURCE, ON_DEST, ON_OTHER };

struct model_vm {
    char id[UUID_MAX];
    enum model_place place;
    const char *vm_state;
    const char *task_state; /* NULL: none */
    int power_state;
    uint64_t ram_mb;
    bool was_launched;
    bool is_deleted;
    bool should_run;  /* what its tenant wants */
    bool is_refused;  /* every evacuate call gets a 400 (N15) */
    bool is_local;    /* its disk is on the host (N22) */
    unsigned wish;    /* what its metadata say: index into wishes */
    int64_t ready_ms; /* the task ends then, 0: no end */
    int64_t stop_ms;  /* it will be stopped then, 0: no */
    int64_t start_ms; /* it will run then, 0: no */
    int64_t moved_ms; /* by its operator */
    int64_t wake_ms;  /* it leaves its odd state then, 0: no */
    const char *live; /* state of its live migration, NULL: has no record */
    bool may_be_away; /* its guest may run on that destination */
    bool is_left;     /* a failed evacuation left its guest (N29) */
};

struct model_record {
    char uuid[UUID_MAX];
    struct model_vm *vm;
    const char *status;
    int64_t created_ms;
    int64_t updated_ms; /* 0: never, and then changes-since hides it */
    int64_t next_ms;    /* when the conductor or a compute goes on, 0: never */
    bool is_flipped;    /* the source's init_host completed it early (N26) */
    bool parks;         /* asked for with 2.95 */
    bool is_stopping;   /* spawned, and stopped again before it arrives */
};

struct model_nova {
    uint64_t chance;
    int64_t now_ms;
    bool is_scarce;    /* there may be no valid host */
    bool is_flaky;     /* claims and spawns may fail */
    bool has_wishes;   /* VMs have priorities, and opt out */
    bool is_dest_dead; /* where live migrations went */
    bool can_park;     /* microversion 2.95 (N24) */
    bool is_watched;   /* the destinations of evacuations */
    bool is_forced_down, is_disabled, is_ours;
    size_t n_vms;
    struct model_vm vms[MODEL_VMS];
    size_t n_records;
    struct model_record records[MODEL_RECORDS];
    const char *broken; /* the first rule that was broken, or NULL */
};

/* 0 <= value < N; true in PERCENT of all cases. */
unsigned model_below(struct model_nova *n, unsigned below);
bool model_chance(struct model_nova *n, unsigned percent);

void model_nova_init(struct model_nova *n, uint64_t seed, int64_t now_ms);
/* Let time pass up to NOW_MS; the next time that something happens, or 0. */
void model_nova_advance(struct model_nova *n, int64_t now_ms);
int64_t model_nova_next(const struct model_nova *n);

bool model_in_flight(const struct model_nova *n, const struct model_vm *v);

/* The calls, at the moment that they take effect: HTTP status, Nova's words. */
int model_evacuate(struct model_nova *n, struct model_vm *v, bool parks,
                   const char **ret_detail);
/* The API dies between its two writes: a task, but no record. */
void model_evacuate_half(struct model_nova *n, struct model_vm *v);
void model_stop(struct model_nova *n, struct model_vm *v);
void model_start(struct model_nova *n, struct model_vm *v);
void model_reset(struct model_nova *n, struct model_vm *v);
int model_confirm(struct model_nova *n, struct model_vm *v);
struct server_fact model_server(const struct model_vm *v);

/* Its tenant wants it left alone. */
bool model_opts_out(const struct model_vm *v);

void model_delete(struct model_nova *n, struct model_vm *v);
void model_move(struct model_nova *n, struct model_vm *v);
/* The source's nova-compute starts while evacuations are in flight. */
void model_flip(struct model_nova *n);

#endif

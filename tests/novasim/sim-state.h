/* What Nova's database and the hypervisors know: hosts, servers, migration
 * records, instance actions, guests.
 *
 * State names (vm_state, task_state, host names...) are interned: compare them
 * with sim_is().  Nothing but hosts and records of deleted servers is ever
 * freed before exit.
 */
#ifndef VMHA_SIM_STATE_H
#define VMHA_SIM_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <json-c/json.h>

#include "sim-base.h"

struct sim_host {
    const char *name;
    const char *zone;
    int id; /* of the service */
    char uuid[SIM_UUID_LEN + 1];
    /* nova-compute's service record */
    bool is_disabled, is_forced_down, is_removed;
    char *disabled_reason;
    int64_t created_ms;
    int64_t beating_since_ms; /* 0: no nova-compute beats */
    int64_t last_beat_ms;     /* when it does not beat */
    int64_t updated_ms;       /* by the API */
    /* the machine */
    bool is_powered, is_running; /* is_running: nova-compute's process */
    unsigned life;               /* changes whenever nova-compute dies */
    int64_t spawning;            /* rebuilds that hold a slot */
    GQueue waiting;              /* struct sim_rebuild without a slot */
    /* Placement */
    int64_t cap_vms, cap_ram; /* -1: no limit */
    int64_t real_ram; /* without Placement's allocation ratio; -1: cap_ram */
    int64_t used_vms, used_ram;
    GPtrArray *vms;    /* those with vm->host == this */
    bool is_unsorted;  /* vms */
    GHashTable *local; /* struct sim_guest: set of guests here */
};

struct sim_flavor {
    const char *name;
    int64_t ram, vcpus, disk;
};

/* A domain of a hypervisor. */
struct sim_guest {
    struct sim_vm *vm;
    struct sim_host *host;
    bool is_on;
};

struct sim_group {
    char uuid[SIM_UUID_LEN + 1];
    const char *name, *policy;
    GPtrArray *members;
};

struct sim_fault {
    int code;
    int64_t created_ms;
    char *message;
};

struct sim_vm {
    char uuid[SIM_UUID_LEN + 1];
    unsigned id;
    char *name;
    struct sim_host *host;
    const struct sim_flavor *flavor;
    const char *vm_state, *task_state; /* task_state NULL: none */
    int power_state;
    int64_t created_ms, updated_ms, launched_ms, terminated_ms;
    bool is_deleted, is_image_backed;
    const char *locked_by; /* NULL, "admin", "owner" */
    char *locked_reason;
    struct json_object *metadata, *extra_specs; /* NULL: {} */
    struct json_object *tags;                   /* NULL: [] */
    const char *az, *project, *user;
    const char *block; /* name of a hard blocker (N15), or NULL */
    struct sim_group *group;
    struct sim_fault fault;
    unsigned overlaps;   /* evacuations begun while one was in flight */
    int64_t starts_fail; /* how many of its next starts fail */
    int64_t spawn_ms;    /* -1: the setting */
    GPtrArray *records;  /* struct sim_record, oldest first; NULL: none */
    GPtrArray *actions;  /* struct sim_action, oldest first; NULL: none */
    GSList *guests;      /* struct sim_guest */
    GSList *allocations; /* struct sim_host */
};

/* A row of the migrations table. */
struct sim_record {
    unsigned id;
    char uuid[SIM_UUID_LEN + 1];
    struct sim_vm *vm;
    const char *source, *dest; /* host names; dest may be NULL */
    const char *status, *type;
    int64_t created_ms, updated_ms; /* updated 0: NULL, never updated */
    const char *user, *project;
    bool is_deleted;
};

struct sim_action {
    const char *name;
    char request_id[SIM_REQUEST_ID_LEN + 1];
    const char *user, *project; /* NULL: nova-compute itself acted */
    int64_t start_ms, updated_ms;
    bool is_error;
    /* its one event; NULL: none yet */
    const char *event, *host;
    int64_t finish_ms; /* 0: runs */
    char *details;     /* NULL or text of the failure */
};

extern GPtrArray *sim_hosts;   /* struct sim_host */
extern GPtrArray *sim_vms;     /* struct sim_vm, with deleted ones */
extern GPtrArray *sim_records; /* struct sim_record, by id */
extern GPtrArray *sim_groups;

static inline bool
sim_is(const char *a, const char *b)
{
    return a == b || (a && b && g_str_equal(a, b));
}

void sim_state_init(void);

struct sim_host *sim_host_new(const char *name, const char *zone);
struct sim_host *sim_host_find(const char *name); /* NULL: none */
struct sim_host *sim_host_by_uuid(const char *uuid);
bool sim_host_is_up(const struct sim_host *h); /* Nova's opinion: N6 */
int64_t sim_host_seen_ms(const struct sim_host *h);

struct sim_vm *sim_vm_new(struct sim_host *h, const char *name,
                          const struct sim_flavor *flavor);
struct sim_vm *sim_vm_find(const char *uuid);
/* Write states as one database save; TASK NULL: none. */
void sim_vm_save(struct sim_vm *v, const char *vm_state, const char *task);
void sim_vm_move(struct sim_vm *v, struct sim_host *to);
void sim_vm_delete(struct sim_vm *v); /* the row: guests stay */
void sim_vm_fault(struct sim_vm *v, int code, const char *message);
/* Order of lists: created_at descending, then uuid.  H NULL: all servers. */
GPtrArray *sim_vms_sorted(struct sim_host *h);
/* The same order with deleted ones; caller frees by g_ptr_array_unref. */
GPtrArray *sim_vms_with_deleted(void);
/* Index of the first of a sorted LIST that comes after V, a marker. */
guint sim_vms_after(GPtrArray *list, const struct sim_vm *v);
const struct sim_flavor *sim_flavor_get(const char *name, int64_t ram,
                                        int64_t vcpus, int64_t disk);

/* Placement allocations. */
bool sim_host_has_room(const struct sim_host *h, const struct sim_vm *v);
void sim_allocate(struct sim_vm *v, struct sim_host *h);
void sim_deallocate(struct sim_vm *v, struct sim_host *h);

struct sim_record *sim_record_new(struct sim_vm *v, const char *type,
                                  const char *status);
struct sim_record *sim_record_find(const char *uuid);
void sim_record_save(struct sim_record *m, const char *status);
/* The oldest record of V of TYPE in STATUS, or NULL; one of an evacuation. */
struct sim_record *sim_record_of(struct sim_vm *v, const char *type,
                                 const char *status);
struct sim_record *sim_record_first(struct sim_vm *v, const char *status);

struct sim_action *sim_action_new(struct sim_vm *v, const char *name,
                                  const char *request_id, const char *user,
                                  const char *project);
void sim_action_end(struct sim_action *a, const char *event, const char *host,
                    const char *failure);

/* The action that brought V into its state, where it does not run. */
void sim_vm_note_cause(struct sim_vm *v);

struct sim_group *sim_group_new(const char *name, const char *policy);

#endif

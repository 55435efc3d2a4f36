/* One VM of a failed host, and the newest evacuation record that Nova has of
 * it.
 */
#ifndef VMHA_VM_H
#define VMHA_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal.h"
#include "pairs.h"
#include "stuck.h"

enum { UUID_MAX = 37 };

enum vm_phase {
    VM_WAITING,   /* to be evacuated, not before its time */
    VM_POSTING,   /* the call is under way */
    VM_UNKNOWN,   /* a call may have had its effect: let it settle, read back */
    VM_MOVING,    /* Nova works on it */
    VM_ARRIVED,   /* record done, host not yet verified */
    VM_RESTORING, /* verified, must be stopped or started as it was before */
    VM_STARTING,  /* its host is back: it is started there */
    VM_RECOVERED, /* record done, host changed, intent restored */
    VM_GONE,      /* deleted, or moved by someone else */
    VM_BLOCKED,   /* Nova will never evacuate it; see reason */
    VM_SKIPPED,   /* left alone for good; see reason */
    VM_HELD,      /* left alone as long as its state stays; see reason */
    N_VM_PHASES
};

/* What Nova must do to a VM before it takes it for evacuation. */
enum vm_prep { PREP_NONE, PREP_RESET, PREP_CONFIRM };

/* What to do next for a VM whose host is back. */
enum vm_home {
    HOME_LOOK, /* read it until nothing works on it */
    HOME_ASK,  /* does its guest run? */
    HOME_CALL, /* start it */
    HOME_STOP, /* it must not run */
    HOME_WHY,  /* who stopped it? */
    HOME_WAKE, /* nobody did: start it */
};

enum record_state { RECORD_IN_FLIGHT, RECORD_DONE, RECORD_FAILED };

/* The newest evacuation record of one VM (N26). */
struct vm_record {
    char instance[UUID_MAX];
    char uuid[UUID_MAX];
    enum record_state state;
    bool is_completed;  /* done, and the source has started since (N31) */
    char *dest;         /* of a failed one that had a destination, or NULL */
    int64_t created_ms; /* the cloud's clock */
};

/* What the destination said when the source was proven dead (sight.h). */
enum live_word { WORD_NONE, WORD_HERE, WORD_ABSENT, N_LIVE_WORDS };

/* The newest live migration of a VM whose state says that one is under way. */
struct live_fact {
    bool is_known;      /* Nova was asked since */
    const char *status; /* NULL: Nova has no record of one */
    const char *dest;   /* NULL: none was chosen */
    bool is_dest_dead;  /* proven: no guest can run there */
    int word;           /* enum live_word: does dest have its guest? */
};

/* What is known of a guest that a failed evacuation may have left (orphan.h).
 */
struct vm_orphan {
    char record[UUID_MAX]; /* that evacuation; "": none was looked at */
    char *dest;
    bool can_tell;  /* its destination can be asked */
    bool is_here;   /* ...and has the guest... */
    bool is_absent; /* ...or has it not */
    char *told;     /* for people */
};

/* What the administrator's rules say of a VM (select.h). */
enum vm_choice {
    CHOICE_RECOVER,
    CHOICE_SKIP, /* it is none of our business */
    CHOICE_STAY, /* it is not evacuated, but belongs on its host */
    CHOICE_WAIT,
};

struct vm {
    char id[UUID_MAX];
    char *name;
    char *state;  /* Nova's vm_state */
    char *reason; /* why it is where it is, or NULL */
    struct vm_key key;
    enum vm_phase phase;
    bool was_stopped;      /* must not run when all is over */
    bool is_told;          /* ...and Nova's newest answer tells that, too */
    bool is_unclear;       /* ...or not, by Nova's answer: read its actions */
    enum vm_prep prep;     /* to be done before it is evacuated */
    bool was_called;       /* an evacuation of it was, or may be, asked for */
    bool is_stuck;         /* Nova refuses it for its task: reset its state */
    bool is_unconfirmable; /* its resize cannot be confirmed */
    int64_t confirm_ms;    /* its resize is being confirmed since, 0: is not */
    bool is_rebuilding;    /* by its task_state, when last read */
    bool is_migrating;     /* live, by its task_state, when last read */
    struct live_fact live; /* ...and this is how far */
    char *live_status, *live_dest; /* its texts */
    bool is_reading;               /* a request about it is under way */
    bool wants_read;               /* its reason or state must be read */
    bool had_no_host;      /* the scheduler found none when last tried */
    bool is_placeless;     /* it waits for room on a reserved host */
    bool is_overdue;       /* no lower level waits for it: levels.h */
    char *target;          /* the reserved host it was last sent to, or NULL */
    unsigned attempts;     /* evacuations of it that failed */
    enum vm_home home;     /* starting */
    unsigned n_starts;     /* calls that started or stopped it there */
    int64_t actions_ms;    /* parked: its newest actions were asked for */
    int64_t not_before_ms; /* waiting: back-off; unknown: it has settled;
                            * moving: its record must be there */
    int64_t patience_ms;   /* unknown: a rebuild without record is dead then */
    int64_t read_ms;       /* when the newest reading of it was asked for */
    int64_t arrived_ms;    /* when its record was seen done */
    struct vm_stage stage; /* of its evacuation under way */
    struct vm_orphan orphan; /* of one that failed */
    enum vm_choice choice;
    char *choice_reason; /* NULL: it is recovered */
    char *warning;       /* what makes no sense in its metadata, or NULL */
    int priority;        /* see order.h */
    bool was_error;      /* by its vm_state, when its host failed */
    bool is_held;        /* waiting, by CHOICE_WAIT... */
    int64_t hold_ms;     /* ...so long after the failure */
    bool is_group_known; /* its server group was read */
    int64_t group_ms;    /* ...when */
    unsigned group;      /* anti-affinity: see groups.h; 0: none */
    char *tied_by;       /* affinity group that has no living host */
    bool is_tied;        /* ...so that it waits for its own */
    /* the final record that was last acted upon */
    char handled[UUID_MAX];
    enum record_state handled_state;
    uint32_t told; /* what the decision log has of it: the daemon's */
    enum vm_phase told_phase; /* ...and the log */
};

/* What Nova tells about a server. */
struct server_fact {
    const char *id;
    const char *name;
    const char *host;
    const char *vm_state;
    const char *task_state; /* NULL: none */
    const char *fault;      /* NULL: none */
    int power_state;
    uint64_t ram_mb;
    bool was_launched;
    const char *project; /* its id */
    const char *zone;
    const char *image;  /* its id, NULL: boots from a volume (N16) */
    const char *flavor; /* its name */
    struct pairs metadata, extra_specs, tags; /* borrowed */
};

struct record_fact {
    const char *uuid;
    const char *instance;
    const char *status;
    int64_t created_ms, updated_ms;
    const char *dest; /* dest_compute, NULL before the claim */
};

/* Nothing more will be done for a VM in this phase. */
bool vm_phase_is_final(enum vm_phase p);
/* Without a note in the journal a crash could leave it running, though its
 * tenant had stopped it: only from "stopped" Nova stops it on arrival (N30).
 */
bool vm_needs_note(const struct vm *v);
/* A request of ours for it is, or may be, at work in Nova. */
bool vm_phase_is_in_flight(enum vm_phase p);
const char *vm_phase_name(enum vm_phase p);

struct vm *vm_new(const struct server_fact *s);
void vm_free(struct vm *v);
void vm_set_reason(struct vm *v, const char *reason);
void vm_orphan_clear(struct vm_orphan *o);

/* It arrived stopped, and is to be started (levels.h). */
bool vm_is_parked(const struct vm *v);

/* Sort a VM that waits, or is held, by what Nova says of it now (N8-N10,
 * N13).
 */
void vm_classify(struct vm *v, const struct server_fact *s);

/* It is held, and Nova was asked how far its live migration is. */
void vm_set_live(struct vm *v, const struct live_fact *f);
/* ...and its destination whether it has its guest. */
void vm_set_word(struct vm *v, enum live_word word);

struct vm_key vm_key_of(const char *uuid, uint64_t ram_mb);

enum record_state record_state_of(const char *status);

#endif

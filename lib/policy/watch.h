/* What is wrong with the VMs of this host: libvirt's events in, a level out.
 *
 * Events have libvirt's own words, "type/detail" (lib/virt/names.h); a state
 * that was read is an event that begins with "is ".  One table says what each
 * means.  A fault stays until the VM runs well again or is shut down; where it
 * was destroyed, or has no domain any more, for WATCH_MISSING_MS.
 */
#ifndef VMHA_WATCH_H
#define VMHA_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

/* Why a VM is reported; each has its switch. */
enum watch_cause {
    CAUSE_CRASH,
    CAUSE_PANIC,
    CAUSE_WATCHDOG,
    CAUSE_IO_PAUSE,  /* paused, as its disk failed */
    CAUSE_IO_REPORT, /* its disk failed, the guest was told and runs on */
    CAUSE_HANG,
    CAUSE_AGENT,
    CAUSE_GONE,
    CAUSE_NONE,
    N_WATCH_CAUSES = CAUSE_NONE
};

enum {
    WATCH_VMS_MAX = 4096,
    WATCH_SETTLE_MS = 150,     /* a panicked VM may be reset by libvirt */
    WATCH_NOTE_MS = 10000,     /* from its reason to the end of a VM */
    WATCH_MISSING_MS = 600000, /* see above */
};

struct watch_rules {
    bool reports[N_WATCH_CAUSES];
    /* asking, see asking.h */
    bool has_probes;
    int64_t probe_ms, hang_ms;
    int64_t agent_ms, agent_timeout_ms;
    unsigned agent_misses;
};

struct watch_time {
    int64_t mono_ms, wall_s;
};

struct watch_fault {
    bool is_on;
    int64_t from_ms; /* not told before, monotonic */
    int64_t since_s;
};

struct watch_vm {
    char uuid[37];
    bool is_running; /* its QEMU is there, paused ones too */
    bool is_paused;
    bool is_seen;          /* in this reading of the list */
    bool is_missing;       /* it has no domain any more, or is restarted... */
    int64_t missing_ms;    /* ...since */
    enum watch_cause note; /* why it is about to end... */
    int64_t note_until_ms; /* ...which counts until then */
    struct watch_fault faults[N_WATCH_CAUSES];
    /* asking */
    bool has_agent, has_answered, is_suspect;
    unsigned misses;
    int64_t next_agent_ms, next_probe_ms; /* 0: at once */
};

struct watch {
    struct watch_vm *vms;
    size_t n;
};

void watch_clear(struct watch *w);

/* The VM of that UUID, or NULL. */
struct watch_vm *watch_find(const struct watch *w, const char *uuid);

/* The same; one that is unknown is added.  NULL only where there are
 * WATCH_VMS_MAX, or UUID is none.
 */
struct watch_vm *watch_know(struct watch *w, const char *uuid);

/* An event of one of Nova's domains.  What the table does not have is nothing.
 */
void watch_event(struct watch *w, const char *uuid, const char *event,
                 const struct watch_time *now);

/* Is it that of a guest that has come to this host? */
bool watch_is_arrival(const char *event);

/* All domains are about to be told as events... */
void watch_begin(struct watch *w);
/* ...and were: what ran before and was not told is gone. */
void watch_end(struct watch *w, const struct watch_time *now);

/* Raise or end one fault of a VM. */
void watch_raise(struct watch_vm *vm, enum watch_cause cause,
                 const struct watch_time *now);
void watch_settle(struct watch_vm *vm, enum watch_cause cause);

/* Fill in all but the seq, the worst first, the older first among equals.
 * Returns when the report changes by time alone, monotonic ms; 0: never.
 */
int64_t watch_report(struct watch *w, const struct watch_rules *rules,
                     const struct watch_time *now, struct report *ret_report);

/* Do both have the same faults? */
bool watch_same(const struct report *a, const struct report *b);

#endif

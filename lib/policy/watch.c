/* What is wrong with the VMs of this host. */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "scan.h"
#include "xalloc.h"

enum effect {
    RUNS = 1 << 0,     /* it runs: what paused or ended it is over */
    IS_NEW = 1 << 1,   /* its guest starts anew: all is over */
    PAUSES = 1 << 2,   /* it stands */
    STOPS = 1 << 3,    /* its QEMU is gone */
    IN_ORDER = 1 << 4, /* and that was wanted: nothing is wrong */
    SETTLES = 1 << 5,  /* may pass by itself */
    NOTES = 1 << 6,    /* no fault, but the reason of an end that follows */
    UNSEEN = 1 << 7,   /* nobody saw how it ended */
    LEAVES = 1 << 8,   /* the domain is not defined here any more */
    LACKS = 1 << 9,    /* it ended, and has no domain any more */
    MIDWAY = 1 << 10,  /* a restart of Nova's begins so */
};

/* A row without a detail stands for all that are not listed. */
/* clang-format off */
static const struct row {
    const char *event;
    enum watch_cause cause;
    unsigned effect;
} rows[] = {
    { "started",                CAUSE_NONE,      RUNS | IS_NEW },
    { "resumed",                CAUSE_NONE,      RUNS },
    { "reboot",                 CAUSE_NONE,      IS_NEW },
    { "suspended/ioerror",      CAUSE_IO_PAUSE,  PAUSES },
    { "suspended/watchdog",     CAUSE_WATCHDOG,  PAUSES },
    { "suspended",              CAUSE_NONE,      PAUSES },
    { "stopped/crashed",        CAUSE_CRASH,     STOPS },
    { "stopped/failed",         CAUSE_CRASH,     STOPS },
    { "stopped/destroyed",      CAUSE_NONE,      STOPS | IN_ORDER | MIDWAY },
    { "stopped",                CAUSE_NONE,      STOPS | IN_ORDER },
    { "crashed/panicked",       CAUSE_PANIC,     SETTLES | PAUSES },
    { "undefined",              CAUSE_NONE,      LEAVES | MIDWAY },
    { "missing",                CAUSE_NONE,      LACKS },
    { "watchdog/poweroff",      CAUSE_WATCHDOG,  NOTES },
    { "watchdog/shutdown",      CAUSE_WATCHDOG,  NOTES },
    { "io-error/report",        CAUSE_IO_REPORT, 0 },
    { "control-error",          CAUSE_HANG,      0 },
    { "is running",             CAUSE_NONE,      RUNS },
    { "is paused/ioerror",      CAUSE_IO_PAUSE,  PAUSES },
    { "is paused/watchdog",     CAUSE_WATCHDOG,  PAUSES },
    { "is paused/crashed",      CAUSE_PANIC,     PAUSES },
    { "is paused",              CAUSE_NONE,      PAUSES },
    { "is crashed",             CAUSE_PANIC,     PAUSES },
    { "is shutoff/crashed",     CAUSE_CRASH,     STOPS },
    { "is shutoff/failed",      CAUSE_CRASH,     STOPS },
    { "is shutoff/unknown",     CAUSE_GONE,      STOPS | UNSEEN },
    { "is shutoff/daemon",      CAUSE_GONE,      STOPS | UNSEEN },
    { "is shutoff/destroyed",   CAUSE_NONE,      STOPS | IN_ORDER | MIDWAY },
    { "is shutoff",             CAUSE_NONE,      STOPS | IN_ORDER },
};

static const enum fault_why whys[N_WATCH_CAUSES] = {
    [CAUSE_CRASH] = WHY_CRASH,
    [CAUSE_PANIC] = WHY_PANIC,
    [CAUSE_WATCHDOG] = WHY_WATCHDOG,
    [CAUSE_IO_PAUSE] = WHY_IO,
    [CAUSE_IO_REPORT] = WHY_IO,
    [CAUSE_HANG] = WHY_HANG,
    [CAUSE_AGENT] = WHY_AGENT,
    [CAUSE_GONE] = WHY_GONE,
};
/* clang-format on */

static const struct row *
find_row(const char *event)
{
    size_t type = strcspn(event, "/");

    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].event, event) == 0)
            return &rows[i];
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        if (strlen(rows[i].event) == type &&
            memcmp(rows[i].event, event, type) == 0)
            return &rows[i];
    return NULL;
}

/* --- the VMs -------------------------------------------------------------- */

void
watch_clear(struct watch *w)
{
    free(w->vms);
    *w = (struct watch){ 0 };
}

struct watch_vm *
watch_find(const struct watch *w, const char *uuid)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->vms[i].uuid, uuid) == 0)
            return &w->vms[i];
    return NULL;
}

struct watch_vm *
watch_know(struct watch *w, const char *uuid)
{
    struct watch_vm *vm = watch_find(w, uuid);

    if (vm || w->n == WATCH_VMS_MAX || !scan_is_uuid(uuid))
        return vm;
    w->vms = xrealloc(w->vms, w->n + 1, sizeof *w->vms);
    vm = &w->vms[w->n++];
    *vm = (struct watch_vm){ .note = CAUSE_NONE };
    memcpy(vm->uuid, uuid, sizeof vm->uuid);
    return vm;
}

static void
forget(struct watch *w, struct watch_vm *vm)
{
    *vm = w->vms[--w->n];
}

/* --- events --------------------------------------------------------------- */

void
watch_raise(struct watch_vm *vm, enum watch_cause cause,
            const struct watch_time *now)
{
    struct watch_fault *f = &vm->faults[cause];

    if (!f->is_on)
        *f = (struct watch_fault){ true, now->mono_ms, now->wall_s };
}

void
watch_settle(struct watch_vm *vm, enum watch_cause cause)
{
    vm->faults[cause].is_on = false;
}

static void
settle_all(struct watch_vm *vm)
{
    for (int c = 0; c < N_WATCH_CAUSES; c++)
        watch_settle(vm, c);
    vm->note = CAUSE_NONE;
    vm->is_suspect = false;
}

/* It runs: what was wrong with its QEMU's state is over; what a running VM can
 * have is not.
 */
static void
settle_state(struct watch_vm *vm)
{
    static const enum watch_cause states[] = {
        CAUSE_CRASH, CAUSE_PANIC, CAUSE_WATCHDOG, CAUSE_IO_PAUSE, CAUSE_GONE,
    };

    for (size_t i = 0; i < N_ELEMENTS(states); i++)
        watch_settle(vm, states[i]);
    vm->note = CAUSE_NONE;
}

static void
start_anew(struct watch_vm *vm)
{
    settle_all(vm);
    vm->has_answered = false;
    vm->misses = 0;
    vm->next_agent_ms = vm->next_probe_ms = 0;
}

/* What is known already of an end that libvirt calls a crash. */
static enum watch_cause
closer_cause(const struct watch_vm *vm, int64_t now_ms)
{
    static const enum watch_cause closer[] = { CAUSE_PANIC, CAUSE_WATCHDOG };

    if (vm->note != CAUSE_NONE && now_ms < vm->note_until_ms)
        return vm->note;
    for (size_t i = 0; i < N_ELEMENTS(closer); i++)
        if (vm->faults[closer[i]].is_on)
            return closer[i];
    return CAUSE_CRASH;
}

/* Its QEMU is gone: hung, or silent, it is no more. */
static void
end_with(struct watch_vm *vm, enum watch_cause cause,
         const struct watch_time *now)
{
    struct watch_fault old;

    if (cause == CAUSE_CRASH)
        cause = closer_cause(vm, now->mono_ms);
    old = vm->faults[cause];
    start_anew(vm);
    if (old.is_on)
        vm->faults[cause] = old;
    watch_raise(vm, cause, now);
    vm->faults[cause].from_ms = now->mono_ms;
}

/* Nobody saw its end.  One that did not run before may be off since long. */
static void
end_unseen(struct watch_vm *vm, const struct watch_time *now)
{
    bool was_running = vm->is_running;

    vm->is_running = vm->is_paused = false;
    if (was_running)
        end_with(vm, CAUSE_GONE, now);
}

static void
raise_as(struct watch_vm *vm, const struct row *row,
         const struct watch_time *now)
{
    if (row->effect & (NOTES | SETTLES)) {
        vm->note = row->cause;
        vm->note_until_ms = now->mono_ms + WATCH_NOTE_MS;
    }
    if (row->effect & NOTES)
        return;
    bool is_new = !vm->faults[row->cause].is_on;
    watch_raise(vm, row->cause, now);
    if (is_new && row->effect & SETTLES)
        vm->faults[row->cause].from_ms += WATCH_SETTLE_MS;
}

static void
set_missing(struct watch_vm *vm, int64_t now_ms)
{
    vm->is_missing = true;
    vm->missing_ms = now_ms;
}

static bool
has_fault(const struct watch_vm *vm)
{
    for (int c = 0; c < N_WATCH_CAUSES; c++)
        if (vm->faults[c].is_on)
            return true;
    return false;
}

/* Nothing is wrong with what is off, or gone, in order.  But Nova restarts a VM
 * by destroying, undefining and defining it (hard reboot), and may fail on the
 * way: what was wrong stays for a while, and whether it is to run Nova tells.
 */
static void
leave(struct watch *w, struct watch_vm *vm, const struct row *row,
      int64_t now_ms)
{
    if (!(row->effect & MIDWAY) || !has_fault(vm)) {
        forget(w, vm);
        return;
    }
    vm->is_running = vm->is_paused = false;
    set_missing(vm, now_ms);
}

static void
end_as(struct watch *w, struct watch_vm *vm, const struct row *row,
       const struct watch_time *now)
{
    if (row->effect & IN_ORDER) {
        leave(w, vm, row, now->mono_ms);
        return;
    }
    if (row->effect & UNSEEN) {
        end_unseen(vm, now);
        return;
    }
    vm->is_running = vm->is_paused = false;
    end_with(vm, row->cause, now);
}

void
watch_event(struct watch *w, const char *uuid, const char *event,
            const struct watch_time *now)
{
    const struct row *row = find_row(event);
    struct watch_vm *vm = row ? watch_know(w, uuid) : NULL;

    if (!vm)
        return;
    vm->is_seen = true;
    vm->is_missing = false;
    if (row->effect & LEAVES) { /* one that runs will end, and is told then */
        if (!vm->is_running)
            leave(w, vm, row, now->mono_ms);
        return;
    }
    if (row->effect & LACKS) {
        set_missing(vm, now->mono_ms);
        return;
    }
    if (row->effect & STOPS) {
        end_as(w, vm, row, now);
        return;
    }
    if (row->effect & IS_NEW)
        start_anew(vm);
    if (row->effect & RUNS) {
        settle_state(vm);
        vm->is_running = true;
        vm->is_paused = false;
    }
    if (row->effect & PAUSES)
        vm->is_running = vm->is_paused = true;
    if (row->cause != CAUSE_NONE)
        raise_as(vm, row, now);
}

bool
watch_is_arrival(const char *event)
{
    const struct row *row = find_row(event);

    return row && (row->effect & (RUNS | IS_NEW)) == (RUNS | IS_NEW);
}

void
watch_begin(struct watch *w)
{
    for (size_t i = 0; i < w->n; i++)
        w->vms[i].is_seen = false;
}

void
watch_end(struct watch *w, const struct watch_time *now)
{
    for (size_t i = w->n; i-- > 0;) {
        struct watch_vm *vm = &w->vms[i];

        if (vm->is_seen || vm->is_missing)
            continue;
        if (!vm->is_running) { /* undefined while nobody looked */
            forget(w, vm);
            continue;
        }
        end_unseen(vm, now);
        set_missing(vm, now->mono_ms);
    }
}

/* --- the report ----------------------------------------------------------- */

/* The worst of a VM's faults that are told; CAUSE_NONE, and *WAKE_MS is lowered
 * to when one is.
 */
static enum watch_cause
worst_of(const struct watch_vm *vm, const struct watch_rules *rules,
         int64_t now_ms, int64_t *wake_ms)
{
    for (int c = 0; c < N_WATCH_CAUSES; c++) {
        const struct watch_fault *f = &vm->faults[c];

        if (!f->is_on || !rules->reports[c])
            continue;
        if (f->from_ms <= now_ms)
            return c;
        if (!*wake_ms || f->from_ms < *wake_ms)
            *wake_ms = f->from_ms;
    }
    return CAUSE_NONE;
}

static bool
is_before(const struct fault *a, const struct fault *b)
{
    if (a->why != b->why)
        return a->why < b->why;
    if (a->since_s != b->since_s)
        return a->since_s < b->since_s;
    return strcmp(a->name, b->name) < 0;
}

/* Keep the worst, in order. */
static void
insert(struct report *r, const struct fault *f)
{
    size_t at = r->n;

    while (at > 0 && is_before(f, &r->faults[at - 1]))
        at--;
    if (r->n == REPORT_FAULTS_MAX) {
        r->more++;
        if (at == r->n)
            return;
        r->n--;
    }
    memmove(&r->faults[at + 1], &r->faults[at], (r->n - at) * sizeof *f);
    r->faults[at] = *f;
    r->n++;
}

static void
forget_missing(struct watch *w, int64_t now_ms, int64_t *wake_ms)
{
    for (size_t i = w->n; i-- > 0;) {
        int64_t until_ms = w->vms[i].missing_ms + WATCH_MISSING_MS;

        if (!w->vms[i].is_missing)
            continue;
        if (until_ms <= now_ms)
            forget(w, &w->vms[i]);
        else if (!*wake_ms || until_ms < *wake_ms)
            *wake_ms = until_ms;
    }
}

int64_t
watch_report(struct watch *w, const struct watch_rules *rules,
             const struct watch_time *now, struct report *ret_report)
{
    struct report r = { 0 };
    int64_t wake_ms = 0;

    forget_missing(w, now->mono_ms, &wake_ms);
    for (size_t i = 0; i < w->n; i++) {
        const struct watch_vm *vm = &w->vms[i];
        enum watch_cause c = worst_of(vm, rules, now->mono_ms, &wake_ms);
        struct fault f = { .kind = FAULT_VM };

        if (c == CAUSE_NONE || fault_set_name(&f, vm->uuid) == -1)
            continue;
        f.why = whys[c];
        f.since_s = vm->faults[c].since_s;
        insert(&r, &f);
    }
    *ret_report = r;
    return wake_ms;
}

bool
watch_same(const struct report *a, const struct report *b)
{
    if (a->n != b->n || a->more != b->more)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (is_before(&a->faults[i], &b->faults[i]) ||
            is_before(&b->faults[i], &a->faults[i]))
            return false;
    return true;
}

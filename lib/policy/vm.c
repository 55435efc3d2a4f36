/* One VM of a failed host. */
#include "vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "scan.h"
#include "state.h"
#include "xalloc.h"

static const struct {
    const char *name;
    bool is_final, is_in_flight;
} phases[N_VM_PHASES] = {
    [VM_WAITING] = { "waiting", false, false },
    [VM_POSTING] = { "calling", false, true },
    [VM_UNKNOWN] = { "unknown", false, true },
    [VM_MOVING] = { "moving", false, true },
    [VM_ARRIVED] = { "arrived", false, true },
    [VM_RESTORING] = { "restoring", false, true },
    [VM_STARTING] = { "starting", false, false },
    [VM_RECOVERED] = { "recovered", true, false },
    [VM_GONE] = { "gone", true, false },
    [VM_BLOCKED] = { "blocked", true, false },
    [VM_SKIPPED] = { "skipped", true, false },
    [VM_HELD] = { "held", false, false },
};

bool
vm_phase_is_final(enum vm_phase p)
{
    return phases[p].is_final;
}

bool
vm_phase_is_in_flight(enum vm_phase p)
{
    return phases[p].is_in_flight;
}

bool
vm_needs_note(const struct vm *v)
{
    return v->was_stopped &&
           (v->prep != PREP_NONE || strcmp(v->state, "stopped") != 0);
}

bool
vm_is_parked(const struct vm *v)
{
    return v->phase == VM_RESTORING && !v->was_stopped && !v->is_rebuilding &&
           strcmp(v->state, "stopped") == 0;
}

const char *
vm_phase_name(enum vm_phase p)
{
    return phases[p].name;
}

struct vm_key
vm_key_of(const char *uuid, uint64_t ram_mb)
{
    char head[9] = "";
    uint64_t id = 0;

    snprintf(head, sizeof head, "%.8s", uuid);
    (void) scan_hex(head, &id); /* no UUID: sorts first, harmless */
    if (ram_mb > UINT32_MAX)
        ram_mb = UINT32_MAX;
    return (struct vm_key){ .ram_mb = (uint32_t) ram_mb, .id = (uint32_t) id };
}

struct vm *
vm_new(const struct server_fact *s)
{
    struct vm *v = xcalloc(1, sizeof *v);

    snprintf(v->id, sizeof v->id, "%s", s->id);
    v->name = xstrdup(s->name);
    v->key = vm_key_of(s->id, s->ram_mb);
    vm_classify(v, s);
    v->was_stopped = v->is_told;
    v->is_unclear = state_rule_of(s)->is_unclear;
    return v;
}

void
vm_orphan_clear(struct vm_orphan *o)
{
    free(o->dest);
    free(o->told);
    *o = (struct vm_orphan){ 0 };
}

void
vm_free(struct vm *v)
{
    if (!v)
        return;
    free(v->name);
    free(v->state);
    free(v->reason);
    vm_stage_clear(&v->stage);
    vm_orphan_clear(&v->orphan);
    free(v->choice_reason);
    free(v->warning);
    free(v->tied_by);
    free(v->target);
    free(v->live_status);
    free(v->live_dest);
    free(v);
}

void
vm_set_reason(struct vm *v, const char *reason)
{
    xstrset(&v->reason, reason);
}

static void
leave_alone(struct vm *v, enum vm_phase p, const char *why)
{
    char text[128];

    snprintf(text, sizeof text, "vm_state '%.60s' is unknown to vmha",
             v->state);
    v->phase = p;
    vm_set_reason(v, why ? why : text);
}

static enum vm_prep
prep_of(const struct vm *v, enum state_plan plan, const char *task_state)
{
    if (plan == STATE_CONFIRM && !v->is_unconfirmable)
        return PREP_CONFIRM;
    return plan != STATE_EVACUATE || (v->is_stuck && task_state) ? PREP_RESET
                                                                 : PREP_NONE;
}

static void
hold(struct vm *v, const char *why)
{
    char text[LIVE_TEXT_MAX];

    if (v->is_migrating && v->live.is_known) {
        live_format(&v->live, text);
        why = text;
    }
    leave_alone(v, VM_HELD, why);
}

void
vm_set_live(struct vm *v, const struct live_fact *f)
{
    xstrset(&v->live_status, f->status);
    xstrset(&v->live_dest, f->dest);
    v->live = *f;
    v->live.status = v->live_status;
    v->live.dest = v->live_dest;
    vm_set_word(v, (enum live_word) f->word);
}

void
vm_set_word(struct vm *v, enum live_word word)
{
    v->live.word = (int) word;
    if (live_may_have_left(&v->live))
        hold(v, NULL);
}

void
vm_classify(struct vm *v, const struct server_fact *s)
{
    struct server_fact f = *s;
    const struct state_rule *r;

    v->is_migrating = s->task_state && strcmp(s->task_state, "migrating") == 0;
    if (v->is_migrating && !live_may_have_left(&v->live))
        f.task_state = NULL; /* it is where it was, as it was */
    r = state_rule_of(&f);
    xstrset(&v->state, s->vm_state);
    v->is_rebuilding =
        s->task_state && strncmp(s->task_state, "rebuild", 7) == 0;
    v->is_told = r->ends_stopped;
    v->prep = PREP_NONE;
    switch (r->plan) {
    case STATE_HOLD: hold(v, r->why); return;
    case STATE_SKIP: leave_alone(v, VM_SKIPPED, r->why); return;
    case STATE_BLOCK: leave_alone(v, VM_BLOCKED, r->why); return;
    default: break;
    }
    v->prep = prep_of(v, r->plan, s->task_state);
    /* what failed by our calls does not tell what it was before */
    v->was_stopped |= r->ends_stopped && strcmp(s->vm_state, "error") != 0;
    if (v->phase == VM_HELD) {
        v->phase = VM_WAITING;
        vm_set_reason(v, NULL);
    }
}

enum record_state
record_state_of(const char *status)
{
    static const struct {
        const char *status;
        enum record_state state;
    } ends[] = { { "done", RECORD_DONE },
                 { "completed", RECORD_DONE },
                 { "error", RECORD_FAILED },
                 { "failed", RECORD_FAILED },
                 { "cancelled", RECORD_FAILED } };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(status, ends[i].status) == 0)
            return ends[i].state;
    return RECORD_IN_FLIGHT;
}

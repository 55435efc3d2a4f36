/* One failed host under recovery: VMs whose state must be changed before they
 * can be evacuated, and those of which Nova does not tell whether they ran.
 */
#include <stdlib.h>

#include "comeback.h"
#include "incident.h"
#include "levels.h"
#include "stuck.h"
#include "xalloc.h"

void
incident_on_calling(struct vm *v)
{
    v->phase = VM_POSTING;
    v->is_told = false; /* it may be in another state from now on */
}

static void
wait_on(struct incident *inc, struct vm *v, int64_t now_ms)
{
    v->phase = VM_WAITING;
    v->not_before_ms = now_ms;
    v->read_ms = now_ms; /* lists from before know less */
    inc->is_denied = false;
}

void
incident_on_reset(struct incident *inc, struct vm *v, enum answer a,
                  const char *detail, int64_t now_ms,
                  const struct recovery_rules *rules)
{
    if (a == ANSWER_BLOCKED) /* no state of a VM forbids it: not for good */
        a = ANSWER_STATE;
    if (a != ANSWER_QUEUED) {
        incident_on_post(inc, v, a, detail, now_ms, rules);
        return;
    }
    /* The API has written it before it answers; where someone changed it since,
     * Nova will refuse the evacuation. */
    wait_on(inc, v, now_ms);
    xstrset(&v->state, "error");
    v->prep = PREP_NONE;
    v->is_stuck = false;
    v->is_rebuilding = false;
}

void
incident_on_confirm(struct incident *inc, struct vm *v, enum answer a,
                    const char *detail, int64_t now_ms,
                    const struct recovery_rules *rules)
{
    switch (a) {
    case ANSWER_QUEUED: /* the host that it came from works on it */
        wait_on(inc, v, now_ms);
        v->confirm_ms = now_ms;
        v->wants_read = true;
        break;
    case ANSWER_IN_USE:
    case ANSWER_STATE:
    case ANSWER_BLOCKED: /* that host is down, most often (N11) */
        wait_on(inc, v, now_ms);
        v->is_unconfirmable = true;
        v->wants_read = true;
        break;
    default:
        v->is_unconfirmable |= a == ANSWER_UNKNOWN;
        incident_on_post(inc, v, a, detail, now_ms, rules);
        break;
    }
}

void
incident_on_actions(struct incident *inc, struct vm *v,
                    const struct action_fact *actions, size_t n, int64_t now_ms)
{
    int64_t failed_ms = inc->saved.incident_ns / 1000000;
    bool was_stopped = state_was_stopped_by(actions, n, failed_ms);

    incident_on_progress(inc, now_ms);
    if (v->phase == VM_STARTING) {
        comeback_on_actions(inc, v, n > 0, was_stopped, now_ms);
        return;
    }
    v->is_unclear = false;
    v->was_stopped |= was_stopped;
    if (v->phase != VM_RESTORING)
        return;
    v->actions_ms = now_ms;
    if (v->was_stopped) { /* it arrived so, and stays so */
        v->phase = VM_RECOVERED;
        inc->changed_ms = now_ms;
    }
}

void
incident_on_start(struct vm *v, enum answer a, const char *detail,
                  int64_t now_ms, const struct recovery_rules *rules)
{
    bool was_answered = a != ANSWER_NOT_SENT && a != ANSWER_UNKNOWN;

    if (v->phase == VM_STARTING) {
        comeback_on_call(v, a == ANSWER_QUEUED ? NULL : detail, now_ms, rules);
        return;
    }
    if (v->phase != VM_RESTORING)
        return;
    v->n_starts += was_answered;
    v->wants_read = true; /* its state tells what became of it */
    v->read_ms = now_ms;
    v->actions_ms = 0;
    v->not_before_ms = now_ms + rules->retry_min_ms;
    vm_set_reason(v, a == ANSWER_QUEUED ? NULL : detail);
}

const char *
incident_reason(const struct incident *inc, const struct vm *v)
{
    if (!vm_reason(v) && v->phase == VM_WAITING && vm_needs_note(v) &&
        inc->saved.n_stopped == JOURNAL_STOPPED_MAX &&
        !journal_host_has_stopped(&inc->saved, v->key.id))
        return "it must be stopped on arrival, and the journal has no room "
               "to note that before others have arrived";
    if (!vm_reason(v) && (v->phase == VM_WAITING || vm_is_parked(v)) &&
        !levels_allow(inc, v))
        return "its turn comes when the VMs of higher priority run";
    return vm_reason(v);
}

/* Look at each host, and tell once of what is new: to the log, the metrics and
 * the hooks.
 */
#include "tidings.h"

#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "hooks.h"
#include "log.h"
#include "metrics.h"

/* --- VMs -------------------------------------------------------------------
 */

static void
log_end(const struct incident *inc, const struct vm *v)
{
    bool is_bad = v->phase == VM_BLOCKED || v->phase == VM_HELD;
    const char *reason = vm_reason(v);

    log_at(is_bad ? LOG_WARNING : LOG_INFO,
           "%s: vm='%s' node='%s' incident='%s'%s%s", vm_phase_name(v->phase),
           v->id, inc->node, incident_id(inc).text, reason ? ": " : "",
           reason ? reason : "");
}

static void
look_at_vm(struct daemon *d, const struct incident *inc, struct vm *v)
{
    bool is_end = vm_phase_is_final(v->phase) || v->phase == VM_HELD;

    if (v->phase == v->told_phase)
        return;
    v->told_phase = v->phase;
    if (!is_end)
        return;
    log_end(inc, v);
    metrics_vm(d->metrics, v->phase);
}

/* --- times -----------------------------------------------------------------
 */

static void
look_at_time(struct daemon *d, struct host *h, enum span s, int64_t wall_ms)
{
    unsigned bit = 1u << s;

    if (!wall_ms || h->told_spans & bit)
        return;
    h->told_spans |= bit;
    metrics_span(d->metrics, s, wall_ms - h->incident->fenced_wall_ms);
}

static void
look_at_times(struct daemon *d, struct host *h, bool has_recovered)
{
    const struct incident *inc = h->incident;

    if (inc->was_resumed)
        return; /* what came before us is not known */
    look_at_time(d, h, SPAN_DOWN, inc->down_wall_ms);
    look_at_time(d, h, SPAN_FIRST_CALL, inc->first_post_wall_ms);
    look_at_time(d, h, SPAN_FIRST_VM, has_recovered ? clock_wall_ms() : 0);
    look_at_time(d, h, SPAN_DONE, inc->done_wall_ms);
}

/* --- hosts -----------------------------------------------------------------
 */

/* VMs of living hosts, too. */
static size_t
count_spent(const struct daemon *d, const struct host *h)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_repairs; i++)
        n += d->repairs[i]->phase == REPAIR_SPENT &&
             strcmp(d->repairs[i]->node, h->node) == 0;
    return n;
}

static struct tiding_facts
facts_of(struct daemon *d, struct host *h)
{
    const struct incident *inc = h->incident;
    struct tiding_facts f = { .is_held = !inc && h->opening == OPEN_HELD,
                              .n_given_up = count_spent(d, h) };
    bool has_recovered = false;

    if (!inc)
        return f;
    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm *v = inc->by_key[i];

        look_at_vm(d, inc, v);
        has_recovered |= v->phase == VM_RECOVERED;
        f.n_stuck += v->phase == VM_MOVING && v->stage.told;
        f.n_given_up += v->phase == VM_BLOCKED || v->phase == VM_HELD;
    }
    look_at_times(d, h, has_recovered);
    f.incident_ns = inc->saved.incident_ns;
    f.is_saved = inc->is_saved;
    f.is_done = inc->saved.phase >= PHASE_DONE;
    f.is_held = h->brake_text != NULL;
    f.is_quarantined = inc->back.is_quarantined;
    return f;
}

int64_t
tidings_look(struct daemon *d, struct host *h, int64_t now_ms)
{
    if (h->incident && h->tidings.incident_ns != h->incident->saved.incident_ns)
        h->told_spans = 0;

    struct tiding_facts f = facts_of(d, h);
    unsigned due = tidings_due(&h->tidings, &f, now_ms);

    for (enum tiding t = 0; t < N_TIDINGS; t++)
        if (due >> t & 1) {
            metrics_tiding(d->metrics, t);
            hooks_tell(d, h, t);
        }
    return tidings_wake_ms(&h->tidings, &f);
}

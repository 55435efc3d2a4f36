/* lib/policy against a small world: one dead host, a Nova, a journal, a
 * cluster, chance.
 *
 * The driver carries steps out as the daemon does, with delays, lost answers,
 * late effects, crashes and meddling operators, and holds the invariants of the
 * design (I1, I2, I3, I5, I6) after every step.  Each seed is a story of its
 * own; MODEL_SEEDS=10000 tells more of them, MODEL_SEED=7 one again, aloud.
 */
#include <stdlib.h>

#include "cleanup.h"
#include "model-world.h"
#include "scan.h"
#include "tap.h"
#include "xalloc.h"

enum {
    SEEDS = 300,
    STORM_MS = 20 * 60000, /* faults end then... */
    CALM_MS = 120 * 60000, /* ...and all must be over by then */
    SETTLE_MS = 15000,
};

/* --- the cluster and the daemon's life ----------------------------------- */

static void
open_incident(struct world *w, const struct journal_host *entry)
{
    incident_free(w->inc);
    if (entry)
        w->inc =
            incident_renew("c1", "c1", entry, w->cluster.fencing_ns, w->now_ms);
    else
        w->inc = incident_new("c1", "c1", w->cluster.fencing_ns, w->now_ms);
    w->inc->is_expected = true;
}

/* As the daemon does for each view of the cluster. */
static void
judge(struct world *w)
{
    struct journal_host entry =
        w->inc ? incident_entry(w->inc) : durable_entry(w);
    struct opening_facts f = { .death = &w->cluster,
                               .has_entry = w->inc || w->cib[0],
                               .entry_phase =
                                   w->inc ? w->inc->saved.phase : entry.phase };
    struct incident *old = w->inc;

    w->cluster.entry_ns = f.has_entry ? entry.incident_ns : 0;
    w->cluster.has_returned = f.has_entry && entry.has_returned;
    switch (opening_of(&f)) {
    case OPEN_NEW:
        say(w, "opened", NULL);
        open_incident(w, f.has_entry ? &entry : NULL);
        w->life++;
        w->n_posting = 0;
        break;
    case OPEN_RESUME:
        if (!old) {
            say(w, "resumed", w->cib);
            w->inc = incident_resume("c1", "c1", &entry, w->now_ms);
        }
        break;
    case OPEN_FORGET:
        say(w, "closed", NULL);
        incident_free(w->inc);
        w->inc = NULL;
        w->life++;
        w->n_posting = 0;
        w->cluster.seen_ns = w->cluster.entry_ns;
        w->cib[0] = '\0';
        break;
    default: break;
    }
    if (w->inc) {
        entry = incident_entry(w->inc);
        w->cluster.entry_ns = entry.incident_ns;
        w->cluster.has_returned = entry.has_returned;
        incident_on_disarmed(w->inc, w->cluster.is_disarmed);
        incident_on_brake(w->inc,
                          w->brake_ms && !brake_is_too_late(&w->inc->saved));
        incident_on_certainty(w->inc, certainty_of(&w->cluster),
                              w->cluster.fencing_ns);
        incident_on_quorum(w->inc, w->cluster.is_quorate);
    }
}

static void
crash(struct world *w)
{
    say(w, "crash", NULL);
    incident_free(w->inc);
    w->inc = NULL;
    w->levels = (struct levels){ 0 };
    w->life++;
    w->n_posting = 0;
    w->back_ms = delay(w, 30000);
    for (size_t i = 0; i < REQUESTS; i++) { /* a write may be on its way */
        struct request *r = &w->requests[i];

        if (r->kind == STEP_JOURNAL && r->land_ms && model_chance(&w->nova, 50))
            land(w, r);
        else if (r->kind == STEP_JOURNAL)
            r->land_ms = 0;
    }
}

static void
return_host(struct world *w)
{
    say(w, "the host is back", NULL);
    w->return_ms = 0;
    w->cluster.is_online = true;
    w->cluster.fenced_s = 0;
    w->settle_ms = w->now_ms + SETTLE_MS;
    if (model_chance(&w->nova, 50))
        model_flip(&w->nova);
}

static void
fence_host(struct world *w)
{
    say(w, "fenced again", NULL);
    w->fence_ms = 0;
    w->cluster.is_online = w->cluster.is_settled = false;
    w->settle_ms = 0;
    w->cluster.fencing_ns = w->now_ms * 1000000;
    w->cluster.fenced_s = w->now_ms / 1000;
    w->return_ms = model_chance(&w->nova, 30) ? delay(w, 30000) : 0;
}

static struct model_vm *
any_vm(struct world *w)
{
    return w->nova.n_vms
               ? &w->nova.vms[model_below(&w->nova, (unsigned) w->nova.n_vms)]
               : NULL;
}

/* Meanwhile the operator may disable the service himself. */
static void
disarm(struct world *w)
{
    say(w, "disarmed", NULL);
    w->cluster.is_disarmed = true;
    w->arm_ms = delay(w, 120000) + 30000;
    if (model_chance(&w->nova, 30) && !w->nova.is_disabled)
        w->nova.is_disabled = true;
}

static void
meddle(struct world *w)
{
    struct model_vm *v = any_vm(w);

    switch (model_below(&w->nova, 10)) {
    case 0:
    case 1:
        if (w->inc)
            crash(w);
        break;
    case 2:
        say(w, "blind", NULL);
        w->blind_ms = delay(w, 60000);
        w->cluster.is_quorate = model_chance(&w->nova, 50);
        w->cluster.is_current = w->cluster.is_quorate;
        break;
    case 3:
        if (v)
            model_delete(&w->nova, v);
        break;
    case 4:
        if (v)
            model_move(&w->nova, v);
        break;
    case 5:
        say(w, "the operator forces the service up", NULL);
        w->nova.is_forced_down = false;
        w->was_meddled = true;
        break;
    case 6:
        if (w->inc && model_chance(&w->nova, 5)) {
            say(w, "released", NULL);
            w->inc->is_released = w->was_released = true;
        }
        break;
    case 7: disarm(w); break;
    case 8: /* another host fails */
        say(w, "the brake", NULL);
        w->brake_ms = delay(w, 300000);
        break;
    default:
        if (model_chance(&w->nova, 10)) /* fenced twice */
            w->fence_ms = delay(w, 20000);
        break;
    }
}

static void
calm_down(struct world *w)
{
    say(w, "calm", NULL);
    w->is_calm = true;
    w->nova.is_scarce = w->nova.is_flaky = false;
    w->blind_ms = w->blind_ms ? w->now_ms : 0;
    w->arm_ms = w->arm_ms ? w->now_ms : 0;
    w->brake_ms = w->brake_ms ? w->now_ms : 0;
    w->back_ms = w->back_ms ? w->now_ms : 0;
}

static void
let_time_pass(struct world *w, int64_t to_ms)
{
    w->now_ms = to_ms;
    model_nova_advance(&w->nova, to_ms);
    for (size_t i = 0; i < REQUESTS; i++) {
        struct request *r = &w->requests[i];

        if (r->land_ms && r->land_ms <= to_ms)
            land(w, r);
        if (r->answer_ms && r->answer_ms <= to_ms)
            answer(w, r);
    }
    if (w->return_ms && w->return_ms <= to_ms)
        return_host(w);
    if (w->settle_ms && w->settle_ms <= to_ms) {
        w->settle_ms = 0;
        w->cluster.is_settled = true;
    }
    if (w->fence_ms && w->fence_ms <= to_ms)
        fence_host(w);
    if (w->blind_ms && w->blind_ms <= to_ms) {
        w->blind_ms = 0;
        w->cluster.is_quorate = w->cluster.is_current = true;
    }
    if (w->brake_ms && w->brake_ms <= to_ms)
        w->brake_ms = 0;
    if (w->arm_ms && w->arm_ms <= to_ms) {
        w->arm_ms = 0;
        w->cluster.is_disarmed = false;
    }
    if (w->back_ms && w->back_ms <= to_ms)
        w->back_ms = 0;
    if (!w->is_calm && to_ms >= START_MS + STORM_MS)
        calm_down(w);
    else if (!w->is_calm && model_chance(&w->nova, 2))
        meddle(w);
    if (!w->back_ms)
        judge(w);
}

/* --- a whole story -------------------------------------------------------- */

static void
earlier(int64_t *next_ms, int64_t ms)
{
    if (ms && (*next_ms == 0 || ms < *next_ms))
        *next_ms = ms;
}

static int64_t
next_event(const struct world *w)
{
    int64_t next_ms = model_nova_next(&w->nova);

    for (size_t i = 0; i < REQUESTS; i++) {
        earlier(&next_ms, w->requests[i].land_ms);
        earlier(&next_ms, w->requests[i].answer_ms);
    }
    earlier(&next_ms, w->return_ms);
    earlier(&next_ms, w->settle_ms);
    earlier(&next_ms, w->fence_ms);
    earlier(&next_ms, w->blind_ms);
    earlier(&next_ms, w->back_ms);
    earlier(&next_ms, w->arm_ms);
    earlier(&next_ms, w->brake_ms);
    if (!w->is_calm)
        earlier(&next_ms, START_MS + STORM_MS);
    return next_ms > w->now_ms || next_ms == 0 ? next_ms : w->now_ms + 1;
}

/* The newest fencing that is not forgotten. */
static int64_t
answered_ns(const struct world *w)
{
    return w->inc ? w->inc->saved.incident_ns : w->cluster.seen_ns;
}

static bool
is_over(const struct world *w)
{
    bool is_closed = !w->inc && !w->cib[0] && !w->back_ms &&
                     (w->was_released ||
                      !fencing_is_later(w->cluster.fencing_ns, answered_ns(w)));

    if (!w->is_calm || w->blind_ms || w->return_ms || w->settle_ms ||
        w->fence_ms)
        return false;
    return is_closed || (w->inc && w->inc->is_saved && !w->inc->busy &&
                         w->inc->saved.phase >= PHASE_DONE);
}

/* I6, and that no daemon waits for nothing. */
static void
check_state(struct world *w, const struct plan *p)
{
    const struct incident *inc = w->inc;
    bool is_busy = inc->busy != 0;

    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm *v = inc->by_key[i];

        is_busy |= v->is_reading || v->phase == VM_POSTING;
        for (size_t j = 0; v->phase == VM_RECOVERED && j < w->nova.n_vms; j++)
            must(w,
                 strcmp(w->nova.vms[j].id, v->id) != 0 ||
                     w->nova.vms[j].place != ON_SOURCE ||
                     w->nova.vms[j].is_deleted,
                 "I6: called recovered, but it is on the dead host");
    }
    must(w,
         p->n || p->wake_ms || is_busy || incident_is_held(inc) ||
             (inc->is_saved && inc->saved.phase >= PHASE_DONE),
         "I3: nothing to do, nothing to wait for");
    must(w, !p->wake_ms || p->wake_ms > w->now_ms, "wakes in the past");
}

static void
run_daemon(struct world *w, int64_t *ret_wake_ms)
{
    struct plan p, again;

    const struct levels_rules levels = { w->is_ordered, w->nova.can_park,
                                         PAUSE_MS, LEVEL_MS };
    int64_t level_ms;

    *ret_wake_ms = 0;
    if (!w->inc)
        return;
    look_at_orphans(w);
    level_ms = levels_update(&w->levels, &levels, &w->inc, 1, w->now_ms);
    plan_incident(w->inc, &model_rules, w->now_ms, WINDOW - w->n_posting, &p);
    plan_incident(w->inc, &model_rules, w->now_ms, WINDOW - w->n_posting,
                  &again);
    must(w, p.n == again.n && p.wake_ms == again.wake_ms, "not repeatable");
    earlier(&p.wake_ms, level_ms);
    check_state(w, &p);
    for (size_t i = 0; i < p.n && !w->broken; i++)
        do_step(w, &p.steps[i]);
    *ret_wake_ms = p.wake_ms;
}

static void
check_vm(struct world *w, const struct model_vm *m)
{
    struct vm *v = incident_vm(w->inc, m->id);
    /* what Nova is about to stop itself is as good as stopped */
    bool is_running = strcmp(m->vm_state, "active") == 0 && !m->stop_ms;

    if (m->is_deleted || m->place == ON_OTHER)
        return;
    if (m->place == ON_DEST && v && v->phase == VM_BLOCKED) {
        must(w, v->n_starts >= 5 && v->reason, "I3: given up too early");
        return;
    }
    if (m->place == ON_DEST) {
        must(w, !v || v->phase == VM_RECOVERED, "I6: recovered, untold");
        must(w, is_running == m->should_run,
             m->should_run ? "I3: it should run, but is stopped"
                           : "I3: it runs, but was stopped");
        return;
    }
    if (w->inc->has_returned)
        return;
    must(w,
         m->is_refused || !m->was_launched || model_opts_out(m) ||
             strcmp(m->vm_state, "soft-delete") == 0 ||
             (m->task_state && strcmp(m->task_state, "deleting") == 0),
         "I3: given up without a reason");
    must(w, !v || v->reason, "I3: no reason is shown");
}

static void
check_end(struct world *w)
{
    struct journal_host e = durable_entry(w);

    if (w->was_released)
        return;
    must(w, !fencing_is_later(w->cluster.fencing_ns, answered_ns(w)),
         "I3: nobody answers its newest fencing");
    if (!w->inc)
        return;
    for (size_t i = 0; i < w->nova.n_vms; i++)
        check_vm(w, &w->nova.vms[i]);
    must(w, w->inc->has_returned || w->nova.is_forced_down || w->was_meddled,
         "it was never forced down");
    must(w, w->was_put || !e.has_forced_down || !w->nova.is_forced_down,
         "I5: claims what the operator did");
}

static void
set_up(struct world *w, uint64_t seed)
{
    bool is_aloud = w->is_aloud;

    memset(w, 0, sizeof *w);
    w->is_aloud = is_aloud;
    w->now_ms = START_MS;
    model_nova_init(&w->nova, seed, w->now_ms);
    w->nova.is_scarce = model_chance(&w->nova, 60);
    w->nova.is_flaky = model_chance(&w->nova, 60);
    w->cluster = (struct death_facts){ .is_current = true,
                                       .is_quorate = true,
                                       .is_sole_owner = true,
                                       .is_remote = true,
                                       .fenced_s = 1,
                                       .has_fencing = true,
                                       .fencing_succeeded = true,
                                       .fencing_ns = START_MS * 1000000LL };
    if (model_chance(&w->nova, 20))
        w->brake_ms = delay(w, STORM_MS);
    if (model_chance(&w->nova, 25)) {
        w->return_ms = delay(w, STORM_MS);
        if (model_chance(&w->nova, 50))
            w->fence_ms = w->return_ms + 1 + model_below(&w->nova, 60000);
    }
    if (model_chance(&w->nova, 15)) { /* nobody sees it dead, maybe */
        w->back_ms = delay(w, 60000);
        w->return_ms = delay(w, 60000);
    }
    w->is_ordered = model_chance(&w->nova, 60);
}

static const char *
tell(struct world *w, uint64_t seed)
{
    int64_t next_ms, wake_ms;
    unsigned n = 0;

    set_up(w, seed);
    if (!w->back_ms)
        judge(w);
    while (!w->broken && !is_over(w)) {
        run_daemon(w, &wake_ms);
        next_ms = next_event(w);
        earlier(&next_ms, wake_ms);
        must(w, next_ms != 0, "the world stands still");
        must(w, w->now_ms < START_MS + STORM_MS + CALM_MS, "I3: never ends");
        must(w, n++ < 200000, "I3: too many steps");
        must(w, !w->nova.broken, w->nova.broken);
        if (!w->broken)
            let_time_pass(w, next_ms);
    }
    if (!w->broken)
        check_end(w);
    say(w, w->broken ? w->broken : "the end", NULL);
    return w->broken;
}

static void
clean_up(struct world *w)
{
    incident_free(w->inc);
    for (size_t i = 0; i < REQUESTS; i++) {
        free(w->requests[i].servers);
        free(w->requests[i].records);
    }
}

static unsigned
number_from(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);
    unsigned n;

    return text && scan_uint(text, &n) == 0 ? n : otherwise;
}

static void
test_stories(void)
{
    CLEANUP_FREE struct world *w = xcalloc(1, sizeof *w);
    unsigned only = number_from("MODEL_SEED", 0);
    unsigned last = only ? only : number_from("MODEL_SEEDS", SEEDS);
    unsigned long sent = 0, records = 0;

    for (unsigned seed = only ? only : 1; seed <= last; seed++) {
        const char *broken;

        w->is_aloud = only != 0;
        broken = tell(w, seed);
        ok_msg(!broken, "MODEL_SEED=%u: %s", seed, broken);
        sent += w->n_sent;
        records += w->nova.n_records;
        clean_up(w);
    }
    printf("# %lu requests, %lu evacuations\n", sent, records);
    ok(only || records > last);
}

TAP_MAIN({ "every story keeps the invariants and comes to an end",
           test_stories })

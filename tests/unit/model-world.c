/* The daemon's requests: sent, lost, answered, checked. */
#include "model-world.h"

#include <stdlib.h>

#include "certainty.h"
#include "cleanup.h"
#include "comeback.h"
#include "tap.h"
#include "xalloc.h"

static const struct select_rules select_rules = {
    .takes_all = true,
    .ha_key = "HA_Enabled",
    .priority_key = "vmha:priority",
    .local_disk = LOCAL_DISK_WAIT,
    .local_disk_wait_ms = 30000,
};

const struct recovery_rules model_rules = { .post_settle_ms = 60000,
                                            .poll_ms = 1000,
                                            .retry_min_ms = 10000,
                                            .retry_max_ms = 120000,
                                            .select = &select_rules };

void
say(const struct world *w, const char *what, const char *which)
{
    if (w->is_aloud)
        printf("# %8.3f %s %s\n", (double) (w->now_ms - START_MS) / 1000, what,
               which ? which : "");
}

void
must(struct world *w, bool cond, const char *rule)
{
    if (!cond && !w->broken) {
        w->broken = rule;
        say(w, "BROKEN", rule);
    }
}

struct journal_host
durable_entry(struct world *w)
{
    struct journal_host e = { 0 };
    struct vmha_error err;

    if (w->cib[0] && journal_host_parse(w->cib, &e, &err) == -1)
        must(w, false, "the journal cannot be read");
    return e;
}

/* A VM is looked at so shortly before its state is changed. */
enum { LOOK_MS = 7000 };

/* --- sending ----------------------------------------------------------- */

/* A call that must have settled before the next one. */
static bool
is_call(enum step_kind kind)
{
    return kind == STEP_EVACUATE || kind == STEP_RESET_VM ||
           kind == STEP_CONFIRM_VM;
}

static enum fate
choose_fate(struct world *w, enum step_kind kind)
{
    static const enum fate post[] = { NOT_SENT, LOST, LOST,   LOST,  VOID,
                                      VOID,     HALF, DENIED, HOLLOW };
    static const enum fate other[] = { NOT_SENT, LOST, VOID };

    if (w->is_calm || !model_chance(&w->nova, 15))
        return GOOD;
    if (is_call(kind))
        return post[model_below(&w->nova, N_ELEMENTS(post))];
    return other[model_below(&w->nova, N_ELEMENTS(other))];
}

int64_t
delay(struct world *w, unsigned max_ms)
{
    return w->now_ms + 1 + model_below(&w->nova, max_ms);
}

static struct request *
send_request(struct world *w, const struct step *s)
{
    struct request *r = w->requests;

    while (r < w->requests + REQUESTS && (r->land_ms || r->answer_ms))
        r++;
    if (r == w->requests + REQUESTS) {
        must(w, false, "too many requests at once");
        return NULL;
    }
    *r = (struct request){ .kind = s->kind,
                           .fate = choose_fate(w, s->kind),
                           .life = w->life,
                           .incident_ns = w->inc->saved.incident_ns,
                           .asked_ms = w->now_ms,
                           .since_ms = s->since_ms,
                           .entry = s->entry };
    for (size_t i = 0; s->vm && i < w->nova.n_vms; i++)
        if (strcmp(w->nova.vms[i].id, s->vm->id) == 0)
            r->vm = &w->nova.vms[i];
    w->n_sent++;
    if (r->fate == GOOD || r->fate == HALF || r->fate == DENIED ||
        r->fate == HOLLOW) {
        r->land_ms = delay(w, 400);
        r->answer_ms = r->land_ms + model_below(&w->nova, 400);
        return r;
    }
    r->answer_ms = delay(w, r->fate == NOT_SENT ? 500 : 20000);
    if (r->fate == LOST && is_call(s->kind))
        r->land_ms = delay(w, model_rules.post_settle_ms - 1000);
    else if (r->fate == LOST)
        r->land_ms = r->answer_ms;
    return r;
}

/* Is it the turn of A, not of B, to be asked for? */
static bool
may_go_before(const struct world *w, const struct vm *a, const struct vm *b)
{
    if (!a->was_stopped && !levels_park(w->inc, a) && !levels_allow(w->inc, a))
        return false;
    return a->phase == VM_WAITING && a->not_before_ms <= w->now_ms &&
           !a->is_reading && !a->wants_read && !vm_needs_note(a) &&
           a->prep == PREP_NONE && !a->is_unclear && !orphan_may_run(a) &&
           a->priority > b->priority;
}

/* B starts: should not A run before, or has it had its time? */
static bool
must_run_before(const struct world *w, const struct vm *a, const struct vm *b)
{
    enum vm_phase p = a->phase;
    bool is_under_way =
        p == VM_POSTING || p == VM_UNKNOWN || p == VM_MOVING ||
        p == VM_ARRIVED || p == VM_RESTORING ||
        (p == VM_WAITING && !(a->is_held && a->not_before_ms > w->now_ms));

    /* B has its turn for good once it was late: A may be held at that time */
    return w->is_ordered && is_under_way && !a->was_stopped && !a->is_overdue &&
           !b->is_overdue && a->priority > b->priority && !w->inc->has_returned;
}

static void
check_turn(struct world *w, const struct vm *v)
{
    for (size_t i = 0; i < w->inc->n_vms; i++)
        must(w, !must_run_before(w, w->inc->by_key[i], v),
             "a VM of higher priority does not run yet");
}

static void
check_post(struct world *w, const struct vm *v, const struct request *r)
{
    const struct model_vm *m = r->vm;
    struct journal_host e = durable_entry(w);

    must(w, certainty_of(&w->cluster) == CERTAIN, "I1: not certain");
    must(w, !w->inc->has_returned && !w->inc->is_released,
         "I1: returned or released");
    must(w, incident_covers(&e, v), "write-ahead: the mark does not cover it");
    must(w,
         r->kind == STEP_CONFIRM_VM || m->should_run || m->is_refused ||
             w->was_released || strcmp(m->vm_state, "stopped") == 0 ||
             m->is_deleted || m->place != ON_SOURCE ||
             journal_host_has_stopped(&e, v->key.id),
         "write-ahead: that it was stopped is not noted");
    must(w, !model_opts_out(m), "it opts out");
    must(w,
         !m->is_local || strcmp(m->vm_state, "error") == 0 ||
             w->now_ms >= START_MS + select_rules.local_disk_wait_ms,
         "N22: it did not wait for its disk");
    for (size_t i = 0; i < w->inc->n_vms; i++)
        must(w, !may_go_before(w, w->inc->by_key[i], v), "not its turn");
    must(w, !r->parks || e.is_parking, "write-ahead: that VMs are parked");
    if (r->kind == STEP_EVACUATE && m->should_run && !v->was_stopped &&
        !(r->parks && strcmp(m->vm_state, "error") != 0))
        check_turn(w, v);
    must(w, !model_in_flight(&w->nova, m), "I2: a record is in flight");
    for (size_t i = 0; i < REQUESTS; i++)
        must(w,
             &w->requests[i] == r || !is_call(w->requests[i].kind) ||
                 w->requests[i].vm != m || !w->requests[i].land_ms,
             "I2: an earlier call may still take effect");
    must(w, ++w->n_posting <= WINDOW, "more calls than allowed");
}

static void
check_put(struct world *w)
{
    struct journal_host e = durable_entry(w);

    must(w, certainty_of(&w->cluster) == CERTAIN, "I1: forced down, not dead");
    must(w, e.has_forced_down, "I5: the journal does not know our forced_down");
    must(w, !w->inc->asks_disable || e.has_disabled,
         "I5: the journal does not know our disabled");
    must(w, !w->inc->asks_disable || !w->nova.is_disabled || w->nova.is_ours,
         "I5: the operator's reason is overwritten");
    w->was_put = true;
}

static bool
changes_cloud(enum step_kind kind)
{
    return kind != STEP_JOURNAL && kind != STEP_FIND_SERVICE &&
           kind != STEP_RECORDS && kind != STEP_SERVERS &&
           kind != STEP_READ_VM && kind != STEP_FIND_DEST &&
           kind != STEP_READ_ACTIONS && kind != STEP_LIVE;
}

/* What the model knows of each kind of step. */
static const struct {
    const char *name;
    unsigned busy;
    bool
        is_of_return; /* what the brake does not hold, of a host that is back */
} steps[] = {
    [STEP_JOURNAL] = { "journal", BUSY_JOURNAL, false },
    [STEP_FIND_SERVICE] = { "find service", BUSY_SERVICE, false },
    [STEP_FORCE_DOWN] = { "force down", BUSY_DOWN, false },
    [STEP_RECORDS] = { "records", BUSY_RECORDS, false },
    [STEP_SERVERS] = { "servers", BUSY_SERVERS, false },
    [STEP_READ_VM] = { "read", 0, false },
    [STEP_EVACUATE] = { "evacuate", 0, false },
    [STEP_STOP_VM] = { "stop", 0, true },
    [STEP_START_VM] = { "start", 0, true },
    [STEP_FIND_DEST] = { "find destination", BUSY_DEST, false },
    [STEP_RESET_VM] = { "reset", 0, false },
    [STEP_CONFIRM_VM] = { "confirm", 0, false },
    [STEP_READ_ACTIONS] = { "actions", 0, false },
    [STEP_POWER_ON] = { "power on", BUSY_POWER, false },
    [STEP_FORCE_UP] = { "force up", BUSY_DOWN, true },
    [STEP_ENABLE] = { "enable", BUSY_DOWN, true },
    [STEP_ASK_GUEST] = { "ask guest", 0, true },
    [STEP_REBOOT_VM] = { "reboot", 0, true },
    [STEP_LIVE] = { "live migrations", BUSY_LIVE, false },
};

void
do_step(struct world *w, const struct step *s)
{
    char entry[JOURNAL_HOST_MAX] = "";
    struct request *r;

    if (s->kind == STEP_JOURNAL)
        journal_host_format(&s->entry, entry);
    must(w,
         w->cluster.is_quorate ||
             (s->kind != STEP_FORCE_UP && s->kind != STEP_ENABLE &&
              s->kind != STEP_REBOOT_VM),
         "no quorum, and a host is taken back");
    say(w, steps[s->kind].name, s->vm ? s->vm->id : entry);
    must(w, !w->cluster.is_disarmed || !changes_cloud(s->kind),
         "disarmed, and the cloud is changed");
    must(w,
         !w->brake_ms || !changes_cloud(s->kind) ||
             (w->inc->has_returned && steps[s->kind].is_of_return) ||
             brake_is_too_late(&w->inc->saved),
         "I7: the brake holds it");
    r = send_request(w, s);
    if (!r)
        return;
    must(w, !(w->inc->busy & steps[s->kind].busy), "asked twice at once");
    w->inc->busy |= steps[s->kind].busy;
    if (s->kind == STEP_FORCE_DOWN) {
        r->asks_disable = w->inc->asks_disable;
        check_put(w);
    } else if (s->kind == STEP_EVACUATE) {
        must(w, s->vm->phase == VM_WAITING, "evacuates what does not wait");
        r->parks = s->parks;
        check_post(w, s->vm, r);
        incident_on_posting(w->inc, s->vm, w->now_ms);
    } else if (is_call(s->kind)) {
        must(w, s->vm->phase == VM_WAITING, "prepares what does not wait");
        must(w,
             r->vm->place == ON_SOURCE || w->now_ms - r->vm->moved_ms < LOOK_MS,
             "prepares what is elsewhere");
        check_post(w, s->vm, r);
        incident_on_calling(s->vm);
    } else if (s->vm) {
        must(w, !s->vm->is_reading, "two requests about one VM");
        s->vm->is_reading = true;
        if (s->kind == STEP_START_VM) {
            must(w, w->cluster.is_quorate, "starts a VM without quorum");
            check_turn(w, s->vm);
        }
    }
}

/* --- effects ------------------------------------------------------------ */

static void
land_records(struct world *w, struct request *r)
{
    const struct model_nova *n = &w->nova;

    r->records = xcalloc(n->n_records, sizeof *r->records);
    for (size_t i = n->n_records; i-- > 0;) { /* newest first */
        const struct model_record *m = &n->records[i];

        /* changes-since compares updated_at, which starts as NULL */
        if (r->since_ms && m->updated_ms < r->since_ms)
            continue;
        r->records[r->n++] = (struct record_fact){
            .uuid = m->uuid,
            .instance = m->vm->id,
            .status = m->status,
            .dest = strcmp(m->status, "failed") == 0 ? "c2" : NULL,
            .created_ms = m->created_ms,
            .updated_ms = m->updated_ms ? m->updated_ms : m->created_ms,
        };
    }
}

static void
land_servers(struct world *w, struct request *r)
{
    r->servers = xcalloc(MODEL_VMS, sizeof *r->servers);
    for (size_t i = 0; i < w->nova.n_vms; i++) {
        const struct model_vm *m = &w->nova.vms[i];
        bool is_wanted =
            r->kind == STEP_READ_VM ? m == r->vm : m->place == ON_SOURCE;

        if (is_wanted && !m->is_deleted)
            r->servers[r->n++] = model_server(m);
    }
}

static void
land_live(struct world *w, struct request *r)
{
    r->live = xcalloc(MODEL_VMS, sizeof *r->live);
    for (size_t i = 0; i < w->nova.n_vms; i++) {
        const struct model_vm *m = &w->nova.vms[i];

        if (m->live)
            r->live[r->n++] = (struct live_record){
                .instance = m->id,
                .fact = { .is_known = true,
                          .status = m->live,
                          .dest = "c3",
                          .is_dest_dead = w->nova.is_dest_dead },
            };
    }
}

static void
land_put(struct world *w, const struct request *r)
{
    w->nova.is_forced_down = true;
    if (r->asks_disable)
        w->nova.is_disabled = w->nova.is_ours = true;
}

void
land(struct world *w, struct request *r)
{
    r->land_ms = 0;
    switch (r->kind) {
    case STEP_JOURNAL: journal_host_format(&r->entry, w->cib); break;
    case STEP_FIND_SERVICE:
        r->service =
            (struct service_fact){ .id = "service",
                                   .is_disabled = w->nova.is_disabled,
                                   .is_forced_down = w->nova.is_forced_down,
                                   .is_ours = w->nova.is_ours,
                                   .asked_ms = r->asked_ms };
        break;
    case STEP_FORCE_DOWN: land_put(w, r); break;
    case STEP_RECORDS: land_records(w, r); break;
    case STEP_SERVERS:
    case STEP_READ_VM: land_servers(w, r); break;
    case STEP_LIVE: land_live(w, r); break;
    case STEP_STOP_VM: model_stop(&w->nova, r->vm); break;
    case STEP_START_VM: model_start(&w->nova, r->vm); break;
    case STEP_FIND_DEST: break; /* its answer is for people */
    case STEP_READ_ACTIONS: r->was_stopped = !r->vm->should_run; break;
    case STEP_RESET_VM:
        r->status = r->fate == DENIED ? 403 : 202;
        if (r->fate == GOOD || r->fate == LOST)
            model_reset(&w->nova, r->vm);
        break;
    case STEP_CONFIRM_VM:
        r->status = r->fate == DENIED ? 403 : 202;
        if (r->fate == GOOD || r->fate == LOST)
            r->status = model_confirm(&w->nova, r->vm);
        r->detail = "Service is unavailable";
        break;
    case STEP_FORCE_UP:
        must(w, durable_entry(w).has_forced_down,
             "I5: takes back what the operator did");
        w->nova.is_forced_down = false;
        break;
    case STEP_POWER_ON: /* nova-compute never starts here: comeback_test */
    case STEP_ENABLE:
    case STEP_ASK_GUEST:
    case STEP_REBOOT_VM: break;
    case STEP_EVACUATE:
        if (r->fate == HALF) {
            model_evacuate_half(&w->nova, r->vm);
        } else if (r->fate == DENIED) {
            r->status = 403;
            r->detail = "Policy doesn't allow it";
        } else if (r->fate == HOLLOW) {
            r->status = 200;
        } else {
            r->status = model_evacuate(&w->nova, r->vm, r->parks, &r->detail);
            say(w, r->status == 200 ? "  taken" : "  refused", r->vm->id);
        }
        break;
    }
}

/* --- answers ------------------------------------------------------------ */

static void
answer_post(struct world *w, struct request *r, struct vm *v)
{
    bool was_answered =
        r->fate == GOOD || r->fate == DENIED || r->fate == HOLLOW;
    const char *detail = was_answered && r->detail ? r->detail : "no answer";
    enum answer a = answer_to_evacuate(was_answered ? r->status : 0,
                                       r->fate != NOT_SENT, detail);

    w->n_posting--;
    if (r->fate == HALF)
        a = answer_to_evacuate(500, true, "");
    if (r->kind == STEP_RESET_VM)
        incident_on_reset(w->inc, v, a, detail, w->now_ms, &model_rules);
    else if (r->kind == STEP_CONFIRM_VM)
        incident_on_confirm(w->inc, v, a, detail, w->now_ms, &model_rules);
    else
        incident_on_post(w->inc, v, a, detail, w->now_ms, &model_rules);
}

static void
answer_vm(struct world *w, struct request *r)
{
    const struct action_fact actions[] = {
        { .name = "evacuate" }, { .name = r->was_stopped ? "stop" : "create" }
    };
    struct vm *v = incident_vm(w->inc, r->vm->id);

    if (!v) {
        must(w, false, "a VM was forgotten");
        return;
    }
    v->is_reading = false;
    if (is_call(r->kind)) {
        answer_post(w, r, v);
    } else if (r->kind == STEP_STOP_VM) {
        v->wants_read = true;
        v->read_ms = w->now_ms;
    } else if (r->kind == STEP_START_VM) {
        incident_on_start(v,
                          answer_to_evacuate(r->fate == GOOD ? 202 : 0,
                                             r->fate != NOT_SENT, ""),
                          "no answer", w->now_ms, &model_rules);
    } else if (r->fate != GOOD) {
        incident_on_trouble(w->inc, "no answer", w->now_ms);
    } else if (r->kind == STEP_READ_ACTIONS) {
        incident_on_actions(w->inc, v, actions, N_ELEMENTS(actions), w->now_ms);
    } else {
        incident_on_server(w->inc, v, r->n ? r->servers : NULL, r->asked_ms,
                           w->now_ms, &model_rules);
    }
}

/* Its guest is there until someone ends it. */
void
look_at_orphans(struct world *w)
{
    enum orphan_dest dest = w->nova.is_watched ? DEST_TELLS : DEST_SILENT;

    for (size_t i = 0; i < w->nova.n_vms; i++) {
        struct model_vm *m = &w->nova.vms[i];
        struct vm *v = incident_vm(w->inc, m->id);

        if (!v)
            continue;
        orphan_on_dest(w->inc, v, dest);
        if (!orphan_asks(v, "c2") || model_chance(&w->nova, 70))
            continue;
        m->is_left = m->is_left && !w->is_calm && model_chance(&w->nova, 50);
        (void) orphan_on_word(v, m->is_left);
    }
}

/* The destination may answer, too: it knows. */
static void
hear(struct world *w)
{
    for (size_t i = 0; i < w->nova.n_vms; i++) {
        struct model_vm *m = &w->nova.vms[i];
        struct vm *v = incident_vm(w->inc, m->id);

        if (!v || !live_asks(w->inc, v, "c3") || model_chance(&w->nova, 50))
            continue;
        m->may_be_away = m->may_be_away && model_chance(&w->nova, 50);
        live_on_word(w->inc, v, m->may_be_away, w->now_ms);
    }
}

static void
answer_good(struct world *w, struct request *r)
{
    struct incident *inc = w->inc;

    switch (r->kind) {
    case STEP_JOURNAL: incident_on_saved(inc, &r->entry); break;
    case STEP_FIND_SERVICE:
        incident_on_service(inc, &r->service, w->now_ms);
        break;
    case STEP_FORCE_DOWN: incident_on_down(inc, w->now_ms, w->now_ms); break;
    case STEP_FORCE_UP:
        comeback_on_put(inc, false, w->now_ms, &model_rules);
        break;
    case STEP_RECORDS:
        incident_on_records(inc, r->records, r->n, r->since_ms, r->asked_ms,
                            w->now_ms, &model_rules);
        break;
    case STEP_SERVERS:
        incident_on_servers(inc, r->servers, r->n, r->asked_ms, w->now_ms,
                            &model_rules);
        break;
    case STEP_LIVE:
        live_on_records(inc, r->live, r->n, r->asked_ms, w->now_ms);
        hear(w);
        break;
    default: break;
    }
}

void
answer(struct world *w, struct request *r)
{
    r->answer_ms = 0;
    if (w->inc && r->life == w->life) {
        if (r->vm) {
            answer_vm(w, r);
        } else {
            w->inc->busy &= ~steps[r->kind].busy;
            if (r->fate == GOOD)
                answer_good(w, r);
            else if (r->kind == STEP_JOURNAL)
                incident_on_unsaved(w->inc, "no answer", w->now_ms);
            else
                incident_on_trouble(w->inc, "no answer", w->now_ms);
        }
    }
    free(r->servers);
    free(r->records);
    free(r->live);
    r->servers = NULL;
    r->records = NULL;
    r->live = NULL;
}

/* One failed host under recovery: how news of its VMs changes the facts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comeback.h"
#include "incident.h"
#include "levels.h"
#include "order.h"
#include "pace.h"
#include "xalloc.h"

/* A rebuild that has no record after so many times post_settle is dead: the API
 * writes the task first and the record at once after it, in the same request.
 */
enum { PATIENCE = 9 };

enum { CONFIRM_MS = 60000 }; /* a resize may take so long to be confirmed */

/* --- records --------------------------------------------------------- */

static int64_t
backoff_ms(const struct vm *v, const struct recovery_rules *rules)
{
    int64_t ms = pace_doubled_ms(rules->retry_min_ms, v->attempts - 1,
                                 rules->retry_max_ms);

    /* spread by up to a quarter, so that they do not all come back at once */
    return ms + ms * (v->key.id % 256) / 1024;
}

/* A call may be at work for it, and have its effect up to SETTLED_MS. */
static void
doubt(struct vm *v, int64_t settled_ms, const struct recovery_rules *rules)
{
    v->phase = VM_UNKNOWN;
    v->not_before_ms = settled_ms;
    v->patience_ms = settled_ms + PATIENCE * rules->post_settle_ms;
}

static void
make_final(struct incident *inc, struct vm *v, enum vm_phase p, int64_t now_ms)
{
    v->phase = p;
    inc->changed_ms = now_ms;
}

/* Act on the newest record of a VM, once for each of its states. */
static void
apply_record(struct incident *inc, struct vm *v, int64_t now_ms,
             const struct recovery_rules *rules)
{
    const struct vm_record *r = incident_record(inc, v->id);

    if (!r || v->phase == VM_POSTING || v->phase == VM_STARTING ||
        vm_phase_is_final(v->phase))
        return;
    if (strcmp(r->uuid, v->handled) == 0 && r->state == v->handled_state)
        return;
    switch (r->state) {
    case RECORD_IN_FLIGHT: v->phase = VM_MOVING; return;
    case RECORD_DONE:
        v->phase = VM_ARRIVED;
        v->arrived_ms = now_ms;
        v->wants_read = v->was_stopped || inc->is_parking;
        break;
    case RECORD_FAILED:
        v->attempts++;
        v->phase = VM_WAITING;
        v->not_before_ms = now_ms + backoff_ms(v, rules);
        v->wants_read = true;
        break;
    }
    memcpy(v->handled, r->uuid, sizeof v->handled);
    v->handled_state = r->state;
}

/* All records were read, and none is of the call that Nova took: its database
 * has lost it (a failover, say), or something before Nova answered for it.
 */
static void
check_record(const struct incident *inc, struct vm *v, int64_t asked_ms,
             const struct recovery_rules *rules)
{
    const struct vm_record *r = incident_record(inc, v->id);

    if (v->phase != VM_MOVING || asked_ms <= v->not_before_ms ||
        (r && r->state == RECORD_IN_FLIGHT))
        return;
    doubt(v, asked_ms, rules);
    vm_set_reason(v, "Nova took the call, but has no record of it");
}

/* --- VMs ------------------------------------------------------------- */

static int
compare_id(const void *a, const void *b)
{
    return strcmp((*(struct vm *const *) a)->id, (*(struct vm *const *) b)->id);
}

static int
compare_key(const void *a, const void *b)
{
    const struct vm *x = *(struct vm *const *) a, *y = *(struct vm *const *) b;
    int order = vm_key_compare(&x->key, &y->key);

    return order ? order : strcmp(x->id, y->id);
}

static int
compare_order(const void *a, const void *b)
{
    return order_compare(*(struct vm *const *) a, *(struct vm *const *) b);
}

/* May a call of an earlier daemon be at work for it, by the journal alone? */
static bool
is_doubtful(const struct incident *inc, const struct vm *v)
{
    return inc->has_lost_entry ||
           (inc->was_resumed && incident_covers(&inc->saved, v));
}

/* Sort it by its state now. */
static void
sort_again(const struct incident *inc, struct vm *v,
           const struct server_fact *s)
{
    bool was_stopped = v->was_stopped;

    vm_classify(v, s);
    if (!was_stopped && v->was_stopped && v->was_called)
        levels_distrust(inc, v);
}

/* A VM that is met for the first time.  Records were read before the list of
 * servers was asked for: one that ended belongs to an earlier failure, or to
 * an earlier try.
 */
static void
add_vm(struct incident *inc, const struct server_fact *s, int64_t asked_ms,
       int64_t now_ms, const struct recovery_rules *rules)
{
    struct vm *v = vm_new(s);
    const struct vm_record *r = incident_record(inc, v->id);
    int64_t settled_ms = inc->began_ms + rules->post_settle_ms;
    bool is_noted = journal_host_has_stopped(&inc->saved, v->key.id);

    v->was_called = is_doubtful(inc, v);
    if (v->was_called)
        levels_distrust(inc, v);
    if (is_noted) {
        v->was_stopped = true;
        v->is_unclear = false;
    }
    v->was_error = strcmp(s->vm_state, "error") == 0 && !r && !is_noted &&
                   !is_doubtful(inc, v);
    vm_select(v, s, rules->select);
    if (r && r->state != RECORD_IN_FLIGHT) {
        memcpy(v->handled, r->uuid, sizeof v->handled);
        v->handled_state = r->state;
    }
    if (r && r->state == RECORD_DONE && v->is_rebuilding) {
        v->phase = VM_ARRIVED; /* completed early, and still at work (N26) */
        v->arrived_ms = now_ms;
    } else if (v->phase == VM_WAITING && is_doubtful(inc, v)) {
        doubt(v, settled_ms > now_ms ? settled_ms : now_ms, rules);
        vm_set_reason(v, "an earlier daemon may have asked for its evacuation");
    }
    vm_apply_selection(v, inc->began_ms);
    inc->by_key = xrealloc(inc->by_key, inc->n_vms + 1, sizeof *inc->by_key);
    inc->by_id = xrealloc(inc->by_id, inc->n_vms + 1, sizeof *inc->by_id);
    inc->by_key[inc->n_vms] = inc->by_id[inc->n_vms] = v;
    inc->n_vms++;
    (void) comeback_on_vm(inc, v, s, asked_ms, now_ms);
}

static void
sort_vms(struct incident *inc)
{
    if (inc->n_vms == 0)
        return;
    qsort(inc->by_key, inc->n_vms, sizeof *inc->by_key, compare_key);
    qsort(inc->by_id, inc->n_vms, sizeof *inc->by_id, compare_id);
    inc->by_order = xrealloc(inc->by_order, inc->n_vms, sizeof *inc->by_order);
    memcpy(inc->by_order, inc->by_key, inc->n_vms * sizeof *inc->by_order);
    qsort(inc->by_order, inc->n_vms, sizeof *inc->by_order, compare_order);
}

/* VMs that left the host before its list was read are not on it, but Nova has
 * their records: those that arrived count, and those that were on their way
 * must be seen to the end.
 */
static void
add_arrived(struct incident *inc)
{
    int64_t fenced_s = inc->saved.incident_ns / 1000000000;
    size_t n = inc->n_vms;

    for (size_t i = 0; i < inc->n_records; i++) {
        const struct vm_record *r = &inc->records[i];
        bool is_noted =
            journal_host_has_stopped(&inc->saved, vm_key_of(r->instance, 0).id);
        struct vm *v;

        if (r->state == RECORD_FAILED || incident_vm(inc, r->instance) ||
            (r->is_completed && !is_noted &&
             r->created_ms / 1000 < fenced_s)) /* it has whole seconds */
            continue;
        v = xcalloc(1, sizeof *v);
        memcpy(v->id, r->instance, sizeof v->id);
        v->name = xstrdup("");
        v->state = xstrdup("");
        v->key = vm_key_of(v->id, 0);
        v->was_stopped = is_noted;
        v->phase = r->state == RECORD_DONE && !is_noted && !inc->is_parking
                       ? VM_RECOVERED
                       : VM_MOVING;
        inc->by_key = xrealloc(inc->by_key, n + 1, sizeof *inc->by_key);
        inc->by_key[n++] = v;
    }
    inc->by_id = xrealloc(inc->by_id, n, sizeof *inc->by_id);
    if (n)
        memcpy(inc->by_id, inc->by_key, n * sizeof *inc->by_id);
    inc->n_vms = n;
}

void
incident_on_records(struct incident *inc, const struct record_fact *r, size_t n,
                    int64_t since_ms, int64_t asked_ms, int64_t now_ms,
                    const struct recovery_rules *rules)
{
    incident_on_progress(inc, now_ms);
    incident_store_records(inc, r, n);
    for (size_t i = 0; i < n; i++) {
        stuck_on_record(inc, &r[i], asked_ms);
        if (r[i].updated_ms > inc->records_since_ms)
            inc->records_since_ms = r[i].updated_ms;
    }
    inc->records_asked_ms = asked_ms;
    inc->records_cost_ms = now_ms - asked_ms;
    if (since_ms == 0)
        inc->records_all_ms = asked_ms;
    if (inc->may_lack_arrived && asked_ms > inc->servers_asked_ms) {
        add_arrived(inc);
        sort_vms(inc);
        inc->may_lack_arrived = false;
    }
    for (size_t i = 0; i < inc->n_vms; i++) {
        apply_record(inc, inc->by_key[i], now_ms, rules);
        if (since_ms == 0)
            check_record(inc, inc->by_key[i], asked_ms, rules);
    }
    stuck_look(inc, now_ms);
}

/* Not on the host by a list that was asked for after our newest news. */
static void
on_absent(struct incident *inc, struct vm *v, int64_t asked_ms, int64_t now_ms)
{
    if (comeback_on_vm(inc, v, NULL, asked_ms, now_ms))
        return;
    if (v->phase == VM_ARRIVED && asked_ms > v->arrived_ms) {
        if (v->was_stopped || inc->is_parking)
            v->wants_read = true;
        else
            make_final(inc, v, VM_RECOVERED, now_ms);
    } else if (v->phase != VM_POSTING && v->phase != VM_ARRIVED &&
               v->phase != VM_RESTORING && v->phase != VM_RECOVERED &&
               v->phase != VM_GONE) {
        v->wants_read = true; /* deleted, moved, or just arriving */
        if (v->phase == VM_MOVING)
            v->read_ms = asked_ms; /* newer records may tell */
    }
}

static void
wait_again(struct vm *v, int64_t until_ms, const char *why)
{
    v->phase = VM_WAITING;
    v->not_before_ms = until_ms;
    vm_set_reason(v, why);
}

/* Has the effect of a doubtful call had its time, and did nothing come of it?
 * The plan reads all records after that time, not just those that changed:
 * Nova's changes-since hides a record until its first update.
 */
static bool
has_settled(const struct incident *inc, const struct vm *v, int64_t asked_ms)
{
    return asked_ms > v->not_before_ms &&
           inc->records_all_ms > v->not_before_ms;
}

/* Read on the dead host. */
static void
settle(const struct incident *inc, struct vm *v, int64_t asked_ms)
{
    if (v->phase == VM_UNKNOWN && has_settled(inc, v, asked_ms) &&
        (!v->is_rebuilding || asked_ms > v->patience_ms))
        v->phase = VM_WAITING;
}

/* One that was held may have been called for by an earlier daemon, as others.
 */
static void
classify(const struct incident *inc, struct vm *v, const struct server_fact *s,
         int64_t now_ms, const struct recovery_rules *rules)
{
    bool was_held = v->phase == VM_HELD;
    int64_t settled_ms = inc->began_ms + rules->post_settle_ms;

    if (!was_held && v->phase != VM_WAITING)
        return;
    sort_again(inc, v, s);
    if (was_held && v->phase == VM_WAITING && inc->was_resumed &&
        incident_covers(&inc->saved, v) && now_ms < settled_ms)
        doubt(v, settled_ms, rules);
}

static void
on_present(struct incident *inc, struct vm *v, const struct server_fact *s,
           int64_t asked_ms, int64_t now_ms, const struct recovery_rules *rules)
{
    if (asked_ms < v->read_ms)
        return; /* something newer is known */
    if (comeback_on_vm(inc, v, s, asked_ms, now_ms))
        return;
    v->read_ms = asked_ms;
    if (v->name[0] == '\0')
        xstrset(&v->name, s->name);
    vm_select(v, s, rules->select);
    v->is_rebuilding =
        s->task_state && strncmp(s->task_state, "rebuild", 7) == 0;
    settle(inc, v, asked_ms);
    if (v->phase == VM_ARRIVED && !v->is_rebuilding &&
        asked_ms > v->arrived_ms + rules->post_settle_ms)
        wait_again(v, asked_ms, "its record is done, but it did not move");
    classify(inc, v, s, asked_ms, rules);
    vm_apply_selection(v, inc->began_ms);
}

static int
compare_fact(const void *id, const void *fact)
{
    return strcmp(id, ((const struct server_fact *) fact)->id);
}

static int
compare_facts(const void *a, const void *b)
{
    return compare_fact(((const struct server_fact *) a)->id, b);
}

void
incident_on_servers(struct incident *inc, const struct server_fact *s, size_t n,
                    int64_t asked_ms, int64_t now_ms,
                    const struct recovery_rules *rules)
{
    bool is_first = inc->servers_asked_ms == 0;
    struct server_fact *sorted = xcalloc(n, sizeof *sorted);
    size_t known = inc->n_vms;

    incident_on_progress(inc, now_ms);
    if (n)
        memcpy(sorted, s, n * sizeof *s);
    qsort(sorted, n, sizeof *sorted, compare_facts);
    for (size_t i = 0; i < known; i++) {
        struct vm *v = inc->by_key[i];
        struct server_fact *f =
            bsearch(v->id, sorted, n, sizeof *sorted, compare_fact);

        if (f)
            on_present(inc, v, f, asked_ms, now_ms, rules);
        else
            on_absent(inc, v, asked_ms, now_ms);
    }
    for (size_t i = 0; i < n; i++) {
        size_t all = inc->n_vms;

        inc->n_vms = known; /* by_id is sorted up to here only */
        struct vm *old = incident_vm(inc, sorted[i].id);
        inc->n_vms = all;
        if (!old && (i == 0 || strcmp(sorted[i - 1].id, sorted[i].id) != 0))
            add_vm(inc, &sorted[i], asked_ms, now_ms, rules);
    }
    free(sorted);
    sort_vms(inc);
    if (is_first && (inc->was_resumed || inc->has_lost_entry)) {
        add_arrived(inc);
        sort_vms(inc);
        inc->may_lack_arrived = true;
    }
    inc->servers_asked_ms = asked_ms;
    inc->servers_cost_ms = now_ms - asked_ms;
    for (size_t i = 0; i < inc->n_vms; i++)
        apply_record(inc, inc->by_key[i], now_ms, rules);
}

/* Read on another host after its record was done: is it as it was before? */
static void
restore(struct incident *inc, struct vm *v, const struct server_fact *s,
        int64_t now_ms)
{
    bool may_change = s->task_state || strcmp(s->vm_state, "active") == 0;
    char text[128];

    xstrset(&v->state, s->vm_state);
    v->is_rebuilding = s->task_state != NULL;
    if ((v->was_stopped && may_change) || levels_may_start(inc, v, s)) {
        v->phase = VM_RESTORING;
        if (levels_give_up(v)) {
            vm_set_reason(v, "it arrived, but does not start there");
            make_final(inc, v, VM_BLOCKED, now_ms);
        }
        return;
    }
    if (v->was_stopped && strcmp(s->vm_state, "stopped") != 0) {
        snprintf(text, sizeof text, "it was stopped, and arrived as '%.60s'",
                 s->vm_state);
        vm_set_reason(v, text);
    }
    make_final(inc, v, VM_RECOVERED, now_ms);
}

/* Read on another host: it is where it should be, or moved by someone else. */
static void
on_elsewhere(struct incident *inc, struct vm *v, const struct server_fact *s,
             int64_t asked_ms, int64_t now_ms,
             const struct recovery_rules *rules)
{
    if (v->state[0] == '\0') { /* its record alone was known */
        xstrset(&v->name, s->name);
        vm_select(v, s, rules->select);
    }
    switch (v->phase) {
    case VM_POSTING:
    case VM_MOVING: /* its record will say done */ return;
    case VM_ARRIVED:
    case VM_RESTORING: restore(inc, v, s, now_ms); return;
    case VM_UNKNOWN: /* by our call?  Its record will tell */
        if (!has_settled(inc, v, asked_ms))
            return;
        __attribute__((fallthrough));
    default:
        vm_set_reason(v, "moved by someone else");
        make_final(inc, v, VM_GONE, now_ms);
    }
}

/* The resize's source host says nothing when it is done: look until then. */
static void
watch_confirm(struct vm *v)
{
    if (v->prep != PREP_CONFIRM || !v->confirm_ms)
        return;
    v->wants_read = v->read_ms < v->confirm_ms + CONFIRM_MS;
    if (!v->wants_read) {
        v->is_unconfirmable = true;
        v->prep = PREP_RESET;
    }
}

/* Why Nova failed.  Its "No valid host" has many causes: name one we know. */
static void
set_fault(struct vm *v, const char *fault)
{
    char text[400];

    snprintf(text, sizeof text,
             "%.200s (all members of its affinity group '%.60s' are on failed "
             "hosts, and Nova puts it only where one is)",
             fault, v->tied_by ? v->tied_by : "");
    vm_set_reason(v, v->tied_by ? text : fault);
}

static void
on_still_there(struct incident *inc, struct vm *v, const struct server_fact *s,
               int64_t asked_ms, int64_t now_ms)
{
    if (comeback_on_vm(inc, v, s, asked_ms, now_ms))
        return;
    if (s->fault && v->attempts)
        set_fault(v, s->fault);
    v->had_no_host = s->fault && strstr(s->fault, "No valid host");
    v->is_rebuilding =
        s->task_state && strncmp(s->task_state, "rebuild", 7) == 0;
    settle(inc, v, v->read_ms);
    if (v->phase == VM_WAITING)
        sort_again(inc, v, s);
    watch_confirm(v);
    vm_apply_selection(v, inc->began_ms);
}

void
incident_on_server(struct incident *inc, struct vm *v,
                   const struct server_fact *s, int64_t asked_ms,
                   int64_t now_ms, const struct recovery_rules *rules)
{
    incident_on_progress(inc, now_ms);
    v->read_ms = asked_ms;
    v->wants_read = false;
    if (!s) {
        vm_set_reason(v, "deleted");
        make_final(inc, v, VM_GONE, now_ms);
    } else if (s->host && strcmp(s->host, inc->host) != 0) {
        on_elsewhere(inc, v, s, asked_ms, now_ms, rules);
    } else {
        on_still_there(inc, v, s, asked_ms, now_ms);
    }
}

void
incident_on_posting(struct incident *inc, struct vm *v, int64_t wall_ms)
{
    incident_on_calling(v);
    v->was_called = true;
    if (!inc->first_post_wall_ms)
        inc->first_post_wall_ms = wall_ms;
}

/* A call that failed: again later, each time a longer time later. */
static void
back_off(struct vm *v, const char *why, int64_t now_ms,
         const struct recovery_rules *rules)
{
    v->attempts++;
    wait_again(v, now_ms + backoff_ms(v, rules), why);
}

void
incident_on_post(struct incident *inc, struct vm *v, enum answer a,
                 const char *detail, int64_t now_ms,
                 const struct recovery_rules *rules)
{
    if (inc->is_parking && strstr(detail, "microversion 2.95")) {
        inc->is_park_refused = true; /* some hosts are older than the API */
        inc->can_park = false;
        wait_again(v, now_ms, detail);
        return;
    }
    switch (a) {
    case ANSWER_QUEUED:
        v->phase = VM_MOVING;
        v->not_before_ms = now_ms + rules->post_settle_ms;
        inc->is_denied = false;
        vm_set_reason(v, NULL);
        break;
    case ANSWER_NOT_SENT:
        inc->bad_post_ms = now_ms;
        wait_again(v, now_ms, detail);
        break;
    case ANSWER_UNKNOWN:
        inc->bad_post_ms = now_ms;
        doubt(v, now_ms + rules->post_settle_ms, rules);
        vm_set_reason(v, detail);
        break;
    case ANSWER_GONE:
    case ANSWER_STATE:
        v->is_stuck = strstr(detail, "task_state") != NULL;
        back_off(v, detail, now_ms, rules);
        v->wants_read = true;
        break;
    case ANSWER_IN_USE: /* N7: someone took the mark back: look again */
        back_off(v, detail, now_ms, rules);
        v->wants_read = true;
        inc->has_service = false;
        inc->is_down = false;
        break;
    case ANSWER_DENIED: /* this VM, or all: the next one will show it */
        inc->is_denied = true;
        inc->bad_post_ms = now_ms + rules->retry_min_ms;
        back_off(v, detail, now_ms, rules);
        break;
    case ANSWER_BLOCKED:
        vm_set_reason(v, detail);
        make_final(inc, v, VM_BLOCKED, now_ms);
        break;
    }
    apply_record(inc, v, now_ms, rules);
}

/* The decision log: what was decided here, by which facts, and what Nova said.
 *
 * Written where decisions are carried out; nothing is ever decided by it, and
 * nothing waits for it.  It may lag behind by one turn of the loop.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../history/facts.h"
#include "../history/logfile.h"
#include "../history/put.h"
#include "../history/query.h"
#include "clock.h"
#include "daemon.h"
#include "log.h"
#include "reserve-rules.h"
#include "xalloc.h"

enum { COUNTS_MS = 30000 }; /* between lines that only count again */

struct history {
    struct scribe *scribe;
    char *instance;
    char on[256];              /* this node */
    struct json_object *nodes; /* of the cluster, that may run the daemon */
};

struct history *
history_new(const char *program, const struct archive_args *args)
{
    struct history *hi = xcalloc(1, sizeof *hi);

    hi->scribe = scribe_new(program, args);
    hi->instance = xstrdup(args->instance);
    (void) gethostname(hi->on, sizeof hi->on - 1); /* "" tells as well */
    hi->nodes = json_object_new_array();
    return hi;
}

void
history_free(struct history *hi)
{
    if (!hi)
        return;
    scribe_free(hi->scribe);
    json_object_put(hi->nodes);
    free(hi->instance);
    free(hi);
}

/* --- lines --------------------------------------------------------------- */

static struct json_object *
new_line(const struct history *hi, const char *what)
{
    struct json_object *o = json_object_new_object();

    put_int(o, "v", LINE_FORMAT);
    put_int(o, "time", clock_wall_ms());
    put_text(o, "instance", hi->instance);
    put_text(o, "on", hi->on);
    put_text(o, "what", what);
    return o;
}

static void
write_line(struct history *hi, struct json_object *o)
{
    CLEANUP_FREE char *text = put_done(o);

    scribe_write(hi->scribe, text, strlen(text));
}

static void
put_incident(struct json_object *o, const struct incident *inc)
{
    char time[JOURNAL_TIME_MAX];

    journal_time_format(inc->saved.incident_ns, time);
    put_text(o, "node", inc->node);
    put_text(o, "incident", time);
}

static void
put_vm(struct json_object *o, const struct vm *v)
{
    put_text(o, "vm", v->id);
    put_cut(o, "name", v->name);
}

void
history_start(struct history *hi)
{
    struct json_object *o = new_line(hi, "start");

    put_text(o, "version", PACKAGE_VERSION);
    write_line(hi, o);
}

/* --- hosts --------------------------------------------------------------- */

void
history_nodes(struct history *hi, const struct cluster_view *v)
{
    if (!hi)
        return;
    json_object_put(hi->nodes);
    hi->nodes = json_object_new_array();
    for (size_t i = 0; i < v->n_nodes; i++)
        if (!v->nodes[i].is_remote)
            json_object_array_add(hi->nodes,
                                  json_object_new_string(v->nodes[i].name));
}

void
history_host(struct history *hi, struct host *h, const struct opening_facts *f)
{
    unsigned verdict = (unsigned) h->certainty << 8 | (unsigned) h->opening;

    if (!hi || verdict == h->told_verdict ||
        (!h->told_verdict && h->certainty == NODE_ALIVE &&
         h->opening == OPEN_NOTHING))
        return;

    struct json_object *o = new_line(hi, "host");

    h->told_verdict = verdict;
    put_text(o, "node", h->node);
    put_text(o, "rule", "certainty");
    put_text(o, "certainty", certainty_name(h->certainty));
    put_text(o, "opening", opening_name(h->opening));
    put_text(o, "reason", certainty_text(h->certainty));
    json_object_object_add(o, "facts", facts_of_host(f));
    write_line(hi, o);
}

/* --- changes ------------------------------------------------------------- */

static uint32_t
mix(uint32_t hash, const void *data, size_t len) /* FNV-1a */
{
    const unsigned char *s = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ s[i]) * 16777619u;
    return hash;
}

static uint32_t
mix_text(uint32_t hash, const char *text)
{
    return text ? mix(hash, text, strlen(text)) : hash;
}

static void
write_incident(struct history *hi, const struct host *h, bool is_closed)
{
    const struct incident *inc = h->incident;
    struct json_object *o = new_line(hi, "incident");

    put_incident(o, inc);
    put_text(o, "host", inc->host);
    put_text(o, "rule", "incident");
    put_text(o, "phase", host_phase_name(inc->saved.phase));
    put_text(o, "reason", report_obstacle(h));
    put_bool(o, "is_saved", inc->is_saved);
    put_bool(o, "is_closed", is_closed);
    put_bool(o, "was_resumed", inc->was_resumed);
    json_object_object_add(o, "times", report_times(inc));
    json_object_object_add(o, "vms", report_counts(inc));
    write_line(hi, o);
}

/* Called at every turn of the loop: the VMs are counted seldom. */
void
history_incident(struct history *hi, struct host *h)
{
    const struct incident *inc = h->incident;
    int64_t now_ms = clock_mono_ms();
    size_t n[N_VM_PHASES];
    uint32_t state, counts;

    if (!hi || !inc)
        return;
    state = mix(1, &inc->began_ms, sizeof inc->began_ms);
    state = mix(state, &inc->saved.phase, sizeof inc->saved.phase);
    state = mix(state, &inc->is_saved, sizeof inc->is_saved);
    state = mix_text(state, report_obstacle(h));
    if (state == h->told_state && now_ms - h->told_ms < COUNTS_MS)
        return;
    incident_count(inc, n);
    counts = mix(0, n, sizeof n);
    h->told_ms = now_ms;
    if (state == h->told_state && counts == h->told_counts)
        return;
    h->told_state = state;
    h->told_counts = counts;
    write_incident(hi, h, false);
}

void
history_closed(struct history *hi, const struct host *h)
{
    if (hi && h->incident)
        write_incident(hi, h, true);
}

/* What put it where it is. */
static const char *
rule_of(const struct vm *v)
{
    switch (v->phase) {
    case VM_WAITING:
        return v->is_held ? "disk" : v->attempts ? "queue" : "order";
    case VM_POSTING: break;
    case VM_UNKNOWN: return "settle";
    case VM_MOVING: return "in flight";
    case VM_ARRIVED: return "verify";
    case VM_RESTORING: return "intent";
    case VM_STARTING: return "return";
    case VM_RECOVERED: return "verified";
    case VM_GONE: return "gone";
    case VM_BLOCKED: return "blocked";
    case VM_SKIPPED: return v->choice != CHOICE_RECOVER ? "select" : "skip";
    case VM_HELD: return "state";
    case N_VM_PHASES: break;
    }
    return "?";
}

/* FACTS: what it was sorted by just now, or NULL. */
static void
tell_vm(struct history *hi, const struct incident *inc, struct vm *v,
        const struct server_fact *facts)
{
    uint32_t state = mix(2, &v->phase, sizeof v->phase);

    state = mix(state, &v->attempts, sizeof v->attempts);
    state = mix_text(state, vm_reason(v));
    if (state == v->told || v->phase == VM_POSTING) /* the call is told */
        return;
    v->told = state;

    struct json_object *o = new_line(hi, "vm");

    put_incident(o, inc);
    put_vm(o, v);
    put_text(o, "rule", rule_of(v));
    put_text(o, "phase", vm_phase_name(v->phase));
    if (vm_reason(v))
        put_cut(o, "reason", vm_reason(v));
    if (v->attempts)
        put_int(o, "attempts", v->attempts);
    if (v->was_stopped)
        put_bool(o, "was_stopped", true);
    if (facts) {
        struct json_object *f = facts_of_server(facts);

        facts_add_live(f, &v->live);
        json_object_object_add(o, "facts", f);
    }
    write_line(hi, o);
}

void
history_servers(struct history *hi, const struct incident *inc,
                const struct server_fact *s, size_t n, int64_t asked_ms)
{
    for (size_t i = 0; hi && i < n; i++) {
        struct vm *v = incident_vm(inc, s[i].id);

        /* else something newer is known of it */
        if (v && v->read_ms <= asked_ms)
            tell_vm(hi, inc, v, &s[i]);
    }
}

void
history_vm(struct history *hi, const struct incident *inc, struct vm *v)
{
    if (hi)
        tell_vm(hi, inc, v, NULL);
}

void
history_vms(struct history *hi, const struct incident *inc)
{
    for (size_t i = 0; hi && i < inc->n_vms; i++)
        tell_vm(hi, inc, inc->by_key[i], NULL);
}

/* --- calls --------------------------------------------------------------- */

/* What a change of the host's own is allowed by. */
static struct json_object *
facts_of_change(const struct incident *inc)
{
    struct json_object *o = json_object_new_object();

    put_text(o, "certainty", certainty_name(inc->certainty));
    put_text(o, "phase", host_phase_name(inc->saved.phase));
    put_bool(o, "is_saved", inc->is_saved);
    put_bool(o, "is_down", inc->is_down);
    put_bool(o, "has_returned", inc->has_returned);
    return o;
}

void
history_call(struct history *hi, const struct incident *inc, const char *name,
             const struct step *s)
{
    bool is_call = s->kind == STEP_EVACUATE || s->kind == STEP_RESET_VM ||
                   s->kind == STEP_CONFIRM_VM;

    if (!hi)
        return;

    struct json_object *o = new_line(hi, "call");

    put_incident(o, inc);
    if (s->vm)
        put_vm(o, s->vm);
    put_text(o, "rule", "may call");
    put_text(o, "step", name);
    json_object_object_add(o, "facts",
                           is_call ? facts_of_call(&s->facts)
                                   : facts_of_change(inc));
    write_line(hi, o);
}

static void
put_answer(struct json_object *o, const char *step,
           const struct nova_result *res, const char *verdict)
{
    put_text(o, "rule", "answer");
    put_text(o, "step", step);
    put_int(o, "status", res->status);
    put_bool(o, "was_sent", res->was_sent);
    put_cut(o, "request", res->request_id);
    if (res->detail[0])
        put_cut(o, "detail", res->detail);
    else if (res->err)
        put_cut(o, "reason", res->err->text);
    if (verdict)
        put_text(o, "verdict", verdict);
}

void
history_answer(struct history *hi, const struct incident *inc, const char *step,
               struct vm *v, const struct nova_result *res, const char *verdict)
{
    if (!hi)
        return;

    struct json_object *o = new_line(hi, "answer");

    put_incident(o, inc);
    if (v)
        put_vm(o, v);
    put_answer(o, step, res, verdict);
    write_line(hi, o);
}

/* --- the brake, and reserved hosts --- */

void
history_brake(struct history *hi, const struct incident *inc, const char *rule,
              const char *why, const struct brake_facts *f,
              const struct brake_rules *rules)
{
    if (!hi)
        return;

    struct json_object *o = new_line(hi, "brake");

    put_incident(o, inc);
    put_text(o, "rule", rule);
    put_text(o, "phase", why ? "held" : "let go");
    put_text(o, "reason", why ? why : "the brake does not hold it any more");
    json_object_object_add(o, "facts",
                           facts_of_brake(f, rules, inc->failed_ns));
    write_line(hi, o);
}

static struct reserve_case
case_of(const struct reserve_pool *p, const struct reserve *r)
{
    bool is_taken = r->has_entry && !r->saved.is_used;

    return (struct reserve_case){
        .is_needed = p->is_needed,
        .is_wanted = r->is_wanted,
        .has_incident = p->incident_ns != 0,
        .is_reserved = r->is_reserved,
        .is_usable = r->is_usable,
        .is_fresh = reserve_is_fresh(p, r),
        .has_service = r->service_id != NULL,
        .is_disabled = r->is_disabled,
        .is_sound = r->is_sound,
        .has_entry = r->has_entry,
        .is_used = r->has_entry && r->saved.is_used,
        .is_unsure = r->is_unsure,
        .wants_entry = is_taken && reserve_wants_entry(p, r, NULL),
        .is_withdrawn = r->is_withdrawn,
        .was_listed = r->was_listed,
        .has_vms = r->has_vms,
    };
}

void
history_reserve(struct history *hi, const struct reserve_pool *p,
                const struct reserve_step *s)
{
    const char *step = reserve_step_name(s);
    struct reserve_case c;
    char time[JOURNAL_TIME_MAX];

    if (!hi || !step)
        return;

    struct json_object *o = new_line(hi, "reserve");

    c = case_of(p, s->r);
    journal_time_format(s->kind == RESERVE_SAVE ? s->entry.incident_ns
                                                : s->r->saved.incident_ns,
                        time);
    put_text(o, "node", s->r->node);
    put_text(o, "incident", time);
    put_text(o, "rule", "reserve");
    put_text(o, "step", step);
    if (s->kind == RESERVE_JOIN || s->kind == RESERVE_LEAVE)
        put_int(o, "set", s->set);
    json_object_object_add(o, "facts", facts_of_reserve(&c));
    write_line(hi, o);
}

/* --- VMs on living hosts ------------------------------------------------- */

static struct json_object *
repair_line(const struct history *hi, const char *what, const struct repair *r)
{
    struct json_object *o = new_line(hi, what);

    put_text(o, "node", r->node);
    put_text(o, "vm", r->id);
    if (r->name)
        put_cut(o, "name", r->name);
    return o;
}

static void
write_repair(struct history *hi, const struct repair *r, const char *phase)
{
    struct json_object *o = repair_line(hi, "vm", r);
    const char *reason = repair_reason(r);

    put_text(o, "rule", "restart");
    put_text(o, "phase", phase);
    put_text(o, "fault", fault_why_name(r->why));
    if (reason)
        put_cut(o, "reason", reason);
    if (r->n_calls)
        put_int(o, "attempts", r->n_calls);
    write_line(hi, o);
}

void
history_repair(struct history *hi, struct repair *r)
{
    uint32_t state = mix(3, &r->phase, sizeof r->phase);

    state = mix(state, &r->n_calls, sizeof r->n_calls);
    state = mix_text(state, repair_reason(r));
    if (!hi || state == r->told || r->phase == REPAIR_CALLING)
        return;
    r->told = state;
    write_repair(hi, r, repair_phase_name(r->phase));
}

void
history_repair_over(struct history *hi, struct repair *r)
{
    if (hi)
        write_repair(hi, r, r->was_mended ? "restarted" : "fault gone");
}

void
history_repair_call(struct history *hi, const struct repair *r,
                    const char *step, const struct restart_facts *f)
{
    struct json_object *o;

    if (!hi)
        return;
    o = repair_line(hi, "call", r);
    put_text(o, "rule", "restart");
    put_text(o, "step", step);
    json_object_object_add(o, "facts", facts_of_restart(f));
    write_line(hi, o);
}

void
history_repair_answer(struct history *hi, const struct repair *r,
                      const char *step, const struct nova_result *res,
                      enum answer a)
{
    struct json_object *o;

    if (!hi)
        return;
    o = repair_line(hi, "answer", r);
    put_answer(o, step, res, answer_name(a));
    write_line(hi, o);
}

/* --- what others ask ------------------------------------------------------ */

struct asked {
    struct daemon *d;
    char *id;
    reply_fn *fn;
};

static void
on_found(const char *reply, void *arg)
{
    struct asked *a = arg;

    a->fn(a->d, a->id,
          reply ? reply
                : "{\"error\":\"the decision log cannot be read now\"}");
    free(a->id);
    free(a);
}

void
history_ask(struct daemon *d, struct json_object *request, const char *id,
            reply_fn *fn)
{
    struct asked *a = xcalloc(1, sizeof *a);

    *a = (struct asked){ d, xstrdup(id), fn };
    json_object_object_add(request, "nodes",
                           json_object_get(d->history->nodes));
    scribe_ask(d->history->scribe, json_object_to_json_string(request),
               on_found, a);
}

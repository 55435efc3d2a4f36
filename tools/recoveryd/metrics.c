/* What the daemon counts.  One table has each family's name, type and help, and
 * what gives its samples; text and manual are made of it.
 */
#include "metrics.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "openmetrics.h"
#include "xalloc.h"

enum { TEXT_MAX = 1024 * 1024, KINDS_MAX = 32 };

static const char *const spans[N_SPANS] = {
    [SPAN_DOWN] = "forced_down",
    [SPAN_FIRST_CALL] = "first_call",
    [SPAN_FIRST_VM] = "first_vm",
    [SPAN_DONE] = "done",
};

enum result { OK, REFUSED, FAILED, LOST, UNSENT, N_RESULTS };
static const char *const results[N_RESULTS] = {
    [OK] = "ok",     [REFUSED] = "refused", [FAILED] = "failed",
    [LOST] = "lost", [UNSENT] = "unsent",
};

/* Requests of one kind. */
struct requests {
    const char *what; /* NULL: none yet */
    struct om_histogram by[N_RESULTS];
};

enum { MENDED, FAULT_GONE, SPENT, N_REPAIR_ENDS };
static const char *const repair_ends[N_REPAIR_ENDS] = {
    [MENDED] = "restarted",
    [FAULT_GONE] = "fault_gone",
    [SPENT] = "spent",
};

static const char *const hooks[] = { "alert", "webhook" };
static const char *const hook_results[] = { "delivered", "failed", "left_out" };

struct metrics {
    uint64_t hooks[N_ELEMENTS(hooks)][N_ELEMENTS(hook_results)];
    uint64_t tidings[N_TIDINGS], vm_ends[N_VM_PHASES];
    uint64_t repair_ends[N_REPAIR_ENDS];
    struct om_histogram spans[N_SPANS];
    struct requests requests[KINDS_MAX];
};

struct metrics *
metrics_new(void)
{
    return xcalloc(1, sizeof(struct metrics));
}

void
metrics_free(struct metrics *m)
{
    free(m);
}

/* --- counting --------------------------------------------------------------
 */

void
metrics_tiding(struct metrics *m, enum tiding t)
{
    if (m)
        m->tidings[t]++;
}

void
metrics_vm(struct metrics *m, enum vm_phase end)
{
    if (m)
        m->vm_ends[end]++;
}

void
metrics_span(struct metrics *m, enum span s, int64_t ms)
{
    if (m) /* clocks of two nodes: the fencer's may be ahead */
        om_observe(&m->spans[s], ms > 0 ? (double) ms / 1000 : 0);
}

void
metrics_repair(struct metrics *m, const char *outcome)
{
    for (size_t i = 0; m && i < N_REPAIR_ENDS; i++)
        m->repair_ends[i] += strcmp(repair_ends[i], outcome) == 0;
}

void
metrics_hook(struct metrics *m, const char *hook, const char *result)
{
    for (size_t i = 0; m && i < N_ELEMENTS(hooks); i++)
        for (size_t k = 0; k < N_ELEMENTS(hook_results); k++)
            m->hooks[i][k] += strcmp(hooks[i], hook) == 0 &&
                              strcmp(hook_results[k], result) == 0;
}

static enum result
result_of(const struct nova_result *r)
{
    if (!r->status)
        return r->was_sent ? LOST : UNSENT;
    return r->status >= 500 ? FAILED : r->status >= 400 ? REFUSED : OK;
}

void
metrics_nova(const char *what, const struct nova_result *r, void *arg)
{
    struct metrics *m = arg;

    for (size_t i = 0; i < KINDS_MAX; i++) {
        struct requests *q = &m->requests[i];

        if (q->what && strcmp(q->what, what) != 0)
            continue;
        q->what = what;
        om_observe(&q->by[result_of(r)], (double) r->took_ms / 1000);
        return;
    }
}

/* --- samples ---------------------------------------------------------------
 */

struct metric;
struct page {
    struct buf *b;
    const struct daemon *d;
    const struct metric *metric;
};

struct metric {
    const char *name;
    enum om_type type;
    const char *help;
    const char *label; /* or NULL */
    void (*put)(struct page *p);
};

static void
put(struct page *p, const char *label, double value)
{
    const struct om_label labels[] = {
        { "resource", p->d->instance },
        { label ? p->metric->label : NULL, label },
        { NULL, NULL },
    };

    om_sample(p->b, p->metric->name, p->metric->type, labels, value);
}

static void
put_updated(struct page *p)
{
    put(p, NULL, (double) clock_wall_ms() / 1000);
}

static void
put_degraded(struct page *p)
{
    CLEANUP_FREE char *health = daemon_health(p->d);

    put(p, NULL, strcmp(health, "ready") != 0);
}

static void
put_quorate(struct page *p)
{
    put(p, NULL, p->d->is_quorate);
}

static void
put_disarmed(struct page *p)
{
    put(p, NULL, arming_holds(p->d));
}

static void
put_cloud(struct page *p)
{
    put(p, NULL, !p->d->cloud_trouble);
}

static void
put_watched(struct page *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->d->n_hosts; i++)
        n += p->d->hosts[i]->is_expected;
    put(p, NULL, (double) n);
}

static void
put_hosts(struct page *p)
{
    size_t n[PHASE_RELEASED + 1] = { 0 }, n_held = 0;

    for (size_t i = 0; i < p->d->n_hosts; i++) {
        const struct host *h = p->d->hosts[i];

        if (h->incident)
            n[h->incident->saved.phase]++;
        else
            n_held += h->opening == OPEN_HELD;
    }
    put(p, "held", (double) n_held);
    for (enum host_phase k = PHASE_FENCED; k <= PHASE_RELEASED; k++)
        put(p, host_phase_name(k), (double) n[k]);
}

static void
put_braked(struct page *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->d->n_hosts; i++)
        n += p->d->hosts[i]->brake_text != NULL;
    put(p, NULL, (double) n);
}

static void
put_quarantined(struct page *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->d->n_hosts; i++)
        n += p->d->hosts[i]->incident &&
             p->d->hosts[i]->incident->back.is_quarantined;
    put(p, NULL, (double) n);
}

static void
put_shut(struct page *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->d->n_hosts; i++)
        n += scheduling_is_shut(&p->d->hosts[i]->scheduling);
    put(p, NULL, (double) n);
}

/* The words of the status document, which has VMs by the same. */
static const struct {
    const char *name;
    unsigned phases; /* 1 << enum vm_phase */
} states[] = {
    { "recovered", 1 << VM_RECOVERED },
    { "in_flight", 1 << VM_POSTING | 1 << VM_MOVING | 1 << VM_ARRIVED |
                       1 << VM_RESTORING | 1 << VM_STARTING },
    { "waiting", 1 << VM_WAITING | 1 << VM_UNKNOWN },
    { "failed", 1 << VM_BLOCKED },
    { "held", 1 << VM_HELD },
    { "skipped", 1 << VM_SKIPPED },
    { "gone", 1 << VM_GONE },
};

static void
put_vms(struct page *p)
{
    uint64_t n[N_VM_PHASES] = { 0 };

    for (size_t i = 0; i < p->d->n_hosts; i++) {
        const struct incident *inc = p->d->hosts[i]->incident;

        for (size_t k = 0; inc && k < inc->n_vms; k++)
            n[inc->by_key[k]->phase]++;
    }
    for (size_t i = 0; i < N_ELEMENTS(states); i++) {
        uint64_t sum = 0;

        for (size_t k = 0; k < N_VM_PHASES; k++)
            sum += states[i].phases >> k & 1 ? n[k] : 0;
        put(p, states[i].name, (double) sum);
    }
}

static void
put_vm_ends(struct page *p)
{
    for (size_t i = 0; i < N_ELEMENTS(states); i++) {
        uint64_t sum = 0;

        for (enum vm_phase k = 0; k < N_VM_PHASES; k++)
            sum += states[i].phases >> k & 1 ? p->d->metrics->vm_ends[k] : 0;
        if (strcmp(states[i].name, "in_flight") != 0 &&
            strcmp(states[i].name, "waiting") != 0)
            put(p, states[i].name, (double) sum);
    }
}

static void
put_tidings(struct page *p)
{
    for (enum tiding t = 0; t < N_TIDINGS; t++)
        put(p, tiding_name(t), (double) p->d->metrics->tidings[t]);
}

static void
put_spans(struct page *p)
{
    for (size_t i = 0; i < N_SPANS; i++) {
        const struct om_label labels[] = { { "resource", p->d->instance },
                                           { p->metric->label, spans[i] },
                                           { NULL, NULL } };

        om_histogram(p->b, p->metric->name, labels, &p->d->metrics->spans[i]);
    }
}

static void
put_posting(struct page *p)
{
    put(p, NULL, p->d->n_posting);
}

static void
put_window(struct page *p)
{
    put(p, NULL, p->d->window.size);
}

static void
put_requests(struct page *p)
{
    for (const struct requests *q = p->d->metrics->requests;
         q < &p->d->metrics->requests[KINDS_MAX] && q->what; q++)
        for (size_t i = 0; i < N_RESULTS; i++) {
            const struct om_label labels[] = { { "resource", p->d->instance },
                                               { "request", q->what },
                                               { "result", results[i] },
                                               { NULL, NULL } };

            if (!om_is_empty(&q->by[i]))
                om_histogram(p->b, p->metric->name, labels, &q->by[i]);
        }
}

static void
put_repairs(struct page *p)
{
    uint64_t n[N_REPAIR_PHASES] = { 0 };

    for (size_t i = 0; i < p->d->n_repairs; i++)
        n[p->d->repairs[i]->phase]++;
    for (enum repair_phase k = 0; k < N_REPAIR_PHASES; k++)
        put(p, repair_phase_name(k), (double) n[k]);
}

static void
put_repair_ends(struct page *p)
{
    for (size_t i = 0; i < N_REPAIR_ENDS; i++)
        put(p, repair_ends[i], (double) p->d->metrics->repair_ends[i]);
}

static void
put_faults(struct page *p)
{
    uint64_t n[N_FAULT_KINDS] = { 0 };

    for (size_t i = 0; i < p->d->n_hosts; i++) {
        const struct watched *w = &p->d->hosts[i]->watched;

        for (size_t k = 0; k < w->n_faults; k++)
            n[w->faults[k].kind]++;
    }
    for (enum fault_kind k = FAULT_PROCESS; k < N_FAULT_KINDS; k++)
        put(p, fault_kind_name(k), (double) n[k]);
}

static void
put_hooks(struct page *p)
{
    for (size_t i = 0; i < N_ELEMENTS(hooks); i++)
        for (size_t k = 0; k < N_ELEMENTS(hook_results); k++) {
            const struct om_label labels[] = { { "resource", p->d->instance },
                                               { "hook", hooks[i] },
                                               { "result", hook_results[k] },
                                               { NULL, NULL } };

            om_sample(p->b, p->metric->name, p->metric->type, labels,
                      (double) p->d->metrics->hooks[i][k]);
        }
}

/* --- the table -------------------------------------------------------------
 */

/* clang-format off */
static const struct metric table[] = {
    { "vmha_update_time_seconds", OM_GAUGE,
      "When this was written; an old time is that of a daemon that crashed or moved.",
      NULL, put_updated },
    { "vmha_degraded", OM_GAUGE,
      "1 while the resource is not ready; vmha status has the reason.",
      NULL, put_degraded },
    { "vmha_quorate", OM_GAUGE,
      "1 while the daemon's partition has quorum.", NULL, put_quorate },
    { "vmha_disarmed", OM_GAUGE,
      "1 while nothing in the cloud is changed (vmha disarm, enabled=false).",
      NULL, put_disarmed },
    { "vmha_cloud_up", OM_GAUGE,
      "1 while the cloud answers.", NULL, put_cloud },
    { "vmha_watched_hosts", OM_GAUGE,
      "Compute hosts that the resource recovers.", NULL, put_watched },
    { "vmha_hosts", OM_GAUGE,
      "Failed hosts, by the phase of their recovery.", "phase", put_hosts },
    { "vmha_braked_hosts", OM_GAUGE,
      "Failed hosts that the brake holds.", NULL, put_braked },
    { "vmha_quarantined_hosts", OM_GAUGE,
      "Hosts that stay disabled as they failed too often.",
      NULL, put_quarantined },
    { "vmha_shut_hosts", OM_GAUGE,
      "Living hosts that take no new VMs because of a fault.", NULL, put_shut },
    { "vmha_vms", OM_GAUGE,
      "VMs of failed hosts, by how far they are; those that wait are the queue.",
      "state", put_vms },
    { "vmha_vm_ends", OM_COUNTER,
      "VMs of failed hosts, by what became of them; who takes a recovery over counts it anew.",
      "outcome", put_vm_ends },
    { "vmha_events", OM_COUNTER,
      "What hooks are told of, by kind.", "event", put_tidings },
    { "vmha_hooks", OM_COUNTER,
      "What became of telling them (left_out: too many waited).",
      "hook, result", put_hooks },
    { "vmha_recovery_seconds", OM_HISTOGRAM,
      "Time from the end of a fencing until Nova knew, until the first call for a VM, the first VM, and the last one.",
      "until", put_spans },
    { "vmha_calls_in_flight", OM_GAUGE,
      "Evacuation requests that Nova has not answered yet.",
      NULL, put_posting },
    { "vmha_calls_in_flight_max", OM_GAUGE,
      "How many may be, now.", NULL, put_window },
    { "vmha_nova_request_seconds", OM_HISTOGRAM,
      "Requests to Nova by what they are for and how they ended (lost: no answer; unsent: no connection).",
      "request, result", put_requests },
    { "vmha_repairs", OM_GAUGE,
      "VMs that died on living hosts, by how far their restart is.",
      "phase", put_repairs },
    { "vmha_repair_ends", OM_COUNTER,
      "The same by what became of them.", "outcome", put_repair_ends },
    { "vmha_faults", OM_GAUGE,
      "Processes and mounts that living hosts lack.", "kind", put_faults },
};
/* clang-format on */

char *
metrics_text(const struct daemon *d)
{
    CLEANUP_BUF struct buf b = BUF_INIT(TEXT_MAX);

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct page p = { &b, d, &table[i] };

        om_family(&b, table[i].name, table[i].type, table[i].help);
        table[i].put(&p);
    }
    om_end(&b);
    return buf_take(&b);
}

void
metrics_print_pod(void)
{
    puts("=head1 METRICS\n\n=over 4\n");
    for (size_t i = 0; i < N_ELEMENTS(table); i++)
        printf("=item B<%s>%s%s%s (%s)\n\n%s\n\n", table[i].name,
               table[i].label ? " {I<" : "",
               table[i].label ? table[i].label : "", table[i].label ? ">}" : "",
               om_type_name(table[i].type), table[i].help);
    puts("=back\n");
}

/* The brake: which failed hosts are held, because too many failed at once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "journal-names.h"
#include "log.h"
#include "scan.h"
#include "xalloc.h"

/* --- what is counted -------------------------------------------------------
 */

static bool
is_compute(const struct cluster_node *n)
{
    return n->is_remote || n->host || n->segment;
}

/* What the journal says of the hosts of other instances.  An entry of a node
 * that is not surely a compute host counts once Nova has confirmed it.
 */
static void
add_foreign(struct daemon *d, const struct cluster_view *v,
            const struct cluster_entry *e, const char *node)
{
    const struct cluster_node *n = cluster_view_node(v, node);
    const struct host *h = daemon_host(d, node);
    struct journal_host entry;
    struct vmha_error err;

    if ((h && !host_is_newly_ours(d, h)) ||
        journal_host_parse(e->value, &entry, &err) == -1 ||
        !brake_counts(&entry) ||
        (n && !is_compute(n) && entry.phase == PHASE_FENCED))
        return;
    d->braking.foreign_ns =
        xrealloc(d->braking.foreign_ns, d->braking.n_foreign + 1,
                 sizeof *d->braking.foreign_ns);
    d->braking.foreign_ns[d->braking.n_foreign++] =
        journal_host_failed_ns(&entry);
}

void
brake_read(struct daemon *d, const struct cluster_view *v)
{
    CLEANUP_FREE char *prefix = journal_host_name("");

    d->braking.n_foreign = 0;
    d->braking.total_hosts = 0;
    for (size_t i = 0; i < v->n_nodes; i++)
        d->braking.total_hosts += is_compute(&v->nodes[i]);
    for (size_t i = 0; i < v->n_entries; i++)
        if (strncmp(v->entries[i].name, prefix, strlen(prefix)) == 0)
            add_foreign(d, v, &v->entries[i],
                        v->entries[i].name + strlen(prefix));
}

/* A fencing that fails is repeated, and the host fails once: its failure is as
 * old as what this process saw of it first.
 */
static void
note_unproven(struct host *h)
{
    if (h->incident || !h->is_expected || h->opening != OPEN_HELD ||
        !brake_counts_unproven(h->certainty))
        h->unproven_ns = 0;
    else if (!h->unproven_ns)
        h->unproven_ns = h->death.has_fencing
                             ? h->death.fencing_ns
                             : h->death.fenced_s * INT64_C(1000000000);
}

/* Of our own hosts we know more than the journal, which we write. */
static bool
has_failed(const struct host *h)
{
    struct journal_host entry;

    if (!h->incident || (!h->is_expected && !h->incident->service_id &&
                         h->incident->saved.phase == PHASE_FENCED))
        return false;
    entry = incident_entry(h->incident);
    return brake_counts(&entry);
}

static int64_t *
failure_times(struct daemon *d, struct brake_facts *ret_facts)
{
    int64_t *times =
        xcalloc(d->n_hosts + d->braking.n_foreign + 1, sizeof *times);
    struct brake_facts f = { .total_hosts = d->braking.total_hosts };

    for (size_t i = 0; i < d->n_hosts; i++) {
        f.segment_hosts += d->hosts[i]->is_expected;
        note_unproven(d->hosts[i]);
        if (has_failed(d->hosts[i]))
            times[f.n_segment++] = d->hosts[i]->incident->failed_ns;
        else if (d->hosts[i]->unproven_ns)
            times[f.n_segment++] = d->hosts[i]->unproven_ns;
    }
    f.n_total = f.n_segment + d->braking.n_foreign;
    if (d->braking.n_foreign)
        memcpy(&times[f.n_segment], d->braking.foreign_ns,
               d->braking.n_foreign * sizeof *times);
    *ret_facts = f;
    return times;
}

/* --- which are held --------------------------------------------------------
 */

static char *
brake_text(const struct daemon *d, const struct brake_answer *a)
{
    bool is_total = a->brake == BRAKE_TOTAL;

    return xasprintf(
        "held by the brake: %u of %u hosts%s failed within %" PRIu64
        " s, %s=%s allows %u (vmha release lets it go on)",
        a->failed, a->hosts, is_total ? " of all segments" : "",
        d->conf.brake_window_ms / 1000,
        is_total ? "max_failed_hosts_total" : "max_failed_hosts",
        is_total ? d->conf.max_failed_total : d->conf.max_failed, a->allowed);
}

/* RULE: what says so. */
static void
tell(const struct daemon *d, struct host *h, const struct brake_answer *a,
     const struct brake_facts *f, const char *rule)
{
    bool is_braked = h->incident->is_braked;
    CLEANUP_FREE char *text = is_braked ? brake_text(d, a) : NULL;

    if (!text != !h->brake_text)
        history_brake(d->history, h->incident, rule, text, f,
                      &d->braking.rules);
    if (text && !h->brake_text)
        log_error("node='%s' incident='%s': %s", h->node,
                  incident_id(h->incident).text, text);
    else if (!text && h->brake_text)
        log_notice("node='%s' incident='%s': the brake does not hold it any "
                   "more",
                   h->node, incident_id(h->incident).text);
    xstrset(&h->brake_text, text);
}

static void
judge(struct daemon *d, struct host *h, const struct brake_facts *f)
{
    struct brake_answer a = { .brake = BRAKE_OFF };
    struct incident *inc = h->incident;
    const char *rule =
        inc->may_pass       ? "release"
        : inc->has_returned ? "return"
        : inc->saved.phase >= PHASE_DONE || brake_is_too_late(&inc->saved)
            ? "too late"
            : NULL;

    if (!rule)
        a = brake_of(f, &d->braking.rules, inc->failed_ns);
    if (a.brake != BRAKE_OFF &&
        brake_is_over(&d->braking.rules, inc->failed_ns, clock_wall_ms())) {
        a.brake = BRAKE_OFF;
        inc->may_pass = true; /* whatever the clock says later */
        rule = "brake_release_after";
    }
    incident_on_brake(inc, a.brake != BRAKE_OFF);
    tell(d, h, &a, f, rule ? rule : "brake");
}

void
brake_apply(struct daemon *d)
{
    struct brake_facts f;
    CLEANUP_FREE int64_t *times = failure_times(d, &f);

    f.times_ns = times;
    for (size_t i = 0; i < d->n_hosts; i++)
        if (d->hosts[i]->incident)
            judge(d, d->hosts[i], &f);
        else
            xstrset(&d->hosts[i]->brake_text, NULL);
}

char *
brake_forecast(struct daemon *d, const struct host *h)
{
    struct brake_facts f;
    CLEANUP_FREE int64_t *known = failure_times(d, &f);
    int64_t now_ns = clock_wall_ms() * 1000000;
    CLEANUP_FREE int64_t *times = xcalloc(f.n_total + 1, sizeof *times);
    struct brake_answer a;

    if (h->incident)
        return h->brake_text ? xstrdup(h->brake_text) : NULL;
    times[0] = now_ns;
    memcpy(&times[1], known, f.n_total * sizeof *times);
    f.times_ns = times;
    f.n_segment++;
    f.n_total++;
    a = brake_of(&f, &d->braking.rules, now_ns);
    return a.brake == BRAKE_OFF ? NULL : brake_text(d, &a);
}

char *
brake_summary(const struct daemon *d)
{
    const char *first = NULL;
    unsigned n = 0;

    for (size_t i = 0; i < d->n_hosts; i++)
        if (d->hosts[i]->brake_text) {
            first = first ? first : d->hosts[i]->brake_text;
            n++;
        }
    return first ? xasprintf("%u host%s %s", n, n == 1 ? "" : "s", first)
                 : NULL;
}

/* --- release
 * ------------------------------------------------------------------ */

bool
brake_release(struct daemon *d, bool *ret_is_saved)
{
    bool was_found = false;

    *ret_is_saved = true;
    for (size_t i = 0; i < d->n_hosts; i++) {
        struct incident *inc = d->hosts[i]->incident;

        if (!inc)
            continue;
        if (inc->is_braked && !inc->may_pass) {
            inc->may_pass = true;
            log_notice("released from the brake by the operator: node='%s' "
                       "incident='%s'",
                       inc->node, incident_id(inc).text);
        }
        if (!inc->may_pass || inc->saved.phase >= PHASE_DONE)
            continue;
        was_found = true;
        *ret_is_saved &= inc->is_saved && inc->saved.may_pass;
    }
    daemon_kick(d);
    return was_found;
}

void
brake_use_conf(struct daemon *d)
{
    struct brake_rules r = {
        .window_ms = (int64_t) d->conf.brake_window_ms,
        .release_after_ms = (int64_t) d->conf.brake_release_ms,
    };

    /* the configuration was checked */
    (void) scan_share(d->conf.max_failed, &r.segment.value,
                      &r.segment.is_percent);
    (void) scan_share(d->conf.max_failed_total, &r.total.value,
                      &r.total.is_percent);
    d->braking.rules = r;
}

void
brake_clear(struct daemon *d)
{
    free(d->braking.foreign_ns);
}

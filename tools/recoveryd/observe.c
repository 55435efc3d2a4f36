/* From a view of the cluster to hosts and incidents. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "journal-names.h"
#include "log.h"
#include "xalloc.h"

enum {
    /* An entry that is not as we wrote it for so long was changed by others. */
    LOST_MS = 2000,
    /* A node that is online so long after a fencing has really come back: the
     * CIB follows the fencer within a second... */
    RETURN_MS = 15000,
    OLD_MS = 120000, /* ...and soon enough, whatever the clocks say */
    NOTE_MS = 30000, /* a note of the hook, of a node that is online */
    /* So long may an instance act on a host that is not its own any more: as
     * long as a view is good, and a write of the journal is on its way.
     */
    HANDOVER_MS = STALE_MS + CLUSTER_WRITE_TIMEOUT_S * 1000,
};

void
host_free(struct host *h)
{
    if (!h)
        return;
    incident_free(h->incident);
    free(h->node);
    free(h->nova_host);
    free(h->intent);
    free(h->early_id);
    free(h->brake_text);
    free(h->watched.text);
    free(h->watched.faults);
    free(h->service_id);
    free(h);
}

bool
host_is_newly_ours(const struct daemon *d, const struct host *h)
{
    return !d->is_sole_owner ||
           (h->ours_since_ms && d->view_ms - h->ours_since_ms <= HANDOVER_MS);
}

/* The newest of all watermarks. */
static int64_t
newest_seen(const struct cluster_view *v)
{
    CLEANUP_FREE char *prefix = journal_seen_name(NULL);
    int64_t newest_ns = 0, ns;

    for (size_t i = 0; i < v->n_entries; i++)
        if (strncmp(v->entries[i].name, prefix, strlen(prefix)) == 0 &&
            journal_time_parse(v->entries[i].value, &ns) == 0 && ns > newest_ns)
            newest_ns = ns;
    return newest_ns;
}

/* Where this is the only instance, the host was nobody else's before it
 * started: then it need not wait.
 */
static void
add_host(struct daemon *d, const struct cluster_view *v, const char *node)
{
    struct host *h = xcalloc(1, sizeof *h);
    size_t i = daemon_host_place(d, node);

    h->node = xstrdup(node);
    if (d->has_view || v->n_instances > 1)
        h->ours_since_ms = v->read_ms;
    if (d->has_view) /* a fencing that its former owner has closed is over */
        h->former_seen_ns = newest_seen(v);
    d->hosts = xrealloc(d->hosts, d->n_hosts + 1, sizeof *d->hosts);
    memmove(&d->hosts[i + 1], &d->hosts[i],
            (d->n_hosts++ - i) * sizeof(struct host *));
    d->hosts[i] = h;
}

/* A node that is in no configuration any more may still have an entry.  Whose
 * it was is not known: the only instance takes it, or the one without segment.
 */
static void
match_orphans(struct daemon *d, const struct cluster_view *v)
{
    CLEANUP_FREE char *prefix = journal_host_name("");
    size_t len = strlen(prefix);

    for (size_t i = 0; i < v->n_entries; i++) {
        const char *node = v->entries[i].name + len;
        struct host *h;

        if (strncmp(v->entries[i].name, prefix, len) != 0 ||
            cluster_view_node(v, node) ||
            (d->conf.segment && v->n_instances > 1))
            continue;
        if (!daemon_host(d, node))
            add_host(d, v, node);
        h = daemon_host(d, node);
        h->is_listed = h->is_expected = true;
        if (!h->nova_host)
            h->nova_host = xstrdup(node);
    }
}

/* The name may be wrong until Nova's service of it was found: Nova would say
 * that it knows none, until the administrator sets vmha-host.
 */
static void
mend_name(struct host *h)
{
    struct incident *inc = h->incident;

    if (inc && !inc->service_id && !(inc->busy & BUSY_SERVICE))
        xstrset(&inc->host, h->nova_host);
}

/* Is it gone for good?  A node that left the configuration keeps its host while
 * it has an incident; one that another instance owns now does not: that
 * instance goes on from the journal.
 */
static bool
is_to_go(const struct cluster_view *v, const struct host *h)
{
    if (h->is_listed)
        return false;
    if (h->incident && cluster_view_node(v, h->node))
        log_notice("no longer ours: node='%s' phase='%s' incident='%s'",
                   h->node, host_phase_name(h->incident->saved.phase),
                   incident_id(h->incident).text);
    return !h->incident || cluster_view_node(v, h->node);
}

/* Keep one struct host for every owned node. */
static void
match_hosts(struct daemon *d, const struct cluster_view *v)
{
    for (size_t i = 0; i < d->n_hosts; i++)
        d->hosts[i]->is_listed = false;
    for (size_t i = 0; i < v->n_nodes; i++) {
        const struct cluster_node *n = &v->nodes[i];
        struct host *h;

        if (!segment_is_ours(d, v, n))
            continue;
        if (!daemon_host(d, n->name))
            add_host(d, v, n->name);
        h = daemon_host(d, n->name);
        h->is_listed = true;
        xstrset(&h->nova_host, n->host ? n->host : n->name);
        mend_name(h);
        h->is_expected = n->is_remote || n->host || n->segment;
        h->is_reserved = n->is_reserved;
    }
    match_orphans(d, v);
    for (size_t i = 0; i < d->n_hosts && !d->is_sole_owner; i++)
        d->hosts[i]->ours_since_ms = v->read_ms;
    for (size_t i = 0; i < d->n_hosts;) {
        if (!is_to_go(v, d->hosts[i])) {
            i++;
            continue;
        }
        host_free(d->hosts[i]);
        memmove(&d->hosts[i], &d->hosts[i + 1],
                (--d->n_hosts - i) * sizeof(struct host *));
    }
}

static bool
is_of_node(const struct cluster_fencing *f, const char *node)
{
    return strcmp(f->target, node) == 0 &&
           (f->action == FENCE_OFF || f->action == FENCE_REBOOT);
}

static void
find_fencing(const struct cluster_view *v, const char *node,
             struct death_facts *ret)
{
    CLEANUP_FREE struct fencing_fact *list =
        xcalloc(v->n_fencings, sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < v->n_fencings; i++) {
        const struct cluster_fencing *f = &v->fencings[i];

        if (is_of_node(f, node) && f->state != FENCE_PENDING)
            list[n++] = (struct fencing_fact){
                .ns = f->completed_ns,
                .has_succeeded = f->state == FENCE_DONE,
                .is_by_hand = f->is_human,
            };
    }
    certainty_take_fencing(ret, list, n);
}

static struct death_facts
death_facts_of(const struct daemon *d, const struct cluster_view *v,
               const struct host *h)
{
    const struct cluster_node *n = cluster_view_node(v, h->node);
    struct death_facts f = {
        .is_current = d->is_current,
        .is_unknown = !n,
        .is_quorate = d->is_quorate,
        .is_sole_owner = d->is_sole_owner,
        .is_newly_ours = host_is_newly_ours(d, h),
        .seen_ns =
            d->seen_ns > h->former_seen_ns ? d->seen_ns : h->former_seen_ns,
        .trusts_manual_ack = d->conf.trusts_manual_ack,
        .is_disarmed = arming_holds(d),
    };

    if (n) {
        f.is_remote = n->is_remote;
        f.is_online = n->is_online;
        f.is_unmanaged = n->is_unmanaged;
        f.is_resting = n->is_resting;
        f.shares_name = !n->is_online && segment_shares_name(v, n);
        f.fenced_s = n->fenced_s;
    }
    find_fencing(v, h->node, &f);
    return f;
}

/* The fencer knows of a fencing before the CIB shows the node as dead: only one
 * that is seen alive for a while since is back.  What the first view of this
 * process shows may have been so for long.
 */
static void
note_online(const struct daemon *d, const struct cluster_view *v,
            struct host *h)
{
    bool is_online =
        h->death.is_online && !(h->death.is_remote && h->death.fenced_s > 0);
    int64_t age_ms = clock_wall_ms() - h->death.fencing_ns / 1000000;

    if (!is_online || h->death.fencing_ns != h->fencing_ns) {
        h->online_since_ms = 0;
        h->was_long_ago = is_online && !d->has_view && age_ms > OLD_MS;
    }
    h->fencing_ns = h->death.fencing_ns;
    if (is_online && !h->online_since_ms)
        h->online_since_ms = v->read_ms;
    h->death.is_settled =
        is_online &&
        (h->was_long_ago || v->read_ms - h->online_since_ms > RETURN_MS);
}

static bool
is_being_fenced(const struct cluster_view *v, const char *node)
{
    for (size_t i = 0; i < v->n_fencings; i++)
        if (is_of_node(&v->fencings[i], node) &&
            v->fencings[i].state == FENCE_PENDING)
            return true;
    return false;
}

/* The note comes before the fencing ends, and while the node still counts as
 * alive.
 */
static void
judge_note(const struct cluster_view *v, struct host *h)
{
    if (!h->intent || !h->online_since_ms || is_being_fenced(v, h->node))
        h->note_ms = 0;
    else if (!h->note_ms)
        h->note_ms = v->read_ms;
    h->death.is_note_old = h->note_ms && v->read_ms - h->note_ms > NOTE_MS;
    if (h->intent)
        (void) journal_time_parse(h->intent, &h->death.noted_ns);
}

/* An entry that cannot be read: nothing is known of what was posted. */
static struct journal_host
worst_entry(int64_t incident_ns)
{
    return (struct journal_host){ .phase = PHASE_FENCED,
                                  .incident_ns = incident_ns,
                                  .has_mark = true,
                                  .mark = { 0, UINT32_MAX } };
}

static void
open_incident(struct host *h, const struct opening_facts *f,
              const struct journal_host *entry)
{
    int64_t ns = certainty_failure_ns(&h->death), now_ms = clock_mono_ms();
    struct journal_host worst = worst_entry(ns);
    struct incident *inc;

    if (f->is_entry_broken)
        inc = incident_renew(h->node, h->nova_host, &worst, ns, now_ms);
    else if (f->has_entry)
        inc = incident_renew(h->node, h->nova_host, entry, ns, now_ms);
    else
        inc = incident_new(h->node, h->nova_host, ns, now_ms);
    inc->is_expected = h->is_expected || h->intent;
    incident_free(h->incident);
    h->incident = inc;
    if (!f->has_entry && !f->is_entry_broken)
        scout_report(h, now_ms);
    log_notice("host failed%s: node='%s' host='%s' incident='%s' noted='%s'",
               h->certainty == NODE_ALIVE ? ", and is back" : "", h->node,
               h->nova_host, incident_id(inc).text, h->intent ? h->intent : "");
}

static void
resume_incident(struct host *h, const struct journal_host *entry)
{
    if (h->incident)
        return;
    h->incident =
        incident_resume(h->node, h->nova_host, entry, clock_mono_ms());
    h->incident->is_expected = h->is_expected || h->intent;
    log_notice("taking over: node='%s' phase='%s' incident='%s'", h->node,
               host_phase_name(entry->phase), incident_id(h->incident).text);
}

/* What we wrote must be there for the next process: after an edit of the CIB by
 * hand, or a restored one, it is written again.  A single view may be older
 * than our write.
 */
static void
check_entry(struct host *h, const struct cluster_view *v,
            const struct journal_host *entry)
{
    struct incident *inc = h->incident;

    if (!inc || !inc->is_saved || inc->busy & BUSY_JOURNAL || h->is_deleting ||
        (entry && journal_host_equal(entry, &inc->saved))) {
        h->lost_ms = 0;
    } else if (h->lost_ms == 0) {
        h->lost_ms = v->read_ms;
    } else if (v->read_ms - h->lost_ms > LOST_MS) {
        log_warning("journal: node='%s' incident='%s': its entry was changed, "
                    "writing it again",
                    h->node, incident_id(inc).text);
        inc->is_saved = false;
        h->lost_ms = 0;
    }
}

static void
let_go(struct host *h)
{
    if (!h->incident)
        return;
    log_notice("waiting for another instance: node='%s' in phase '%s'", h->node,
               host_phase_name(h->incident->saved.phase));
    incident_free(h->incident);
    h->incident = NULL;
}

static void
judge_host(struct daemon *d, const struct cluster_view *v, struct host *h)
{
    CLEANUP_FREE char *name = journal_host_name(h->node);
    const struct cluster_entry *e = cluster_view_entry(v, name);
    struct opening_facts f = { .death = &h->death };
    struct journal_host entry = { 0 };
    struct vmha_error err;

    h->death = death_facts_of(d, v, h);
    note_online(d, v, h);
    judge_note(v, h);
    if (h->death.is_newly_ours) /* the other may have gone on with it */
        let_go(h);
    if (e && journal_host_parse(e->value, &entry, &err) == 0) {
        f.has_entry = true;
        f.entry_phase = entry.phase;
    } else if (e) {
        f.is_entry_broken = true;
        if (!h->incident && !h->has_broken_entry)
            log_error("journal: %s: %s", name, err.text);
    }
    h->has_broken_entry = f.is_entry_broken;
    check_entry(h, v, f.has_entry ? &entry : NULL);
    if (h->incident) { /* we know more than the journal, which we write */
        f.has_entry = true;
        f.is_entry_broken = false;
        entry = incident_entry(h->incident);
        entry.phase = f.entry_phase = h->incident->saved.phase;
        entry.has_mark = h->incident->saved.has_mark; /* not beyond it */
        entry.mark = h->incident->saved.mark;
    }
    h->death.entry_ns = f.has_entry ? entry.incident_ns : 0;
    h->death.has_returned = f.has_entry && entry.has_returned;
    h->certainty = certainty_of(&h->death);
    h->opening = opening_of(&f);
    history_host(d->history, h, &f);
    if (h->opening == OPEN_NEW && f.has_entry &&
        entry.phase != PHASE_RELEASED) /* its return was not seen, or not yet */
        h->earlier_ns = entry.incident_ns;
    if (h->opening == OPEN_NEW)
        open_incident(h, &f, &entry);
    else if (h->opening == OPEN_RESUME && f.has_entry)
        resume_incident(h, &entry);
    if (h->incident) {
        incident_on_disarmed(h->incident, h->death.is_disarmed);
        incident_on_certainty(h->incident, h->certainty, h->death.fencing_ns);
        incident_on_quorum(h->incident, d->is_quorate);
    }
    close_read_flaps(d, v, h);
}

/* --- the view --------------------------------------------------------- */

static void
read_intents(struct daemon *d, const struct cluster_view *v)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        CLEANUP_FREE char *name = journal_intent_name(d->hosts[i]->node);
        const struct cluster_entry *e = cluster_view_entry(v, name);
        struct host *h = d->hosts[i];

        if (e && d->is_sole_owner && d->has_view && !h->incident &&
            (!h->intent || strcmp(h->intent, e->value) != 0))
            scout_send(d, h);
        if (e && h->intent && strcmp(h->intent, e->value) != 0)
            h->note_ms = 0;
        xstrset(&h->intent, e ? e->value : NULL);
    }
}

/* Tell the administrator, once, of what makes no sense in the CIB. */
static void
tell_problem(struct daemon *d, const char *problem)
{
    if (problem && (!d->cib_problem || strcmp(problem, d->cib_problem) != 0))
        log_warning("CIB: %s", problem);
    xstrset(&d->cib_problem, problem);
}

void
observe(struct daemon *d, const struct cluster_view *v)
{
    d->is_current = v->has_cib && v->has_history;
    d->is_quorate = v->is_quorate;
    if (!d->is_current) { /* nothing new to learn: no one is certainly dead */
        for (size_t i = 0; i < d->n_hosts; i++)
            if (d->hosts[i]->incident)
                incident_on_certainty(d->hosts[i]->incident, NOT_CURRENT, 0);
        return;
    }
    tell_problem(d, v->problem);
    d->view_ms = v->read_ms;
    segment_survey(d, v);
    history_nodes(d->history, v);
    close_read_seen(d, v);
    arming_read(d, v);
    match_hosts(d, v);
    read_intents(d, v);
    brake_read(d, v);
    for (size_t i = 0; i < d->n_hosts; i++)
        judge_host(d, v, d->hosts[i]);
    faults_observe(d, v);
    reserved_observe(d, v);
    if (d->is_sole_owner && d->is_quorate)
        close_what_is_over(d, v);
    if (d->is_sole_owner && d->is_quorate)
        gates_observe(d, v);
    forget_observe(d, v);
    d->has_view = true;
}

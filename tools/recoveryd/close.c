/* Closing what is over: the watermark, entries and notes of the journal. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "comeback.h"
#include "daemon.h"
#include "journal-names.h"
#include "log.h"
#include "xalloc.h"

struct closing {
    struct pending base;
    int64_t seen_ns;
    char *id; /* of a request that waits for it, or NULL */
    reply_fn *reply;
};

static void
closing_clear(void *question)
{
    struct closing *c = question;

    free(c->id);
}

static struct closing *
closing_new(struct daemon *d, const char *node, int64_t seen_ns)
{
    struct closing *c = pending_new(d, &d->pending, node, sizeof *c);

    c->base.clear = closing_clear;
    c->seen_ns = seen_ns;
    return c;
}

static void
on_seen_written(const struct vmha_error *err, void *arg)
{
    struct closing *c = arg;

    c->base.d->is_writing_seen = false;
    if (err) {
        log_warning("journal: watermark: %s, retrying", err->text);
        daemon_kick(c->base.d); /* with a view that it asks for, not at once */
    } else {
        c->base.d->has_seen = true;
        c->base.d->seen_ns = c->seen_ns;
        cluster_refresh(c->base.d->cluster);
    }
    pending_free(c);
}

static void
write_seen(struct daemon *d, int64_t ns)
{
    CLEANUP_FREE char *name = journal_seen_name(d->conf.segment);
    char value[JOURNAL_TIME_MAX];

    if (d->is_writing_seen || !d->is_quorate)
        return;
    d->is_writing_seen = true;
    journal_time_format(ns, value);
    cluster_journal_set(d->cluster, name, value, on_seen_written,
                        closing_new(d, NULL, ns));
}

/* The first view ever of this segment: what was fenced before vmha was here is
 * closed, except remotes that are down for it right now.
 */
static int64_t
first_seen(const struct cluster_view *v)
{
    int64_t ns = 0;

    for (size_t i = 0; i < v->n_fencings; i++)
        if (v->fencings[i].state != FENCE_PENDING &&
            v->fencings[i].completed_ns > ns)
            ns = v->fencings[i].completed_ns;
    return ns;
}

void
close_read_seen(struct daemon *d, const struct cluster_view *v)
{
    CLEANUP_FREE char *name = journal_seen_name(d->conf.segment);
    const struct cluster_entry *e = cluster_view_entry(v, name);
    int64_t ns;

    if (e && journal_time_parse(e->value, &ns) == 0) {
        d->has_seen = true;
        d->seen_ns = ns;
        return;
    }
    if (e)
        log_error("journal: %s: '%.40s' is no time, writing it anew", name,
                  e->value);
    if (!d->has_view)
        d->seen_ns = first_seen(v);
    if (d->is_sole_owner)
        write_seen(d, d->seen_ns);
}

/* Its newest fencing is to get an entry, or may: once it is proven, or once the
 * host is back.
 */
static bool
is_open(const struct host *h)
{
    return fencing_is_unanswered(&h->death) &&
           !(h->death.is_settled && h->opening == OPEN_NOTHING);
}

/* Is there a failure up to NS that has no entry: one that only this process
 * knows of, or one that is left alone for now?
 */
static bool
has_unsaved(const struct daemon *d, int64_t ns)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct host *h = d->hosts[i];

        if (h->incident
                ? !h->incident->is_saved
                : certainty_is_held(h->certainty) || h->death.is_newly_ours)
            return true;
        if ((is_open(h) && !fencing_is_later(h->death.fencing_ns, ns)) ||
            (note_is_unanswered(&h->death) &&
             !fencing_is_later(h->death.noted_ns, ns)))
            return true;
    }
    return false;
}

/* Close all up to NS, once every failure has its entry: one that has none would
 * be taken for closed, too, by the next process.
 */
static void
close_up_to(struct daemon *d, int64_t ns)
{
    if (!has_unsaved(d, ns))
        write_seen(d, ns);
}

static void
on_entry_deleted(const struct vmha_error *err, void *arg)
{
    struct closing *c = arg;
    struct host *h = daemon_host(c->base.d, c->base.node);

    if (h)
        h->is_deleting = false;
    if (h && !err) {
        history_closed(c->base.d->history, h);
        log_notice("incident closed: node='%s' incident='%s'", c->base.node,
                   h->incident ? incident_id(h->incident).text : "");
        incident_free(h->incident);
        h->incident = NULL;
        cluster_refresh(c->base.d->cluster);
    } else if (err) {
        log_warning("journal: node='%s': %s, retrying", c->base.node,
                    err->text);
        daemon_kick(c->base.d);
    }
    pending_free(c);
}

/* A closed incident whose node is back goes, once the watermark covers it. */
static void
forget_host(struct daemon *d, struct host *h, const struct cluster_view *v)
{
    CLEANUP_FREE char *name = journal_host_name(h->node);
    const struct cluster_entry *e = cluster_view_entry(v, name);

    if (d->seen_ns < h->death.entry_ns || !d->has_seen) {
        close_up_to(d, h->death.entry_ns > d->seen_ns ? h->death.entry_ns
                                                      : d->seen_ns);
    } else if (e && !h->is_deleting) {
        h->is_deleting = true;
        cluster_journal_delete(d->cluster, name, e->value, on_entry_deleted,
                               closing_new(d, h->node, 0));
    }
}

static void
on_intent_dropped(const struct vmha_error *err, void *arg)
{
    struct closing *c = arg;
    struct host *h = daemon_host(c->base.d, c->base.node);

    if (h)
        h->is_dropping_intent = false;
    if (err)
        log_warning("journal: intent of node='%s': %s, retrying", c->base.node,
                    err->text);
    pending_free(c);
}

/* The hook's note has served once the failure has an entry; what is left of one
 * that is closed, or cannot be read, goes when the node lives.
 */
static void
drop_intent(struct daemon *d, struct host *h)
{
    int64_t noted_ns = h->death.noted_ns;
    bool is_answered =
        h->incident && h->incident->is_saved &&
        !fencing_is_later(noted_ns, h->incident->saved.incident_ns);
    bool is_stale = h->death.is_note_old && !note_is_unanswered(&h->death);

    if (h->is_dropping_intent || !(is_answered || is_stale))
        return;
    CLEANUP_FREE char *name = journal_intent_name(h->node);

    h->is_dropping_intent = true;
    cluster_journal_delete(d->cluster, name, h->intent, on_intent_dropped,
                           closing_new(d, h->node, 0));
}

/* Fenced since the watermark, and yet alive: to be closed without us. */
static bool
is_unclosed(const struct daemon *d, const struct host *h)
{
    return !h->incident && h->online_since_ms && h->death.has_fencing &&
           h->death.fencing_ns > d->seen_ns;
}

/* --- failures of late (flaps.h) ------------------------------------------ */

void
close_read_flaps(struct daemon *d, const struct cluster_view *v, struct host *h)
{
    CLEANUP_FREE char *name = journal_failures_name(h->node);
    const struct cluster_entry *e = cluster_view_entry(v, name);
    struct vmha_error err;

    h->flaps = (struct flaps){ 0 };
    if (e && flaps_parse(e->value, &h->flaps, &err) == -1)
        log_error("journal: %s: %s, writing it anew", name, err.text);
    if (flaps_have(&h->flaps, h->earlier_ns))
        h->earlier_ns = 0;
    if (h->incident)
        comeback_on_flaps(h->incident, &h->flaps, &d->rules);
}

static struct flaps
failures_to_note(const struct daemon *d, const struct host *h)
{
    const struct incident *inc = h->incident;
    const struct flaps_facts f = {
        .noted = h->flaps,
        .earlier_ns = h->earlier_ns,
        .back_ns = inc && comeback_is_on(inc) ? inc->fencing_ns : 0,
        .has_failed = inc != NULL,
        .is_counted = d->rules.quarantine_failures > 0,
        .window_ms = d->rules.quarantine_window_ms,
        .now_ns = clock_wall_ms() * 1000000,
    };

    return flaps_to_note(&f);
}

static void
on_flaps_written(const struct vmha_error *err, void *arg)
{
    struct closing *c = arg;
    struct host *h = daemon_host(c->base.d, c->base.node);

    if (h)
        h->is_noting = false;
    if (err) {
        log_warning("journal: failures of node='%s': %s", c->base.node,
                    err->text);
        daemon_kick(c->base.d);
    } else {
        cluster_refresh(c->base.d->cluster);
    }
    if (c->id)
        c->reply(c->base.d, c->id,
                 err ? "{\"error\":\"the journal cannot be written now\"}"
                     : "{\"ok\":true}");
    pending_free(c);
}

static void
write_flaps(struct daemon *d, struct host *h, const struct flaps *f,
            struct closing *c)
{
    CLEANUP_FREE char *name = journal_failures_name(h->node);
    char value[FLAPS_TEXT_MAX];

    h->is_noting = true;
    flaps_format(f, value);
    cluster_journal_set(d->cluster, name, value, on_flaps_written, c);
}

static void
note_failures(struct daemon *d, struct host *h, const struct cluster_view *v)
{
    CLEANUP_FREE char *name = journal_failures_name(h->node);
    const struct cluster_entry *e = cluster_view_entry(v, name);
    struct flaps f = failures_to_note(d, h);
    char value[FLAPS_TEXT_MAX];

    flaps_format(&f, value);
    if (h->is_noting || (e ? f.n && strcmp(e->value, value) == 0 : !f.n))
        return;
    if (f.n) {
        write_flaps(d, h, &f, closing_new(d, h->node, 0));
    } else {
        h->is_noting = true;
        cluster_journal_delete(d->cluster, name, e->value, on_flaps_written,
                               closing_new(d, h->node, 0));
    }
}

void
close_pardon(struct daemon *d, struct host *h, const char *id, reply_fn *fn)
{
    struct closing *c = closing_new(d, h->node, 0);
    struct flaps f = { 0 };

    c->id = xstrdup(id);
    c->reply = fn;
    flaps_add(&f, h->incident->fencing_ns);
    h->earlier_ns = 0;
    log_notice("quarantine ended by the operator: node='%s' incident='%s'",
               h->node, incident_id(h->incident).text);
    write_flaps(d, h, &f, c);
}

bool
host_needs_views(const struct daemon *d, const struct host *h)
{
    return is_unclosed(d, h) || (d->is_sole_owner && h->death.is_newly_ours) ||
           (h->intent && h->online_since_ms) ||
           (fencing_is_unanswered(&h->death) && h->online_since_ms) ||
           h->opening == OPEN_FORGET || h->lost_ms;
}

void
close_what_is_over(struct daemon *d, const struct cluster_view *v)
{
    int64_t seen_ns = d->seen_ns;

    for (size_t i = 0; i < d->n_hosts; i++) {
        struct host *h = d->hosts[i];

        if (h->opening == OPEN_FORGET)
            forget_host(d, h, v);
        if (h->intent)
            drop_intent(d, h);
        note_failures(d, h, v);
        if (is_unclosed(d, h) && h->death.is_settled &&
            h->death.fencing_ns > seen_ns)
            seen_ns = h->death.fencing_ns;
    }
    if (seen_ns > d->seen_ns)
        close_up_to(d, seen_ns);
}

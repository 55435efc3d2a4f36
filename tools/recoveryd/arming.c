/* vmha disarm and vmha arm: kept in the journal, one word for all instances.
 *
 * Each instance that is asked writes, or deletes, the same nvpair, so that it
 * does not matter which of them run.  To disarm has effect at once; to arm has
 * it when a view shows that the nvpair is gone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "daemon.h"
#include "journal-names.h"
#include "log.h"
#include "xalloc.h"

enum { CLOCK_CHECK_MS = 30000 }; /* wall clocks are set */

static bool
has_text(const char *text)
{
    return text && *text;
}

/* The value that counts: what we want to have written, else what is there. */
static const char *
value_of(const struct arming *a)
{
    return a->wish ? a->wish : a->value;
}

bool
arming_get(const struct daemon *d, struct disarm *ret_disarm)
{
    const char *value = value_of(&d->arming);

    if (!value)
        return false;
    disarm_parse(value, ret_disarm);
    return !disarm_is_over(ret_disarm, clock_wall_ms());
}

bool
arming_holds(const struct daemon *d)
{
    struct disarm disarm;

    return arming_get(d, &disarm) || !d->conf.is_enabled;
}

char *
arming_text(const struct daemon *d)
{
    char until[64] = "";
    struct disarm dis;
    time_t seconds;
    struct tm tm;

    if (!arming_get(d, &dis))
        return NULL;
    seconds = (time_t) dis.until_s;
    if (dis.until_s && localtime_r(&seconds, &tm))
        (void) strftime(until, sizeof until, " until %F %T", &tm);
    return xasprintf("disarmed%s, nothing in the cloud is changed%s%s (vmha "
                     "arm ends it)",
                     until, has_text(dis.reason) ? ": " : "", dis.reason);
}

/* --- the journal --------------------------------------------------------- */

static void
tell_change(struct daemon *d)
{
    CLEANUP_FREE char *text = arming_text(d);

    if (text)
        log_warning("%s", text);
    else if (d->arming.told)
        log_warning("armed again");
    free(d->arming.told);
    d->arming.told = TAKE(text);
}

static void on_written(const struct vmha_error *err, void *arg);

/* Bring the journal to what is wished, or has its time. */
static void
write_journal(struct daemon *d)
{
    struct arming *a = &d->arming;
    bool is_over = a->value && !arming_get(d, &(struct disarm){ 0 });

    if (a->is_busy || !d->is_quorate)
        return;
    if (a->wish && (!a->value || strcmp(a->value, a->wish) != 0)) {
        a->is_busy = true;
        cluster_journal_set(d->cluster, JOURNAL_DISARMED_NAME, a->wish,
                            on_written, d);
    } else if (!a->wish && a->value && (a->wants_armed || is_over)) {
        a->is_busy = true;
        cluster_journal_delete(d->cluster, JOURNAL_DISARMED_NAME, a->value,
                               on_written, d);
    }
}

static void
on_written(const struct vmha_error *err, void *arg)
{
    struct daemon *d = arg;

    d->arming.is_busy = false;
    if (err)
        log_warning("journal: " JOURNAL_DISARMED_NAME ": %s, retrying",
                    err->text);
    else
        write_journal(d); /* what was asked for meanwhile */
    cluster_refresh(d->cluster);
}

void
arming_read(struct daemon *d, const struct cluster_view *v)
{
    const struct cluster_entry *e =
        cluster_view_entry(v, JOURNAL_DISARMED_NAME);
    struct arming *a = &d->arming;

    xstrset(&a->value, e ? e->value : NULL);
    if (a->wish && a->value && strcmp(a->wish, a->value) == 0)
        xstrset(&a->wish, NULL); /* it is written */
    if (a->wish && !arming_get(d, &(struct disarm){ 0 }))
        xstrset(&a->wish, NULL); /* its time is over */
    if (!a->value && !a->is_busy)
        a->wants_armed = false; /* it is gone */
    write_journal(d);
    tell_change(d);
}

/* --- time ------------------------------------------------------------------
 */

bool
arming_needs_views(const struct daemon *d)
{
    return d->arming.wish || d->arming.wants_armed;
}

int64_t
arming_wake_ms(struct daemon *d)
{
    int64_t left_ms, wall_ms = clock_wall_ms();
    struct disarm dis;

    if (!arming_get(d, &dis)) {
        if (d->arming.told) /* its time is over: judge all hosts anew */
            cluster_refresh(d->cluster);
        return 0;
    }
    if (!dis.until_s)
        return 0;
    left_ms = dis.until_s * 1000 - wall_ms;
    return left_ms < CLOCK_CHECK_MS ? left_ms : CLOCK_CHECK_MS;
}

/* --- requests ---------------------------------------------------------------
 */

/* No call leaves after this. */
static void
stop_at_once(struct daemon *d)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        struct incident *inc = d->hosts[i]->incident;

        if (!inc)
            continue;
        incident_on_disarmed(inc, true);
        if (inc->certainty == CERTAIN)
            incident_on_certainty(inc, DISARMED, 0);
    }
}

bool
arming_disarm(struct daemon *d, const struct disarm *dis)
{
    char value[DISARM_VALUE_MAX];
    struct arming *a = &d->arming;

    disarm_format(dis, value);
    a->wants_armed = false;
    if (!a->wish && a->value && strcmp(a->value, value) == 0)
        return true;
    xstrset(&a->wish, value);
    stop_at_once(d);
    daemon_kick(d); /* calls that have not left are taken back */
    tell_change(d);
    write_journal(d);
    cluster_refresh(d->cluster);
    return false;
}

bool
arming_arm(struct daemon *d)
{
    struct arming *a = &d->arming;

    if (a->wish) { /* it is there, or on its way */
        free(a->value);
        a->value = TAKE(a->wish);
    }
    if (!a->value && !a->is_busy && d->has_view)
        return true;
    a->wants_armed = true;
    write_journal(d);
    cluster_refresh(d->cluster);
    return false;
}

void
arming_clear(struct arming *a)
{
    free(a->value);
    free(a->wish);
    free(a->told);
}

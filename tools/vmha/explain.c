/* The decision log and the daemon's plans, as text for people. */
#include "explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "journal.h"
#include "text.h"
#include "times.h"
#include "xalloc.h"

enum {
    BYTES_MAX = 16 * 1024 * 1024,
    LINE_COLUMNS_MAX = 1000,
    MEDIUM = 500,     /* the priority of those that have none */
    BEFORE_MS = 5000, /* clocks of the nodes may differ by so much */
};

struct page {
    struct buf text;
    bool is_utf8;
};

static void say(struct page *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One line. */
static void
say(struct page *p, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) == -1)
        text = NULL;
    va_end(ap);
    (void) text_add(&p->text, text ? text : "", LINE_COLUMNS_MAX, p->is_utf8);
    (void) buf_add_str(&p->text, "\n");
    free(text);
}

/* --- members of objects, which need not be there -------------------------- */

static struct json_object *
member(struct json_object *o, const char *name)
{
    struct json_object *value = NULL;

    (void) json_object_object_get_ex(o, name, &value);
    return value;
}

/* "" where it is none. */
static const char *
text_of(struct json_object *o, const char *name)
{
    struct json_object *value = member(o, name);

    return json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : "";
}

static int64_t
number_of(struct json_object *o, const char *name)
{
    return json_object_get_int64(member(o, name));
}

static bool
is_true(struct json_object *o, const char *name)
{
    return json_object_get_boolean(member(o, name));
}

/* "is_current, is_quorate, fenced_s 17": what is true or has a value. */
static char *
facts_text(struct json_object *facts)
{
    CLEANUP_BUF struct buf b = BUF_INIT(LINE_BYTES_MAX);

    if (!json_object_is_type(facts, json_type_object))
        return xstrdup("");
    json_object_object_foreach(facts, name, value)
    {
        const char *comma = b.len ? ", " : "";

        if (json_object_is_type(value, json_type_boolean) &&
            json_object_get_boolean(value))
            (void) buf_printf(&b, "%s%s", comma, name);
        else if (json_object_is_type(value, json_type_boolean))
            (void) buf_printf(&b, "%snot %s", comma, name);
        else if (value)
            (void) buf_printf(&b, "%s%s %s", comma, name,
                              json_object_get_string(value));
    }
    return buf_take(&b);
}

/* --- why -------------------------------------------------------------------
 */

static const char *
or_none(const char *text)
{
    return text ? text : "";
}

static char *
time_text(int64_t wall_ms)
{
    CLEANUP_FREE char *text = clock_text(wall_ms);

    return xasprintf("%s.%03d", text, (int) (wall_ms % 1000));
}

/* "403 denied, request req-1: Policy does not allow" */
static char *
answer_text(const struct history_line *l)
{
    const char *reason = l->detail ? l->detail : l->reason;
    CLEANUP_FREE char *status =
        l->status ? xasprintf("%" PRId64, l->status) : xstrdup("no answer");

    return xasprintf("%s: %s%s%s%s%s%s%s", or_none(l->step), status,
                     l->verdict ? " " : "", or_none(l->verdict),
                     l->request && *l->request ? ", request " : "",
                     l->request && *l->request ? l->request : "",
                     reason ? ": " : "", or_none(reason));
}

static char *
event_text(const struct history_line *l)
{
    if (strcmp(l->what, "host") == 0)
        return xasprintf("host %s: %s, %s [%s]", or_none(l->node),
                         or_none(l->certainty), or_none(l->reason),
                         or_none(l->rule));
    if (strcmp(l->what, "incident") == 0)
        return xasprintf("host %s: %s%s%s", or_none(l->node), or_none(l->phase),
                         l->reason ? ": " : "", or_none(l->reason));
    if (strcmp(l->what, "brake") == 0)
        return xasprintf("host %s: %s [%s]", or_none(l->node),
                         or_none(l->reason), or_none(l->rule));
    if (strcmp(l->what, "reserve") == 0)
        return xasprintf("reserved host %s: %s [%s]", or_none(l->node),
                         or_none(l->step), or_none(l->rule));
    if (strcmp(l->what, "call") == 0)
        return xasprintf("Nova is asked: %s [%s]", or_none(l->step),
                         or_none(l->rule));
    if (strcmp(l->what, "answer") == 0) {
        CLEANUP_FREE char *answer = answer_text(l);

        return xasprintf("Nova's answer to %s", answer);
    }
    return xasprintf("%s%s%s [%s]", or_none(l->phase), l->reason ? ": " : "",
                     or_none(l->reason), or_none(l->rule));
}

static void
say_event(struct page *p, const struct history_line *l)
{
    CLEANUP_FREE char *time = time_text(l->time_ms);
    CLEANUP_FREE char *event = event_text(l);
    CLEANUP_FREE char *facts = facts_text(member(l->json, "facts"));

    say(p, "  %s  %s", time, event);
    if (*facts)
        say(p, "      %s", facts);
}

static bool
is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
is_same_story(const struct history_line *a, const struct history_line *b)
{
    return is_same(a->vm, b->vm) && is_same(a->node, b->node) &&
           is_same(a->incident, b->incident);
}

/* seconds.nanoseconds; 0 where it is none. */
static int64_t
incident_ms(const struct history_line *l)
{
    int64_t ns = 0;

    if (l->incident)
        (void) journal_time_parse(l->incident, &ns);
    return ns / 1000000;
}

/* What was decided of the host while this went on. */
static void
say_host(struct page *p, const struct history_list *hosts,
         const struct history_line *story, int64_t from_ms, int64_t to_ms)
{
    for (size_t i = 0; i < hosts->n; i++) {
        const struct history_line *l = &hosts->lines[i];

        if (is_same(l->node, story->node) && l->time_ms >= from_ms &&
            l->time_ms <= to_ms &&
            (!l->incident || is_same(l->incident, story->incident)))
            say_event(p, l);
    }
}

/* All lines of a list that are of the story of its FIRST line. */
static void
say_story(struct page *p, const struct history_list *vms, size_t first,
          const struct history_list *hosts)
{
    const struct history_line *story = &vms->lines[first], *end = story;
    int64_t at_ms = incident_ms(story) - BEFORE_MS;
    CLEANUP_FREE char *fenced = clock_text(incident_ms(story));

    for (size_t i = first; i < vms->n; i++)
        if (is_same_story(&vms->lines[i], story) && vms->lines[i].phase)
            end = &vms->lines[i];
    say(p, "%s %s, on %s%s%s: %s%s%s", or_none(end->name), or_none(story->vm),
        or_none(story->node), story->incident ? " when it was fenced " : "",
        story->incident ? fenced : "", or_none(end->phase),
        end->reason ? ": " : "", or_none(end->reason));
    for (size_t i = first; i < vms->n; i++) {
        const struct history_line *l = &vms->lines[i];

        if (!is_same_story(l, story))
            continue;
        say_host(p, hosts, story, at_ms, l->time_ms);
        at_ms = l->time_ms < INT64_MAX ? l->time_ms + 1 : INT64_MAX;
        say_event(p, l);
    }
}

char *
explain_why(const struct history_list *vms, const struct history_list *hosts,
            bool is_utf8)
{
    struct page p = { BUF_INIT(BYTES_MAX), is_utf8 };

    if (vms->is_cut)
        say(&p, "(older lines are left out)");
    for (size_t i = 0; i < vms->n; i++) {
        size_t k = 0;

        while (k < i && !is_same_story(&vms->lines[k], &vms->lines[i]))
            k++;
        if (k == i)
            say_story(&p, vms, i, hosts);
    }
    for (size_t i = 0; !vms->n && i < hosts->n; i++)
        say_event(&p, &hosts->lines[i]);
    return buf_take(&p.text);
}

/* --- history ---------------------------------------------------------------
 */

/* ", 1 failed, 2 in flight": what is not nothing. */
static char *
counts_text(struct json_object *vms)
{
    CLEANUP_BUF struct buf b = BUF_INIT(LINE_BYTES_MAX);

    if (!json_object_is_type(vms, json_type_object))
        return xstrdup("");
    json_object_object_foreach(vms, name, value)
    {
        CLEANUP_FREE char *words = xstrdup(name);

        for (char *s = words; *s; s++)
            if (*s == '_')
                *s = ' ';
        if (strcmp(name, "total") != 0 && strcmp(name, "recovered") != 0 &&
            json_object_get_int64(value))
            (void) buf_printf(&b, ", %" PRId64 " %s",
                              json_object_get_int64(value), words);
    }
    return b.len ? buf_take(&b) : xstrdup("");
}

static char *
after_text(struct json_object *times, const char *name, const char *what)
{
    int64_t fenced_ms = number_of(times, "fenced_ms");
    int64_t ms = number_of(times, name);

    if (!ms)
        return xstrdup("");
    CLEANUP_FREE char *delay = delay_text(ms - fenced_ms);
    return xasprintf(", %s %s", what, delay);
}

/* A reserved host serves several failures, and has the first one's name. */
static bool
is_event_of(const struct history_line *event, const struct history_line *l)
{
    return l->incident && is_same(event->incident, l->incident) &&
           (is_same(event->what, "reserve") || is_same(event->node, l->node));
}

static void
say_incident(struct page *p, const struct history_line *l,
             const struct history_list *events)
{
    struct json_object *vms = member(l->json, "vms");
    struct json_object *times = member(l->json, "times");
    CLEANUP_FREE char *fenced = clock_text(incident_ms(l));
    CLEANUP_FREE char *counts = counts_text(vms);
    CLEANUP_FREE char *first =
        after_text(times, "first_evacuate_ms", "first evacuate call");
    CLEANUP_FREE char *done = after_text(times, "done_ms", "done");

    say(p, "%s  %s  %s%s  %" PRId64 " of %" PRId64 " VMs recovered%s%s%s",
        fenced, or_none(l->node), or_none(l->phase),
        is_true(l->json, "is_closed") ? " and closed" : "",
        number_of(vms, "recovered"), number_of(vms, "total"), counts, first,
        done);
    if (l->reason)
        say(p, "    %s", l->reason);
    for (size_t i = 0; i < events->n; i++)
        if (is_event_of(&events->lines[i], l)) {
            CLEANUP_FREE char *time = time_text(events->lines[i].time_ms);
            CLEANUP_FREE char *event = event_text(&events->lines[i]);

            say(p, "    %s  %s", time, event);
        }
}

/* By the time of the fencing, which is its name. */
static int
by_incident(const void *a, const void *b)
{
    const struct history_line *x = *(const struct history_line *const *) a;
    const struct history_line *y = *(const struct history_line *const *) b;
    int64_t s = incident_ms(x), t = incident_ms(y);

    return s < t ? 1 : s > t ? -1 : 0;
}

char *
explain_incidents(const struct history_list *list,
                  const struct history_list *events, size_t limit, bool is_utf8)
{
    CLEANUP_FREE const struct history_line **sorted =
        xcalloc(list->n, sizeof(struct history_line *));
    struct page p = { BUF_INIT(BYTES_MAX), is_utf8 };

    for (size_t i = 0; i < list->n; i++)
        sorted[i] = &list->lines[i];
    if (list->n)
        qsort(sorted, list->n, sizeof *sorted, by_incident);
    for (size_t i = 0; i < list->n && i < limit; i++)
        say_incident(&p, sorted[i], events);
    if (list->n > limit)
        say(&p, "and %zu older ones (--limit)", list->n - limit);
    if (!list->n)
        say(&p, "No incident is known.");
    return buf_take(&p.text);
}

/* --- plan ------------------------------------------------------------------
 */

static void
say_plan_head(struct page *p, struct json_object *plan)
{
    const char *host = text_of(plan, "host");
    const char *service = text_of(plan, "service_host");
    bool is_other = strcmp(host, service) != 0;

    say(p,
        "%s%s%s%s: if it failed now, %" PRId64 " of %" PRId64
        " VMs would be evacuated",
        host, is_other ? " (" : "", is_other ? service : "",
        is_other ? ")" : "", number_of(plan, "evacuated"),
        number_of(plan, "total"));
    say(p, "  now: %s", text_of(plan, "now"));
    if (is_true(plan, "has_incident"))
        say(p, "  but it has failed already: see vmha status");
    if (*text_of(plan, "obstacle"))
        say(p, "  but nothing would be done now: %s",
            text_of(plan, "obstacle"));
    if (*text_of(plan, "brake"))
        say(p, "  but it would be %s", text_of(plan, "brake"));
    if (*text_of(plan, "reserved_hosts_trouble"))
        say(p, "  which reserved host takes which is not known: %s",
            text_of(plan, "reserved_hosts_trouble"));
    else if (strcmp(text_of(plan, "recovery_method"), "auto_priority") == 0)
        say(p, "  reserved hosts take those for which Nova finds no host");
    if (is_true(plan, "starts_by_level"))
        say(p, "  VMs start one priority after the other, the highest first");
}

/* ", priority 5, to rsv1, not together with others of server group ID" */
static char *
how_text(struct json_object *v)
{
    const char *host = text_of(v, "reserved_host");
    const char *group = text_of(v, "apart_from_group");
    int64_t priority = number_of(v, "priority");
    bool has_priority = priority && priority != MEDIUM;
    CLEANUP_FREE char *rank =
        has_priority ? xasprintf(", priority %" PRId64, priority) : xstrdup("");

    return xasprintf("%s%s%s%s%s", rank, *host ? ", to " : "", host,
                     *group ? ", not together with others of server group "
                            : "",
                     group);
}

static void
say_plan_vm(struct page *p, struct json_object *v)
{
    const char *reason = text_of(v, "reason");

    if (!is_true(v, "is_evacuated")) {
        say(p, "  %s: %s %s: %s", text_of(v, "phase"), text_of(v, "name"),
            text_of(v, "id"), reason);
        return;
    }
    CLEANUP_FREE char *how = how_text(v);
    say(p, "  %4" PRId64 ". %s %s (%s, %" PRId64 " MiB%s)%s%s%s",
        number_of(v, "place"), text_of(v, "name"), text_of(v, "id"),
        text_of(v, "state"), number_of(v, "ram_mb"), how,
        is_true(v, "is_stopped_again") ? ": stopped again there" : "",
        *reason ? ": " : "", reason);
}

/* Metadata that makes no sense. */
static void
say_warning(struct page *p, struct json_object *v)
{
    const char *warning = text_of(v, "warning");

    if (*warning)
        say(p, "        %s", warning);
}

/* Those that are, or are not, evacuated. */
static void
say_plan_vms(struct page *p, struct json_object *vms, bool is_evacuated)
{
    for (size_t i = 0; i < json_object_array_length(vms); i++) {
        struct json_object *v = json_object_array_get_idx(vms, i);

        if (is_true(v, "is_evacuated") != is_evacuated)
            continue;
        say_plan_vm(p, v);
        say_warning(p, v);
    }
}

char *
explain_plan(struct json_object *plan, bool is_utf8)
{
    struct page p = { BUF_INIT(BYTES_MAX), is_utf8 };
    struct json_object *vms = member(plan, "vms");
    int64_t more = number_of(plan, "total");

    say_plan_head(&p, plan);
    if (json_object_is_type(vms, json_type_array)) {
        say_plan_vms(&p, vms, true);
        say_plan_vms(&p, vms, false);
        more -= (int64_t) json_object_array_length(vms);
    }
    if (more > 0)
        say(&p, "  and %" PRId64 " more", more);
    return buf_take(&p.text);
}

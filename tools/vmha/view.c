/* What the daemons answered, as text for people. */
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "text.h"
#include "times.h"
#include "xalloc.h"

enum {
    VIEW_BYTES_MAX = 8 * 1024 * 1024,
    LINE_COLUMNS_MAX = 1000,
    NAME_COLUMNS_MAX = 64,
    PROBLEM_LINES_MAX = 20, /* for each host and kind of problem */
    BAR_MAX = 40,
};

/* --- lines --------------------------------------------------------------- */

enum colour { PLAIN, BOLD, GOOD, BUSY, BAD };

/* The line that is being written; all text goes through put(). */
struct line {
    struct buf *b;
    const struct view_style *style;
    size_t used; /* columns */
};

static void
put(struct line *l, enum colour colour, size_t columns, const char *text)
{
    static const char *const on[] = {
        [BOLD] = "\033[1m",
        [GOOD] = "\033[32m",
        [BUSY] = "\033[33m",
        [BAD] = "\033[31m",
    };
    bool is_coloured = l->style->has_colour && colour != PLAIN;
    size_t room = l->style->columns ? l->style->columns : LINE_COLUMNS_MAX;

    room = room > l->used ? room - l->used : 0;
    if (room > columns)
        room = columns;
    if (is_coloured)
        (void) buf_add_str(l->b, on[colour]);
    l->used += text_add(l->b, text, room, l->style->is_utf8);
    if (is_coloured)
        (void) buf_add_str(l->b, "\033[0m");
}

/* Text without a limit of its own. */
static void
put_text(struct line *l, const char *text)
{
    put(l, PLAIN, LINE_COLUMNS_MAX, text);
}

static void
put_name(struct line *l, const char *name)
{
    put(l, PLAIN, NAME_COLUMNS_MAX, name);
}

static void
put_count(struct line *l, int64_t n, const char *what, const char **separator)
{
    CLEANUP_FREE char *text =
        xasprintf("%s%" PRId64 " %s", *separator, n, what);

    if (n == 0)
        return;
    put_text(l, text);
    *separator = ", ";
}

static void
end_line(struct line *l)
{
    (void) buf_add_str(l->b, "\n");
    l->used = 0;
}

/* --- times --------------------------------------------------------------- */

/* The first time that is known is shown whole, the others count from it. */
static void
put_times(struct line *l, const struct status_times *t)
{
    const struct {
        const char *what;
        int64_t ms;
    } times[] = {
        { "fenced", t->fenced_ms },
        { "forced down", t->down_ms },
        { "first evacuate call", t->first_evacuate_ms },
        { "done", t->done_ms },
    };
    int64_t first_ms = 0;

    for (size_t i = 0; i < N_ELEMENTS(times); i++) {
        if (!times[i].ms)
            continue;
        CLEANUP_FREE char *when = first_ms ? delay_text(times[i].ms - first_ms)
                                           : clock_text(times[i].ms);
        CLEANUP_FREE char *text =
            xasprintf("%s%s %s", first_ms ? ", " : "  ", times[i].what, when);
        put_text(l, text);
        if (!first_ms)
            first_ms = times[i].ms;
    }
    if (first_ms)
        end_line(l);
}

/* --- a host -------------------------------------------------------------- */

static void
put_cells(struct line *l, enum colour colour, char cell, size_t n)
{
    char cells[BAR_MAX + 1];

    if (n == 0 || n > BAR_MAX)
        return;
    memset(cells, cell, n);
    cells[n] = '\0';
    put(l, colour, n, cells);
}

static void
put_bar(struct line *l, const struct status_counts *c)
{
    const struct {
        double vms;
        enum colour colour;
        char cell;
    } parts[] = {
        { (double) c->recovered + (double) c->gone + (double) c->skipped, GOOD,
          '#' },
        { (double) c->in_flight, BUSY, '>' },
        { (double) c->failed + (double) c->held, BAD, 'x' },
    };
    size_t width = l->style->bar < BAR_MAX ? l->style->bar : BAR_MAX;
    size_t drawn = 0;
    double total = (double) c->total, sum = 0;

    if (!width)
        return;
    put_text(l, "  [");
    for (size_t i = 0; i < N_ELEMENTS(parts); i++) {
        sum += parts[i].vms;
        size_t end =
            sum < total ? (size_t) (sum / total * (double) width) : width;
        put_cells(l, parts[i].colour, parts[i].cell, end - drawn);
        drawn = end;
    }
    put_cells(l, PLAIN, '.', width - drawn);
    put_text(l, "]");
}

static enum colour
phase_colour(const char *phase)
{
    if (strcmp(phase, "done") == 0 || strcmp(phase, "released") == 0)
        return GOOD;
    return strcmp(phase, "held") == 0 ? BAD : BUSY;
}

static void
put_heading(struct line *l, const struct status_host *h)
{
    put(l, BOLD, NAME_COLUMNS_MAX, h->host);
    if (strcmp(h->host, h->service_host) != 0) {
        put_text(l, " (");
        put_name(l, h->service_host);
        put_text(l, ")");
    }
    put_text(l, "  ");
    put(l, phase_colour(h->phase), NAME_COLUMNS_MAX, h->phase);
    if (h->vms.total) {
        CLEANUP_FREE char *text =
            xasprintf("  %" PRId64 " of %" PRId64 " VMs recovered",
                      h->vms.recovered, h->vms.total);
        put_bar(l, &h->vms);
        put_text(l, text);
    }
    end_line(l);
}

static void
put_counts(struct line *l, const struct status_counts *c)
{
    const char *separator = "  ";

    put_count(l, c->recovered, "recovered", &separator);
    put_count(l, c->in_flight, "in flight", &separator);
    put_count(l, c->waiting, "waiting", &separator);
    put_count(l, c->failed, "failed", &separator);
    put_count(l, c->held, "held", &separator);
    put_count(l, c->skipped, "skipped", &separator);
    put_count(l, c->gone, "gone", &separator);
    if (separator[0] == ',')
        end_line(l);
}

/* The daemon's phases of VMs with a problem, in the order of urgency. */
static const struct {
    const char *phase; /* NULL: any other */
    const char *shown;
    enum colour colour;
} problem_kinds[] = {
    { "blocked", "failed", BAD },
    { "held", "held", BAD },
    { NULL, NULL, BUSY },
};

static size_t
kind_of(const struct status_vm *v)
{
    size_t k = 0;

    while (problem_kinds[k].phase &&
           strcmp(problem_kinds[k].phase, v->phase) != 0)
        k++;
    return k;
}

static void
put_next_try(struct line *l, int64_t wall_ms)
{
    if (!wall_ms)
        return;
    CLEANUP_FREE char *when = clock_text(wall_ms);
    put_text(l, ", next at ");
    put_text(l, when);
}

static void
put_problem(struct line *l, const struct status_vm *v, size_t kind)
{
    const char *shown = problem_kinds[kind].shown;
    CLEANUP_FREE char *attempts =
        xasprintf(" after %" PRId64 " failed attempts", v->attempts);

    put_text(l, "  ");
    put(l, problem_kinds[kind].colour, NAME_COLUMNS_MAX,
        shown ? shown : v->phase);
    if (v->attempts)
        put_text(l, attempts);
    put_next_try(l, v->next_try_ms);
    put_text(l, ": ");
    if (v->name) {
        put_name(l, v->name);
        put_text(l, " ");
    }
    put_name(l, v->id);
    if (v->reason) {
        put_text(l, ": ");
        put_text(l, v->reason);
    }
    end_line(l);
}

static void
put_problems(struct line *l, const struct status_host *h)
{
    for (size_t kind = 0; kind < N_ELEMENTS(problem_kinds); kind++) {
        size_t n = 0;

        for (size_t i = 0; i < h->n_problems; i++)
            if (kind_of(&h->problems[i]) == kind && n++ < PROBLEM_LINES_MAX)
                put_problem(l, &h->problems[i], kind);
        if (n > PROBLEM_LINES_MAX) {
            CLEANUP_FREE char *more =
                xasprintf("  and %zu more such VMs (--output-as=json)",
                          n - PROBLEM_LINES_MAX);
            put_text(l, more);
            end_line(l);
        }
    }
}

/* Else the host is only waited for. */
static bool
has_vms_left(const struct status_counts *c)
{
    return c->recovered + c->gone < c->total;
}

static void
put_host(struct line *l, const struct status_host *h)
{
    put_heading(l, h);
    if (h->reason) {
        put_text(l, "  ");
        put(l, BAD, LINE_COLUMNS_MAX, h->reason);
        end_line(l);
    }
    put_times(l, &h->times);
    put_counts(l, &h->vms);
    put_problems(l, h);
    if (strcmp(h->phase, "done") == 0 && has_vms_left(&h->vms)) {
        put_text(l, "  to close it, when you have seen to the VMs left: vmha "
                    "host release ");
        put_name(l, h->host);
        end_line(l);
    }
}

/* --- VMs on living hosts -------------------------------------------------- */

static void
put_repair(struct line *l, const struct status_repair *r)
{
    CLEANUP_FREE char *attempts =
        xasprintf(" after %" PRId64 " restarts", r->vm.attempts);

    put_text(l, "VM ");
    if (r->vm.name) {
        put_name(l, r->vm.name);
        put_text(l, " ");
    }
    put_name(l, r->vm.id);
    put_text(l, " on ");
    put_name(l, r->host);
    put_text(l, " failed (");
    put_text(l, r->fault);
    put_text(l, "): ");
    put(l, BAD, NAME_COLUMNS_MAX, r->vm.phase);
    if (r->vm.attempts)
        put_text(l, attempts);
    put_next_try(l, r->vm.next_try_ms);
    if (r->vm.reason) {
        put_text(l, ": ");
        put_text(l, r->vm.reason);
    }
    end_line(l);
}

/* Those on HOST (NULL: any); how many. */
static size_t
put_repairs(struct line *l, const struct status *s, const char *host)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_repairs; i++)
        if (!host || strcmp(s->repairs[i].host, host) == 0) {
            put_repair(l, &s->repairs[i]);
            n++;
        }
    return n;
}

static void
put_fault(struct line *l, const struct status_fault *f)
{
    put_text(l, "host ");
    put_name(l, f->host);
    put_text(l, strcmp(f->kind, "mount") == 0 ? ": mount " : ": process ");
    put_name(l, f->name);
    put_text(l, ": ");
    put(l, BAD, NAME_COLUMNS_MAX, f->fault);
    put_text(l, ", new VMs: ");
    put_text(l, f->scheduling);
    end_line(l);
}

/* Those of HOST (NULL: any); how many. */
static size_t
put_faults(struct line *l, const struct status *s, const char *host)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_faults; i++)
        if (!host || strcmp(s->faults[i].host, host) == 0) {
            put_fault(l, &s->faults[i]);
            n++;
        }
    return n;
}

/* --- instances ----------------------------------------------------------- */

static bool
is_well(const struct report *r)
{
    return !r->trouble && r->status.is_quorate &&
           strcmp(r->status.state, "ready") == 0;
}

static void
put_watched(struct line *l, int64_t n)
{
    CLEANUP_FREE char *text =
        xasprintf("%" PRId64 " host%s watched", n, n == 1 ? "" : "s");

    put_text(l, text);
}

static void
put_instance_name(struct line *l, const struct report *r)
{
    put_name(l, r->instance);
    if (r->status.segment) {
        put_text(l, " (segment ");
        put_name(l, r->status.segment);
        put_text(l, ")");
    }
    if (r->status.node) {
        put_text(l, " on ");
        put_name(l, r->status.node);
    }
}

static void
put_instance(struct line *l, const struct report *r)
{
    put_instance_name(l, r);
    put_text(l, ": ");
    if (r->trouble) {
        put(l, BAD, LINE_COLUMNS_MAX, r->trouble);
        end_line(l);
        return;
    }
    put(l, is_well(r) ? GOOD : BAD, NAME_COLUMNS_MAX, r->status.state);
    if (r->status.reason) {
        put_text(l, " (");
        put_text(l, r->status.reason);
        put_text(l, ")");
    }
    put_text(l, r->status.is_quorate ? ", " : ", no quorum, ");
    put_watched(l, r->status.watched_hosts);
    end_line(l);
}

/* All is well: one line, which names who says so. */
static void
put_calm(struct line *l, const struct report *list, size_t n, const char *host)
{
    int64_t watched = 0;

    put_text(l, "Nothing to recover");
    if (host) {
        put_text(l, " on host ");
        put_name(l, host);
    }
    for (size_t i = 0; i < n; i++)
        if (watched <= INT64_MAX - list[i].status.watched_hosts)
            watched += list[i].status.watched_hosts;
    put_text(l, ": ");
    put_watched(l, watched);
    put_text(l, " by ");
    for (size_t i = 0; i < n; i++) {
        if (i)
            put_text(l, ", ");
        put_instance_name(l, &list[i]);
    }
    end_line(l);
}

/* Each once: several instances may see the same. */
static bool
was_told(const struct report *list, size_t report, const char *text)
{
    for (size_t i = 0; i < report; i++)
        for (size_t k = 0; k < list[i].status.n_warnings; k++)
            if (strcmp(list[i].status.warnings[k], text) == 0)
                return true;
    return false;
}

static void
put_warnings(struct line *l, const struct report *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].status.n_warnings; k++) {
            const char *text = list[i].status.warnings[k];

            if (was_told(list, i, text))
                continue;
            put(l, BAD, NAME_COLUMNS_MAX, "warning");
            put_text(l, ": ");
            put_text(l, text);
            end_line(l);
        }
}

static bool
is_asked_for(const struct status_host *h, const char *host)
{
    return !host || strcmp(h->host, host) == 0 ||
           strcmp(h->service_host, host) == 0;
}

char *
view_text(const struct report *list, size_t n, const char *host,
          const struct view_style *style)
{
    CLEANUP_BUF struct buf b = BUF_INIT(VIEW_BYTES_MAX);
    struct line l = { .b = &b, .style = style };
    size_t n_told = 0, n_well = 0;

    for (size_t i = 0; i < n; i++) {
        n_well += is_well(&list[i]);
        for (size_t j = 0; j < list[i].status.n_hosts; j++)
            if (is_asked_for(&list[i].status.hosts[j], host)) {
                put_host(&l, &list[i].status.hosts[j]);
                n_told++;
            }
        n_told += put_repairs(&l, &list[i].status, host);
        n_told += put_faults(&l, &list[i].status, host);
    }
    if (!n_told && n_well == n) {
        put_calm(&l, list, n, host);
        put_warnings(&l, list, n);
        return buf_take(&b);
    }
    for (size_t i = 0; i < n; i++)
        put_instance(&l, &list[i]);
    put_warnings(&l, list, n);
    return buf_take(&b);
}

void
reports_clear(struct report *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].instance);
        free(list[i].trouble);
        status_clear(&list[i].status);
    }
}

/* Which lines of the decision log somebody wants. */
#include "query.h"

#include <string.h>

#include "cleanup.h"
#include "logfile.h"
#include "put.h"
#include "xalloc.h"

static const char *
text_of(struct json_object *o, const char *key)
{
    struct json_object *value = NULL;

    (void) json_object_object_get_ex(o, key, &value);
    return json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : NULL;
}

void
history_query_read(struct json_object *o, struct history_query *ret_query)
{
    struct json_object *since = NULL;

    (void) json_object_object_get_ex(o, "since_ms", &since);
    *ret_query = (struct history_query){
        .what = text_of(o, "what"),
        .node = text_of(o, "node"),
        .vm = text_of(o, "vm"),
        .since_ms = json_object_get_int64(since),
    };
}

void
history_query_put(struct json_object *o, const struct history_query *q)
{
    put_text(o, "what", q->what);
    put_text(o, "node", q->node);
    put_text(o, "vm", q->vm);
    put_int(o, "since_ms", q->since_ms);
}

/* --- the lines ----------------------------------------------------------- */

static bool
is_same(const char *wanted, const char *text)
{
    return text && strcmp(wanted, text) == 0;
}

bool
history_matches(const struct history_query *q, const struct history_line *line)
{
    return (!q->what || is_same(q->what, line->what)) &&
           (!q->node || is_same(q->node, line->node)) &&
           (!q->vm || is_same(q->vm, line->vm) || is_same(q->vm, line->name)) &&
           line->time_ms >= q->since_ms;
}

/* Remove N lines from the I-th on. */
static void
remove_lines(struct history_list *l, size_t i, size_t n)
{
    for (size_t k = i; k < i + n; k++)
        history_line_clear(&l->lines[k]);
    l->n -= n;
    memmove(&l->lines[i], &l->lines[i + n], (l->n - i) * sizeof *l->lines);
}

static bool
is_of_same_incident(const struct history_line *a, const struct history_line *b)
{
    return a->node && a->incident && is_same(a->node, b->node) &&
           is_same(a->incident, b->incident) && is_same(a->what, b->what);
}

/* --- incidents ----------------------------------------------------------- */

static struct json_object *
member(struct json_object *o, const char *name)
{
    struct json_object *value = NULL;

    (void) json_object_object_get_ex(o, name, &value);
    return value;
}

static int64_t
count_vms(const struct history_line *line)
{
    return json_object_get_int64(member(member(line->json, "vms"), "total"));
}

/* A daemon that took the incident over may not know its beginning, nor VMs that
 * were done before: what OLDER knows is kept.
 */
static void
keep_older(struct history_line *newer, const struct history_line *older)
{
    struct json_object *times = member(newer->json, "times");
    struct json_object *old_times = member(older->json, "times");

    if (count_vms(older) > count_vms(newer))
        json_object_object_add(newer->json, "vms",
                               json_object_get(member(older->json, "vms")));
    if (!json_object_is_type(times, json_type_object) ||
        !json_object_is_type(old_times, json_type_object))
        return;
    json_object_object_foreach(old_times, name, value)
    {
        if (value && !member(times, name))
            json_object_object_add(times, name, json_object_get(value));
    }
}

/* What an incident's newest line says stands for all of them. */
static bool
replace_older(struct history_list *l, struct history_line *line)
{
    for (size_t i = l->n; i-- > 0;) {
        if (!is_of_same_incident(&l->lines[i], line))
            continue;
        if (l->lines[i].time_ms > line->time_ms) {
            keep_older(&l->lines[i], line);
            history_line_clear(line);
            return true;
        }
        keep_older(line, &l->lines[i]);
        remove_lines(l, i, 1);
        return false;
    }
    return false;
}

/* Lines of several nodes are in the order of their time; those of one stay as
 * they came.
 */
static size_t
place_of(const struct history_list *l, const struct history_line *line)
{
    size_t i = l->n;

    while (i > 0 && l->lines[i - 1].time_ms > line->time_ms)
        i--;
    return i;
}

void
history_list_add(struct history_list *l, const struct history_query *q,
                 struct history_line *line)
{
    size_t i;

    if (q->what && strcmp(q->what, "incident") == 0 && replace_older(l, line))
        return;
    if (l->n == QUERY_LINES_MAX) {
        remove_lines(l, 0, QUERY_LINES_MAX / 2); /* seldom, so many */
        l->is_cut = true;
    }
    if (!l->lines)
        l->lines = xcalloc(QUERY_LINES_MAX, sizeof *l->lines);
    i = place_of(l, line);
    memmove(&l->lines[i + 1], &l->lines[i], (l->n - i) * sizeof *l->lines);
    l->lines[i] = *line;
    l->n++;
    *line = (struct history_line){ 0 };
}

struct loading {
    struct history_list *list;
    const struct history_query *query;
};

static void
load_line(const char *text, size_t len, void *arg)
{
    const struct loading *loading = arg;
    struct history_line line;
    struct vmha_error unused;

    if (history_line_parse(text, len, &line, &unused) == -1)
        loading->list->n_damaged++;
    else if (history_matches(loading->query, &line))
        history_list_add(loading->list, loading->query, &line);
    else
        history_line_clear(&line);
}

/* What a line that matches has in it, as it is written there: most lines need
 * not be parsed.
 */
static char *
needle_of(const struct history_query *q)
{
    const char *text = q->vm ? q->vm : q->node ? q->node : q->what;

    return text ? put_done(json_object_new_string(text)) : NULL;
}

int
history_list_load(struct history_list *l, const struct history_query *q,
                  const char *dir, const char *instance, struct vmha_error *err)
{
    struct loading loading = { l, q };
    CLEANUP_FREE char *needle = needle_of(q);

    return logfile_read(dir, instance, needle, load_line, &loading, err);
}

void
history_list_clear(struct history_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        history_line_clear(&l->lines[i]);
    free(l->lines);
    *l = (struct history_list){ 0 };
}

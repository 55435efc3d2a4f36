/* vmha history: the failures of the past, newest first. */
#include <stdio.h>
#include <string.h>

#include "../history/put.h"
#include "clock.h"
#include "command.h"
#include "document.h"
#include "explain.h"
#include "gather.h"
#include "moment.h"
#include "text.h"
#include "xalloc.h"

struct conf {
    char *host, *vm, *since, *dir;
    unsigned limit;
    int output;
    int64_t since_ms; /* 0: always */
};

static const struct param params[] = {
    { .name = "host",
      FIELD_STRING(struct conf, host),
      .summary = "Only failures of this host, by its node name" },
    { .name = "vm",
      FIELD_STRING(struct conf, vm),
      .summary = "Only those that had to do with this VM, by UUID or name" },
    { .name = "since",
      FIELD_STRING(struct conf, since),
      .summary = "Only what happened since: 2h, 30min (ago), or a time such "
                 "as 2026-11-23T07:00" },
    { .name = "limit",
      FIELD_UINT(struct conf, limit),
      .def = "50",
      .min = 1,
      .max = QUERY_LINES_MAX,
      .summary = "At most so many, the newest (50)" },
    { .name = "dir",
      FIELD_STRING(struct conf, dir),
      .summary = "Read only the files in this directory, and ask nobody" },
    OUTPUT_PARAM(struct conf, output),
    { .name = NULL },
};

static bool
is_of(const struct history_line *incident, const struct history_list *vms)
{
    for (size_t i = 0; i < vms->n; i++) {
        const struct history_line *l = &vms->lines[i];

        if (l->node && l->incident && incident->node && incident->incident &&
            strcmp(l->node, incident->node) == 0 &&
            strcmp(l->incident, incident->incident) == 0)
            return true;
    }
    return false;
}

/* Leave only the incidents that the VMs' lines name. */
static void
keep_those(struct history_list *list, const struct history_list *vms)
{
    size_t n = 0;

    for (size_t i = 0; i < list->n; i++)
        if (is_of(&list->lines[i], vms))
            list->lines[n++] = list->lines[i];
        else
            history_line_clear(&list->lines[i]);
    list->n = n;
}

static struct json_object *
document(const struct gather *g, const struct history_list *list,
         const struct history_list *events, size_t limit)
{
    struct json_object *o = json_object_new_object();
    struct json_object *all = json_object_new_array();
    struct json_object *of_them = json_object_new_array();

    for (size_t i = list->n; i-- > 0 && list->n - i <= limit;)
        json_object_array_add(all, json_object_get(list->lines[i].json));
    for (size_t i = 0; i < events->n; i++)
        json_object_array_add(of_them, json_object_get(events->lines[i].json));
    json_object_object_add(o, "incidents", all);
    json_object_object_add(o, "events", of_them);
    gather_put(g, o);
    return o;
}

/* What the brake did, and what was done to reserved hosts, of all segments. */
static int
gather_events(struct gather *g, const struct history_query *incidents,
              struct history_list *events, struct vmha_error *err)
{
    const struct history_query brake = { .what = "brake",
                                         .node = incidents->node,
                                         .since_ms = incidents->since_ms };
    const struct history_query reserve = { .what = "reserve",
                                           .since_ms = incidents->since_ms };

    return gather_lines(g, &brake, events, err) == -1
               ? -1
               : gather_lines(g, &reserve, events, err);
}

static int
check(void *arg, struct vmha_error *err)
{
    struct conf *conf = arg;

    if (conf->since && moment_parse_past(conf->since, clock_wall_ms(),
                                         &conf->since_ms, err) == -1)
        return vmha_context(err, "since");
    return command_refuse_empty("dir", conf->dir, err);
}

static int
run(const void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;
    const struct history_query q = { .what = "incident",
                                     .node = conf->host,
                                     .since_ms = conf->since_ms };
    const struct history_query vm = { .vm = conf->vm, .node = conf->host };
    CLEANUP_GATHER struct gather g = { 0 };
    CLEANUP_HISTORY_LIST struct history_list list = { 0 }, vms = { 0 },
                                             events = { 0 };
    bool is_utf8 = text_is_utf8();
    CLEANUP_FREE char *text = NULL;

    gather_init(&g, conf->dir);
    if (gather_lines(&g, &q, &list, err) == -1 ||
        gather_events(&g, &q, &events, err) == -1 ||
        (conf->vm && gather_lines(&g, &vm, &vms, err) == -1))
        return -1;
    if (conf->vm)
        keep_those(&list, &vms);
    text = conf->output == OUTPUT_TEXT
               ? explain_incidents(&list, &events, conf->limit, is_utf8)
               : document_done(document(&g, &list, &events, conf->limit),
                               conf->output, "history", is_utf8);
    fputs(text, stdout);
    gather_warn(&g);
    return 0;
}

const struct command command_history = {
    .name = "history",
    .usage = "[--host=HOST] [--vm=VM] [--since=TIME] [--limit=N] "
             "[--dir=DIRECTORY] [--output-as=text|json|xml]",
    .summary = "Show the failures of the past and what became of the VMs",
    .params = params,
    .conf_size = sizeof(struct conf),
    .check = check,
    .run = run,
};

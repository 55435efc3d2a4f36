/* vmha why WHAT: what was decided about a VM or a host, and by which facts. */
#include <stdio.h>
#include <string.h>

#include "../history/put.h"
#include "command.h"
#include "document.h"
#include "explain.h"
#include "gather.h"
#include "text.h"
#include "xalloc.h"

enum { HOSTS_MAX = 8 }; /* of one VM, whose decisions are shown */

struct conf {
    char *what, *dir;
    int output;
};

static const struct param params[] = {
    { .name = "what",
      FIELD_STRING(struct conf, what),
      .flags = PARAM_POSITIONAL | PARAM_REQUIRED,
      .summary = "The VM, by its UUID or name, or a host by its node name" },
    { .name = "dir",
      FIELD_STRING(struct conf, dir),
      .summary = "Read only the files in this directory, and ask nobody" },
    OUTPUT_PARAM(struct conf, output),
    { .name = NULL },
};

static int
gather_host(struct gather *g, const char *node, struct history_list *hosts,
            struct vmha_error *err)
{
    static const char *const kinds[] = { "host", "incident", "brake",
                                         "reserve" };

    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        const struct history_query q = { .what = kinds[i], .node = node };

        if (gather_lines(g, &q, hosts, err) == -1)
            return -1;
    }
    return 0;
}

/* The decisions about the hosts where the VMs were. */
static int
gather_hosts(struct gather *g, const struct history_list *vms,
             struct history_list *hosts, struct vmha_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < vms->n && n < HOSTS_MAX; i++) {
        const char *node = vms->lines[i].node;
        size_t k = 0;

        while (k < i && !(node && vms->lines[k].node &&
                          strcmp(node, vms->lines[k].node) == 0))
            k++;
        if (k < i || !node)
            continue;
        n++;
        if (gather_host(g, node, hosts, err) == -1)
            return -1;
    }
    return 0;
}

static void
add_all(struct json_object *o, const struct history_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        json_object_array_add(o, json_object_get(list->lines[i].json));
}

static struct json_object *
document(const struct gather *g, const struct history_list *vms,
         const struct history_list *hosts)
{
    struct json_object *o = json_object_new_object();
    struct json_object *lines = json_object_new_array();

    add_all(lines, hosts);
    add_all(lines, vms);
    json_object_object_add(o, "lines", lines);
    gather_put(g, o);
    return o;
}

static int
check(void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;

    return command_refuse_empty("dir", conf->dir, err);
}

static int
run(const void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;
    const struct history_query q = { .vm = conf->what };
    CLEANUP_GATHER struct gather g = { 0 };
    CLEANUP_HISTORY_LIST struct history_list vms = { 0 }, hosts = { 0 };
    bool is_utf8 = text_is_utf8();
    CLEANUP_FREE char *text = NULL;

    gather_init(&g, conf->dir);
    if (gather_lines(&g, &q, &vms, err) == -1)
        return -1;
    if ((vms.n ? gather_hosts(&g, &vms, &hosts, err)
               : gather_host(&g, conf->what, &hosts, err)) == -1)
        return -1;
    if (!vms.n && !hosts.n) {
        gather_warn(&g);
        return vmha_fail(err, VMHA_E_ABSENT, 0,
                         "no decision about '%s' is known", conf->what);
    }
    text = conf->output == OUTPUT_TEXT
               ? explain_why(&vms, &hosts, is_utf8)
               : document_done(document(&g, &vms, &hosts), conf->output, "why",
                               is_utf8);
    fputs(text, stdout);
    gather_warn(&g);
    return 0;
}

const struct command command_why = {
    .name = "why",
    .usage = "VM|HOST [--dir=DIRECTORY] [--output-as=text|json|xml]",
    .summary = "Show what was decided about a VM or a host, and why",
    .params = params,
    .conf_size = sizeof(struct conf),
    .check = check,
    .run = run,
};

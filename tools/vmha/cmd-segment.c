/* vmha segment list|show|set: the failover segments and their parameters. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "crm.h"
#include "document.h"
#include "roster.h"
#include "text.h"
#include "xalloc.h"

enum { OUT_MAX = 4 * 1024 * 1024 };
enum action { ACTION_LIST, ACTION_SHOW, ACTION_SET };

struct conf {
    int action;
    char *segment;
    char *method, *enabled, *joins;
    int output;
};

static const char *const actions[] = { "list", "show", "set", NULL };

static const struct param params[] = {
    { .name = "action",
      FIELD_CHOICE(struct conf, action),
      .flags = PARAM_POSITIONAL,
      .choices = actions,
      .summary = "list all; show one with its hosts; set parameters of its "
                 "resource" },
    { .name = "segment",
      FIELD_STRING(struct conf, segment),
      .flags = PARAM_POSITIONAL,
      .summary = "Name of the segment; without it, the resource without one" },
    { .name = "recovery_method",
      FIELD_STRING(struct conf, method),
      .summary = "auto, reserved_host, auto_priority or rh_priority" },
    { .name = "enabled",
      FIELD_STRING(struct conf, enabled),
      .summary = "Whether its hosts are recovered: true or false" },
    { .name = "add_reserved_host_to_aggregate",
      FIELD_STRING(struct conf, joins),
      .summary = "true or false" },
    OUTPUT_PARAM(struct conf, output),
    { .name = NULL },
};

/* The document of SEGMENT, or NULL. */
static struct json_object *
find(const struct roster *r, const char *segment, struct vmha_error *err)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(roster_text(r->docs[i], "segment"), segment) == 0)
            return r->docs[i];
    vmha_fail(err, VMHA_E_ABSENT, 0, "no running resource %s%s%s",
              *segment ? "has segment '" : "is without a segment", segment,
              *segment ? "'" : "");
    return NULL;
}

static int
list(const struct roster *r)
{
    CLEANUP_BUF struct buf b = BUF_INIT(OUT_MAX);

    for (size_t i = 0; i < r->n; i++)
        roster_put_segment(&b, r->docs[i], text_is_utf8());
    fputs(buf_str(&b), stdout);
    return 0;
}

static int
show(struct json_object *doc)
{
    CLEANUP_BUF struct buf b = BUF_INIT(OUT_MAX);
    size_t i = 0;

    roster_put_segment(&b, doc, text_is_utf8());
    for (struct json_object *h; (h = roster_host(doc, i)); i++) {
        (void) buf_add_str(&b, "  ");
        roster_put_host(&b, doc, h, text_is_utf8());
    }
    fputs(buf_str(&b), stdout);
    return 0;
}

static int
set(const struct conf *conf, struct json_object *doc, struct vmha_error *err)
{
    const char *resource = roster_text(doc, "instance");
    const struct {
        const char *name, *value;
    } parameters[] = { { "recovery_method", conf->method },
                       { "enabled", conf->enabled },
                       { "add_reserved_host_to_aggregate", conf->joins } };

    for (size_t i = 0; i < N_ELEMENTS(parameters); i++)
        if (parameters[i].value &&
            crm_set_parameter(resource, parameters[i].name, parameters[i].value,
                              err) == -1)
            return -1;
    return 0;
}

/* --- the command line ----------------------------------------------------- */

static int
check_method(const char *method, struct vmha_error *err)
{
    static const char *const known[] = { "auto", "reserved_host",
                                         "auto_priority", "rh_priority" };

    for (size_t i = 0; i < N_ELEMENTS(known); i++)
        if (!method || strcmp(method, known[i]) == 0)
            return 0;
    return vmha_fail(err, VMHA_E_CONFIG, 0,
                     "recovery method '%.64s' is none of auto, reserved_host, "
                     "auto_priority, rh_priority",
                     method);
}

/* Options that the action does not know. */
static int
check_options(const struct conf *conf, struct vmha_error *err)
{
    if (conf->action == ACTION_LIST && conf->segment)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "list takes no segment (see show)");
    if (conf->action == ACTION_SET)
        return conf->output == OUTPUT_TEXT
                   ? 0
                   : command_refuse("output-as", "", "list and show take", err);
    if (command_refuse("recovery-method", conf->method, "set takes", err) ==
            -1 ||
        command_refuse("enabled", conf->enabled, "set takes", err) == -1)
        return -1;
    return command_refuse("add-reserved-host-to-aggregate", conf->joins,
                          "set takes", err);
}

static int
check(void *arg, struct vmha_error *err)
{
    struct conf *conf = arg;

    if (check_options(conf, err) == -1)
        return -1;
    if (conf->action == ACTION_SET && !conf->method && !conf->enabled &&
        !conf->joins)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "nothing is to be set");
    if (check_method(conf->method, err) == -1 ||
        command_check_flag("enabled", &conf->enabled, err) == -1)
        return -1;
    return command_check_flag("add-reserved-host-to-aggregate", &conf->joins,
                              err);
}

/* --- the command -----------------------------------------------------------
 */

static int
run(const void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;
    CLEANUP_ROSTER struct roster r = { 0 };
    const char *segment = conf->segment ? conf->segment : "";
    struct json_object *doc = NULL;

    if (roster_ask(&r, err) == -1 ||
        (conf->action != ACTION_LIST && !(doc = find(&r, segment, err))))
        return -1;
    if (conf->action == ACTION_SET)
        return set(conf, doc, err);
    if (conf->output == OUTPUT_TEXT)
        return doc ? show(doc) : list(&r);

    CLEANUP_FREE char *text =
        document_done(roster_document(&r, doc ? segment : NULL), conf->output,
                      "segment", text_is_utf8());
    fputs(text, stdout);
    return 0;
}

const struct command command_segment = {
    .name = "segment",
    .usage = "list | show [SEGMENT] | set [SEGMENT] --PARAMETER=VALUE... "
             "[--output-as=text|json|xml]",
    .summary = "Show and set failover segments",
    .params = params,
    .conf_size = sizeof(struct conf),
    .check = check,
    .run = run,
};

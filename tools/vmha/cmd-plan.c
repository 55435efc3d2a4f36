/* vmha plan HOST: what would become of its VMs if it failed now. */
#include <stdio.h>
#include <string.h>

#include "../history/put.h"
#include "command.h"
#include "document.h"
#include "explain.h"
#include "group-ask.h"
#include "text.h"
#include "xalloc.h"

enum { WAIT_MS = 65000 }; /* Nova may take a minute */

struct conf {
    char *host;
    int output;
};

static const struct param params[] = {
    { .name = "host",
      FIELD_STRING(struct conf, host),
      .flags = PARAM_POSITIONAL | PARAM_REQUIRED,
      .summary = "The host, by its node name or its name in Nova" },
    OUTPUT_PARAM(struct conf, output),
    { .name = NULL },
};

/* Not of the daemon of another segment. */
static bool
is_answer(const struct reply *p)
{
    struct json_object *o = document_parse(p);
    bool is_foreign = json_object_object_get_ex(o, "foreign", NULL);

    json_object_put(o);
    return !is_foreign;
}

static int
show(struct json_object *plan, int output, struct vmha_error *err)
{
    bool is_utf8 = text_is_utf8();
    struct json_object *error = NULL, *version = NULL;

    if (json_object_object_get_ex(plan, "error", &error) &&
        json_object_is_type(error, json_type_string))
        return vmha_fail(err, VMHA_E_REFUSED, 0, "%s",
                         json_object_get_string(error));
    (void) json_object_object_get_ex(plan, "version", &version);
    if (json_object_get_int64(version) != 1)
        return vmha_fail(err, VMHA_E_INPUT, 0, "the answer is no plan");

    CLEANUP_FREE char *text =
        output == OUTPUT_TEXT
            ? explain_plan(plan, is_utf8)
            : document_done(json_object_get(plan), output, "plan", is_utf8);
    fputs(text, stdout);
    return 0;
}

static int
run(const void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;
    CLEANUP_ASK struct ask *a = ask_new(err);
    CLEANUP_REPLIES struct replies replies = { 0 };
    struct json_object *o = json_object_new_object();

    put_text(o, "verb", "plan");
    put_text(o, "host", conf->host);
    CLEANUP_FREE char *request = put_done(o);
    if (!a || ask_one(a, request, is_answer, WAIT_MS, &replies, err) == -1)
        return -1;
    for (size_t i = 0; i < replies.n; i++) {
        if (!is_answer(&replies.list[i]))
            continue;
        o = document_parse(&replies.list[i]);
        int rc = show(o, conf->output, err);
        json_object_put(o);
        return rc;
    }
    return vmha_fail(err, VMHA_E_ABSENT, 0,
                     "no vmha instance recovers a host '%s'", conf->host);
}

const struct command command_plan = {
    .name = "plan",
    .usage = "HOST [--output-as=text|json|xml]",
    .summary = "Show what would become of a host's VMs if it failed now",
    .params = params,
    .conf_size = sizeof(struct conf),
    .run = run,
};

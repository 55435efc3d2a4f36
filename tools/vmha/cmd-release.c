/* vmha release: let the hosts go on that the brake holds. */
#include <stdio.h>

#include <json-c/json.h>

#include "command.h"
#include "verdict.h"
#include "xalloc.h"

struct conf {
    char *segment;
};

static const struct param params[] = {
    { .name = "segment",
      FIELD_STRING(struct conf, segment),
      .summary = "Only hosts of this segment (empty: those without one)" },
    { .name = NULL },
};

static char *
release_request(const struct conf *conf)
{
    struct json_object *o = json_object_new_object();
    char *text;

    json_object_object_add(o, "verb", json_object_new_string("brake-release"));
    if (conf->segment)
        json_object_object_add(o, "segment",
                               json_object_new_string(conf->segment));
    text = xstrdup(json_object_to_json_string(o));
    json_object_put(o);
    return text;
}

static int
run(const void *arg, struct vmha_error *err)
{
    CLEANUP_FREE char *request = release_request(arg);
    CLEANUP_ASK struct ask *a = ask_new(err);
    size_t n_done;

    if (!a)
        return -1;
    if (tell_all(a, request, &n_done, err) == -1)
        return vmha_context(err, "release");
    if (n_done == 0)
        return vmha_fail(err, VMHA_E_ABSENT, 0,
                         "the brake holds no host (vmha host release closes "
                         "the recovery of one that is done)");
    puts("The hosts that were held are recovered now.");
    return 0;
}

const struct command command_release = {
    .name = "release",
    .usage = "[--segment=SEGMENT]",
    .summary = "Recover the hosts that the brake holds",
    .params = params,
    .conf_size = sizeof(struct conf),
    .run = run,
};

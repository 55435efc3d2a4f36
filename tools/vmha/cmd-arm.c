/* vmha disarm, vmha arm: whether the cloud may be touched. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "clock.h"
#include "command.h"
#include "group-ask.h"
#include "moment.h"
#include "verdict.h"
#include "xalloc.h"

enum { REASON_MAX = 200 };

struct conf {
    char *until;
    char *reason;
    int64_t now_s, until_s; /* 0: no end */
};

static const struct param disarm_params[] = {
    { .name = "until",
      FIELD_STRING(struct conf, until),
      .summary = "End of it: +30min, 18:00, 2026-11-23T18:00 (local time); "
                 "without it, until vmha arm" },
    { .name = "reason",
      FIELD_STRING(struct conf, reason),
      .def = "",
      .summary = "Why, for those who see it" },
    { .name = NULL },
};

static const struct param arm_params[] = { { .name = NULL } };

static char *
disarm_request(const struct conf *conf)
{
    struct json_object *o = json_object_new_object();
    char *text;

    json_object_object_add(o, "verb", json_object_new_string("disarm"));
    json_object_object_add(o, "since_s", json_object_new_int64(conf->now_s));
    json_object_object_add(o, "until_s", json_object_new_int64(conf->until_s));
    json_object_object_add(o, "reason", json_object_new_string(conf->reason));
    text = xstrdup(json_object_to_json_string(o));
    json_object_put(o);
    return text;
}

static int
check_disarm(void *arg, struct vmha_error *err)
{
    struct conf *conf = arg;

    conf->now_s = clock_wall_ms() / 1000;
    if (conf->until &&
        moment_parse(conf->until, conf->now_s, &conf->until_s, err) == -1)
        return vmha_context(err, "until");
    if (strlen(conf->reason) > REASON_MAX)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "the reason is longer than %d bytes", REASON_MAX);
    return 0;
}

static int
run_disarm(const void *arg, struct vmha_error *err)
{
    CLEANUP_FREE char *request = disarm_request(arg);
    CLEANUP_ASK struct ask *a = ask_new(err);
    size_t n_done;

    if (!a)
        return -1;
    if (tell_all(a, request, &n_done, err) == -1)
        return vmha_context(err, "disarm");
    puts("vmha is disarmed: hosts are fenced and their failures noted, but "
         "nothing in the cloud is changed.");
    return 0;
}

static int
run_arm(const void *arg, struct vmha_error *err)
{
    CLEANUP_ASK struct ask *a = ask_new(err);
    size_t n_done;

    (void) arg;
    if (!a)
        return -1;
    if (tell_all(a, "{\"verb\":\"arm\"}", &n_done, err) == -1)
        return vmha_context(err, "arm");
    puts("vmha is armed.");
    return 0;
}

const struct command command_disarm = {
    .name = "disarm",
    .usage = "[--until=TIME] [--reason=TEXT]",
    .summary = "Change nothing in the cloud until TIME or vmha arm",
    .params = disarm_params,
    .conf_size = sizeof(struct conf),
    .check = check_disarm,
    .run = run_disarm,
};

const struct command command_arm = {
    .name = "arm",
    .usage = "",
    .summary = "End vmha disarm",
    .params = arm_params,
    .conf_size = sizeof(struct conf),
    .run = run_arm,
};

/* vmha host list|show|set|release|forget: the compute hosts. */
#include <stdio.h>
#include <string.h>

#include "../history/put.h"
#include "command.h"
#include "crm.h"
#include "document.h"
#include "group-ask.h"
#include "roster.h"
#include "scan.h"
#include "text.h"
#include "verdict.h"
#include "xalloc.h"

enum {
    OUT_MAX = 4 * 1024 * 1024,
    SEGMENT_MAX = 64,
    FORGET_MS = 65000 /* Nova may take its time */
};
enum action {
    ACTION_LIST,
    ACTION_SHOW,
    ACTION_SET,
    ACTION_RELEASE,
    ACTION_FORGET
};

struct conf {
    int action;
    char *host;
    char *segment, *reserved, *maintenance, *service_host;
    int output;
};

static const char *const actions[] = { "list",    "show",   "set",
                                       "release", "forget", NULL };

static const struct param params[] = {
    { .name = "action",
      FIELD_CHOICE(struct conf, action),
      .flags = PARAM_POSITIONAL,
      .choices = actions,
      .summary = "list all; show one; set its node attributes; release: close "
                 "its recovery, which is done; forget: it is gone for good" },
    { .name = "host",
      FIELD_STRING(struct conf, host),
      .flags = PARAM_POSITIONAL,
      .summary = "Node name of the host" },
    { .name = "segment",
      FIELD_STRING(struct conf, segment),
      .summary = "Its failover segment; empty: none" },
    { .name = "reserved",
      FIELD_STRING(struct conf, reserved),
      .summary = "Whether it is kept free for failures: true or false" },
    { .name = "maintenance",
      FIELD_STRING(struct conf, maintenance),
      .summary =
          "Whether its VMs are left alone when it fails: true or false" },
    { .name = "service_host",
      FIELD_STRING(struct conf, service_host),
      .summary = "Its name in Nova; empty: that of the node" },
    OUTPUT_PARAM(struct conf, output),
    { .name = NULL },
};

/* --- list, show --------------------------------------------------------------
 */

static int
show(const struct conf *conf, struct vmha_error *err)
{
    bool is_utf8 = text_is_utf8();
    CLEANUP_ROSTER struct roster r = { 0 };
    CLEANUP_BUF struct buf b = BUF_INIT(OUT_MAX);
    size_t n = 0, k;

    if (roster_ask(&r, err) == -1)
        return -1;
    for (size_t i = 0; i < r.n; i++) {
        k = 0;
        for (struct json_object *h; (h = roster_host(r.docs[i], k)); k++) {
            if (conf->host && strcmp(roster_text(h, "host"), conf->host) != 0)
                continue;
            roster_put_host(&b, r.docs[i], h, is_utf8);
            n++;
        }
    }
    if (conf->host && n == 0)
        return vmha_fail(err, VMHA_E_ABSENT, 0,
                         "no running vmha resource recovers a host '%s'",
                         conf->host);
    CLEANUP_FREE char *document =
        document_done(roster_hosts_document(&r, conf->host), conf->output,
                      "host", is_utf8);
    fputs(conf->output == OUTPUT_TEXT ? buf_str(&b) : document, stdout);
    return 0;
}

/* --- the command line ----------------------------------------------------- */

/* A name that is safe in XML, in messages and in the journal. */
static bool
is_word(const char *s)
{
    return strlen(s) <= SEGMENT_MAX &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789._-") == strlen(s);
}

static int
check_host(const struct conf *conf, struct vmha_error *err)
{
    if (conf->action == ACTION_LIST && conf->host)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "list takes no host (see show)");
    if (conf->action != ACTION_LIST && !conf->host)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "the host is missing");
    if (conf->host && !scan_is_host_name(conf->host))
        return vmha_fail(err, VMHA_E_CONFIG, 0, "'%.64s' is no node name",
                         conf->host);
    return 0;
}

/* Options that the action does not know. */
static int
check_options(const struct conf *conf, struct vmha_error *err)
{
    bool sets = conf->action == ACTION_SET;
    bool shows = conf->action == ACTION_LIST || conf->action == ACTION_SHOW;

    if (!sets &&
        (command_refuse("segment", conf->segment, "set takes", err) == -1 ||
         command_refuse("reserved", conf->reserved, "set takes", err) == -1 ||
         command_refuse("maintenance", conf->maintenance, "set takes", err) ==
             -1))
        return -1;
    if (!sets && conf->action != ACTION_FORGET &&
        command_refuse("service-host", conf->service_host,
                       "set and forget take", err) == -1)
        return -1;
    if (!shows && conf->output != OUTPUT_TEXT)
        return command_refuse("output-as", "", "list and show take", err);
    return 0;
}

/* All is checked before the first is written. */
static int
check_values(struct conf *conf, struct vmha_error *err)
{
    if (conf->segment && !is_word(conf->segment))
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "segment '%.80s': expected up to %d letters, digits, "
                         "'.', '_' and '-'",
                         conf->segment, SEGMENT_MAX);
    if (conf->service_host && *conf->service_host &&
        !scan_is_host_name(conf->service_host))
        return vmha_fail(err, VMHA_E_CONFIG, 0, "'%.64s' is no host name",
                         conf->service_host);
    if (conf->action == ACTION_SET && !conf->segment && !conf->reserved &&
        !conf->maintenance && !conf->service_host)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "nothing is to be set");
    return command_check_flag("reserved", &conf->reserved, err) == -1
               ? -1
               : command_check_flag("maintenance", &conf->maintenance, err);
}

static int
check(void *arg, struct vmha_error *err)
{
    return check_host(arg, err) == -1 || check_options(arg, err) == -1
               ? -1
               : check_values(arg, err);
}

/* --- set ------------------------------------------------------------------ */

static int
set(const struct conf *conf, struct vmha_error *err)
{
    const struct {
        const char *name, *value;
    } attributes[] = { { "vmha-segment", conf->segment },
                       { "vmha-reserved", conf->reserved },
                       { "vmha-maintenance", conf->maintenance },
                       { "vmha-host", conf->service_host } };

    for (size_t i = 0; i < N_ELEMENTS(attributes); i++)
        if (attributes[i].value &&
            crm_set_attribute(conf->host, attributes[i].name,
                              attributes[i].value, err) == -1)
            return -1;
    return 0;
}

/* --- release, forget
 * ---------------------------------------------------------------------------
 */

static char *
request_of(const char *verb, const struct conf *conf)
{
    struct json_object *o = json_object_new_object();

    put_text(o, "verb", verb);
    put_text(o, "host", conf->host);
    put_text(o, "service_host", conf->service_host);
    return put_done(o);
}

static bool
is_ours(const struct reply *p)
{
    enum verdict verdict;
    struct vmha_error unused;

    return verdict_of(p, &verdict, &unused) == -1 || verdict != VERDICT_FOREIGN;
}

/* The only instance that knows the host does it. */
static int
tell(const struct conf *conf, const char *verb, int64_t wait_ms,
     const char *done, struct vmha_error *err)
{
    CLEANUP_ASK struct ask *a = ask_new(err);
    CLEANUP_FREE char *request = request_of(verb, conf);
    CLEANUP_REPLIES struct replies replies = { 0 };

    if (!a)
        return -1;
    if ((wait_ms ? ask_one(a, request, is_ours, wait_ms, &replies, err)
                 : ask_all(a, request, 0, &replies, err)) == -1)
        return vmha_context(err, "'%s' was not %s", conf->host, done);
    for (size_t i = 0; i < replies.n; i++) {
        enum verdict verdict;

        if (verdict_of(&replies.list[i], &verdict, err) == -1)
            return -1;
        if (verdict == VERDICT_DONE) {
            printf("%s is %s by %s.\n", conf->host, done,
                   replies.list[i].instance);
            return 0;
        }
    }
    return vmha_fail(err, VMHA_E_ABSENT, 0,
                     "no vmha instance recovers a host '%s'", conf->host);
}

/* --- the command
 * ----------------------------------------------------------------- */

static int
run(const void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;

    switch ((enum action) conf->action) {
    case ACTION_SET: return set(conf, err);
    case ACTION_RELEASE: return tell(conf, "release", 0, "released", err);
    case ACTION_FORGET:
        return tell(conf, "forget", FORGET_MS, "forgotten", err);
    default: return show(conf, err);
    }
}

const struct command command_host = {
    .name = "host",
    .usage = "list | show HOST | set HOST --ATTRIBUTE=VALUE... | release HOST "
             "| forget HOST [--output-as=text|json|xml]",
    .summary = "Show hosts, set their attributes, close a recovery that is "
               "done, forget hosts",
    .params = params,
    .conf_size = sizeof(struct conf),
    .check = check,
    .run = run,
};

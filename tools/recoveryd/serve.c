/* Answer the command line tool: requests come and go by the group. */
#include <stdio.h>
#include <string.h>

#include "../history/put.h"
#include "clock.h"
#include "comeback.h"
#include "daemon.h"
#include "log.h"
#include "wire.h"
#include "xalloc.h"

enum { REQUEST_MAX = 4096, JSON_DEPTH = 4 };

static char *
error_reply(const char *text)
{
    struct json_object *o = json_object_new_object();

    put_text(o, "error", text);
    return put_done(o);
}

static const char *
text_of(struct json_object *request, const char *key)
{
    struct json_object *value;

    if (!json_object_object_get_ex(request, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

static char *
do_status(struct daemon *d, struct json_object *request, const char *id)
{
    (void) request, (void) id;
    return report_status(d);
}

static void send_reply(struct daemon *d, const char *id, const char *reply);

static char *
do_release(struct daemon *d, struct json_object *request, const char *id)
{
    const char *node = text_of(request, "host");
    CLEANUP_FREE char *text = NULL;
    struct host *h;

    if (!node)
        return error_reply("release: 'host' is missing");
    h = daemon_host(d, node);
    if (!h)
        return xstrdup("{\"foreign\":true}");
    if (!h->incident) {
        text = xasprintf("host '%s' has no incident", node);
        return error_reply(text);
    }
    if (comeback_is_on(h->incident) && h->incident->back.is_quarantined) {
        if (h->is_noting || !d->is_quorate)
            return error_reply("the journal cannot be written now");
        close_pardon(d, h, id, send_reply);
        return NULL;
    }
    if (h->incident->saved.phase < PHASE_DONE && h->certainty != NODE_UNKNOWN) {
        text = xasprintf("host '%s' is in phase '%s': only a host whose "
                         "recovery is done can be released",
                         node, host_phase_name(h->incident->saved.phase));
        return error_reply(text);
    }
    h->incident->is_released = true;
    log_notice("released by the operator: node='%s' incident='%s'", node,
               incident_id(h->incident).text);
    daemon_kick(d);
    return xstrdup("{\"ok\":true}");
}

/* Hosts that nobody knows may have an entry: forget.c judges by a new view. */
static char *
do_forget(struct daemon *d, struct json_object *request, const char *id)
{
    const char *node = text_of(request, "host");
    struct vmha_error err;

    if (!node)
        return error_reply("forget: 'host' is missing");
    return forget_begin(d, node, text_of(request, "service_host"), id,
                        send_reply, &err) == -1
               ? error_reply(err.text)
               : NULL;
}

static char *
do_segment(struct daemon *d, struct json_object *request, const char *id)
{
    (void) request, (void) id;
    return segment_report(d);
}

static char *
do_history(struct daemon *d, struct json_object *request, const char *id)
{
    history_ask(d, request, id, send_reply);
    return NULL;
}

static char *
do_plan(struct daemon *d, struct json_object *request, const char *id)
{
    const char *node = text_of(request, "host");
    struct host *h = NULL;
    struct vmha_error err;

    if (!node)
        return error_reply("plan: 'host' is missing");
    for (size_t i = 0; i < d->n_hosts; i++)
        if (strcmp(d->hosts[i]->node, node) == 0 ||
            strcmp(d->hosts[i]->nova_host, node) == 0)
            h = d->hosts[i];
    if (!h)
        return xstrdup("{\"foreign\":true}");
    return forecast(d, h, id, send_reply, &err) == -1 ? error_reply(err.text)
                                                      : NULL;
}

static char *
do_check(struct daemon *d, struct json_object *request, const char *id)
{
    struct vmha_error err;

    (void) request;
    return examine(d, id, send_reply, &err) == -1 ? error_reply(err.text)
                                                  : NULL;
}

static int64_t
number_of(struct json_object *request, const char *key)
{
    struct json_object *value;

    if (!json_object_object_get_ex(request, key, &value) ||
        !json_object_is_type(value, json_type_int))
        return -1;
    return json_object_get_int64(value);
}

/* PENDING: it has effect, but is not in the journal yet; ask again. */
static char *
is_done_reply(bool is_done)
{
    return xstrdup(is_done ? "{\"ok\":true}" : "{\"pending\":true}");
}

/* The asking side gives the time, so that all instances write the same. */
static char *
do_disarm(struct daemon *d, struct json_object *request, const char *id)
{
    const char *reason = text_of(request, "reason");
    struct disarm dis = { .since_s = number_of(request, "since_s"),
                          .until_s = number_of(request, "until_s") };

    (void) id;
    if (dis.since_s < 0 || dis.until_s < 0 || !reason ||
        strlen(reason) > DISARM_REASON_MAX)
        return error_reply("disarm: 'since_s', 'until_s' or 'reason' is "
                           "missing or makes no sense");
    if (disarm_is_over(&dis, clock_wall_ms()))
        return error_reply("the end is over already, by the clock of the node "
                           "where the daemon runs");
    memcpy(dis.reason, reason, strlen(reason) + 1);
    return is_done_reply(arming_disarm(d, &dis));
}

static char *
do_arm(struct daemon *d, struct json_object *request, const char *id)
{
    (void) request, (void) id;
    return is_done_reply(arming_arm(d));
}

/* Of one segment, or of all: "" is that of the hosts without one. */
static char *
do_brake_release(struct daemon *d, struct json_object *request, const char *id)
{
    const char *segment = text_of(request, "segment");
    const char *ours = d->conf.segment ? d->conf.segment : "";
    bool is_saved;

    (void) id;
    if ((segment && strcmp(segment, ours) != 0) || !brake_release(d, &is_saved))
        return xstrdup("{\"foreign\":true}");
    return is_done_reply(is_saved);
}

static const struct {
    const char *verb;
    /* the reply, or NULL: it is sent later, to the request ID */
    char *(*serve)(struct daemon *d, struct json_object *request,
                   const char *id);
} verbs[] = {
    { "arm", do_arm },         { "brake-release", do_brake_release },
    { "disarm", do_disarm },   { "status", do_status },
    { "release", do_release }, { "history", do_history },
    { "segment", do_segment }, { "plan", do_plan },
    { "forget", do_forget },   { "check", do_check },
};

/* The reply as JSON text, or NULL: later. */
static char *
serve_request(struct daemon *d, const struct wire *w)
{
    struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH);
    struct json_object *request = NULL;
    char *reply = NULL;
    const char *verb;

    if (w->body_len <= REQUEST_MAX)
        request = json_tokener_parse_ex(tok, w->body, (int) w->body_len);
    verb = json_object_is_type(request, json_type_object)
               ? text_of(request, "verb")
               : NULL;
    if (!verb)
        reply = error_reply("the request is no JSON object with a 'verb'");
    for (size_t i = 0; verb && i < N_ELEMENTS(verbs); i++)
        if (strcmp(verb, verbs[i].verb) == 0) {
            reply = verbs[i].serve(d, request, w->id);
            verb = NULL;
        }
    if (verb)
        reply = error_reply("this version does not know the request");
    json_object_put(request);
    json_tokener_free(tok);
    return reply;
}

static int
send_part(const void *data, size_t len, void *arg, struct vmha_error *err)
{
    return group_send(arg, data, len, err);
}

static void
send_reply(struct daemon *d, const char *id, const char *reply)
{
    struct vmha_error err;

    if (wire_format(true, id, d->instance, reply, strlen(reply),
                    GROUP_MESSAGE_MAX, send_part, d->group, &err) == -1)
        log_warning("reply to request %s: %s, ignoring", id, err.text);
}

void
serve_message(const void *data, size_t len, uint32_t node_id, uint32_t pid,
              void *arg)
{
    struct daemon *d = arg;
    struct vmha_error err;
    struct wire w;

    if (wire_parse(data, len, &w, &err) == -1) {
        log_warning("from node %u process %u: %s, ignoring", node_id, pid,
                    err.text);
        return;
    }
    if (w.is_reply || w.parts != 1 ||
        (strcmp(w.instance, "-") != 0 && strcmp(w.instance, d->instance) != 0))
        return;
    CLEANUP_FREE char *reply = serve_request(d, &w);

    if (reply)
        send_reply(d, w.id, reply);
}

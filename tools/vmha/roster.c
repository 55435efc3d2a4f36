/* What the daemons say of their segments and hosts. */
#include "roster.h"

#include <string.h>

#include "cleanup.h"
#include "group-ask.h"
#include "text.h"
#include "xalloc.h"

enum { FORMAT = 1, DEPTH_MAX = 8, COLUMNS = 300 };

/* --- documents ---------------------------------------------------------------
 */

const char *
roster_text(struct json_object *o, const char *key)
{
    struct json_object *value;

    if (!json_object_object_get_ex(o, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return "";
    return json_object_get_string(value);
}

bool
roster_flag(struct json_object *o, const char *key)
{
    struct json_object *value;

    return json_object_object_get_ex(o, key, &value) &&
           json_object_get_boolean(value);
}

struct json_object *
roster_host(struct json_object *doc, size_t i)
{
    struct json_object *hosts = NULL;

    (void) json_object_object_get_ex(doc, "hosts", &hosts);
    return i < json_object_array_length(hosts)
               ? json_object_array_get_idx(hosts, i)
               : NULL;
}

static int
check(struct json_object *doc, struct vmha_error *err)
{
    struct json_object *value = NULL;

    if (!json_object_is_type(doc, json_type_object))
        return vmha_fail(err, VMHA_E_INPUT, 0, "no JSON object");
    if (*roster_text(doc, "error"))
        return vmha_fail(err, VMHA_E_REFUSED, 0, "%s",
                         roster_text(doc, "error"));
    (void) json_object_object_get_ex(doc, "version", &value);
    if (json_object_get_int64(value) != FORMAT)
        return vmha_fail(err, VMHA_E_INPUT, 0, "version: expected %d", FORMAT);
    if (!json_object_object_get_ex(doc, "hosts", &value) ||
        !json_object_is_type(value, json_type_array) ||
        json_object_array_length(value) > ROSTER_HOSTS_MAX)
        return vmha_fail(err, VMHA_E_INPUT, 0, "hosts: expected an array");
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!json_object_is_type(json_object_array_get_idx(value, i),
                                 json_type_object))
            return vmha_fail(err, VMHA_E_INPUT, 0, "hosts[%zu]: no object", i);
    return 0;
}

int
roster_add(struct roster *r, const char *name, const char *bytes, size_t len,
           struct vmha_error *err)
{
    struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *doc = json_tokener_parse_ex(tok, bytes, (int) len);

    json_tokener_free(tok);
    if (r->n == ROSTER_MAX || check(doc, err) == -1) {
        json_object_put(doc);
        return r->n == ROSTER_MAX ? 0 : vmha_context(err, "'%s'", name);
    }
    r->docs[r->n++] = doc;
    return 0;
}

int
roster_ask(struct roster *ret_roster, struct vmha_error *err)
{
    CLEANUP_ASK struct ask *a = ask_new(err);
    CLEANUP_REPLIES struct replies replies = { 0 };
    CLEANUP_ROSTER struct roster r = { 0 };

    if (!a || ask_all(a, "{\"verb\":\"segment\"}", 0, &replies, err) == -1)
        return -1;
    for (size_t i = 0; i < replies.n; i++)
        if (roster_add(&r, replies.list[i].instance, replies.list[i].body.data,
                       replies.list[i].body.len, err) == -1)
            return -1;
    *ret_roster = r;
    r.n = 0;
    return 0;
}

void
roster_clear(struct roster *r)
{
    for (size_t i = 0; i < r->n; i++)
        json_object_put(r->docs[i]);
    r->n = 0;
}

/* --- for people --------------------------------------------------------------
 */

static void
put(struct buf *b, const char *before, const char *text, bool is_utf8)
{
    (void) buf_add_str(b, before);
    text_add(b, text, COLUMNS, is_utf8);
}

void
roster_put_segment(struct buf *b, struct json_object *doc, bool is_utf8)
{
    const char *segment = roster_text(doc, "segment");
    size_t n = 0, n_reserved = 0;

    for (struct json_object *h; (h = roster_host(doc, n)); n++)
        n_reserved += roster_flag(h, "reserved");
    put(b, "", *segment ? segment : "(no segment)", is_utf8);
    put(b, ": ", roster_text(doc, "instance"), is_utf8);
    put(b, " on ", roster_text(doc, "node"), is_utf8);
    put(b, ", ", roster_text(doc, "recovery_method"), is_utf8);
    (void) buf_printf(b, "%s, %zu host%s, %zu reserved\n",
                      roster_flag(doc, "enabled") ? "" : ", disabled", n,
                      n == 1 ? "" : "s", n_reserved);
}

void
roster_put_host(struct buf *b, struct json_object *doc,
                struct json_object *host, bool is_utf8)
{
    const char *segment = roster_text(doc, "segment");
    const char *phase = roster_text(host, "phase");

    put(b, "", roster_text(host, "host"), is_utf8);
    if (strcmp(roster_text(host, "host"), roster_text(host, "service_host")) !=
        0) {
        put(b, " (", roster_text(host, "service_host"), is_utf8);
        (void) buf_add_str(b, ")");
    }
    (void) buf_add_str(b, ": ");
    if (*segment) {
        put(b, "segment ", segment, is_utf8);
        (void) buf_add_str(b, ", ");
    }
    (void) buf_add_str(b,
                       roster_flag(host, "online") ? "online" : "not online");
    if (roster_flag(host, "reserved"))
        put(b, ", reserved: ", roster_text(host, "reserve"), is_utf8);
    if (roster_flag(host, "maintenance"))
        (void) buf_add_str(b, ", in maintenance");
    if (*phase)
        put(b, ", recovery ", phase, is_utf8);
    (void) buf_add_str(b, "\n");
}

/* --- for programs ------------------------------------------------------------
 */

struct json_object *
roster_document(const struct roster *r, const char *segment)
{
    struct json_object *o = json_object_new_object();
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < r->n; i++)
        if (!segment ||
            strcmp(roster_text(r->docs[i], "segment"), segment) == 0)
            json_object_array_add(list, json_object_get(r->docs[i]));
    json_object_object_add(o, "instances", list);
    return o;
}

struct json_object *
roster_hosts_document(const struct roster *r, const char *host)
{
    struct json_object *o = json_object_new_object();
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < r->n; i++) {
        size_t k = 0;

        for (struct json_object *h; (h = roster_host(r->docs[i], k)); k++) {
            if (host && strcmp(roster_text(h, "host"), host) != 0)
                continue;
            json_object_object_add(h, "segment",
                                   json_object_new_string(
                                       roster_text(r->docs[i], "segment")));
            json_object_array_add(list, json_object_get(h));
        }
    }
    json_object_object_add(o, "hosts", list);
    return o;
}

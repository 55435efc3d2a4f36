/* Errors, validation, policy and links as Nova does them. */
#include "sim-nova.h"

#include <string.h>

#include <glib.h>

#include "sim-json.h"
#include "sim-keystone.h"

/* nova/api/openstack/wsgi.py, class Fault */
static const struct {
    int status;
    const char *name;
} fault_names[] = {
    { 400, "badRequest" },         { 401, "unauthorized" },
    { 403, "forbidden" },          { 404, "itemNotFound" },
    { 405, "badMethod" },          { 409, "conflictingRequest" },
    { 413, "overLimit" },          { 415, "badMediaType" },
    { 429, "overLimit" },          { 501, "notImplemented" },
    { 503, "serviceUnavailable" },
};

int
nova_fail(struct sim_req *r, int status, const char *fmt, ...)
{
    const char *name = "computeFault";
    va_list ap;
    char *message;

    for (size_t i = 0; i < G_N_ELEMENTS(fault_names); i++)
        if (fault_names[i].status == status)
            name = fault_names[i].name;
    va_start(ap, fmt);
    message = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    r->status = status;
    g_string_truncate(r->out, 0);
    out_open(r->out, NULL, '{');
    out_open(r->out, name, '{');
    out_int(r->out, "code", status);
    out_str(r->out, "message", message);
    out_close(r->out, '}');
    out_close(r->out, '}');
    g_free(message);
    return -1;
}

/* --- policy --- */

static GHashTable *denied;

void
nova_policy_deny(const char *rule)
{
    if (!denied)
        denied = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (rule)
        g_hash_table_add(denied, g_strdup(rule));
    else
        g_hash_table_remove_all(denied);
}

int
nova_policy(struct sim_req *r, const char *rule)
{
    if (r->who->is_admin && !(denied && g_hash_table_contains(denied, rule)))
        return 0;
    return nova_fail(r, 403, "Policy doesn't allow %s to be performed.", rule);
}

/* --- validation --- */

static const char *const yes[] = { "True", "TRUE", "true", "1",   "ON", "On",
                                   "on",   "YES",  "Yes",  "yes", NULL };
static const char *const no[] = { "False", "FALSE", "false", "0",  "OFF", "Off",
                                  "off",   "NO",    "No",    "no", NULL };

bool
nova_bool(struct json_object *v)
{
    if (json_object_is_type(v, json_type_string))
        return g_strv_contains(yes, json_object_get_string(v));
    return json_object_get_boolean(v);
}

static int
invalid(struct sim_req *r, const char *field, struct json_object *value,
        const char *message)
{
    char *text = py_str(value);

    if (field)
        nova_fail(r, 400, "Invalid input for field/attribute %s. Value: %s. %s",
                  field, text, message);
    else
        nova_fail(r, 400, "%s", message);
    g_free(text);
    return -1;
}

static char *
text_fault(struct json_object *v, const char *repr)
{
    if (!json_object_is_type(v, json_type_string))
        return g_strdup_printf("%s is not of type 'string'", repr);
    if (json_object_get_string_len(v) < 1)
        return g_strdup_printf("%s is too short", repr);
    if (g_utf8_strlen(json_object_get_string(v), -1) > 255)
        return g_strdup_printf("%s is too long", repr);
    return NULL;
}

static char *
name_fault(struct json_object *v, const char *repr)
{
    static const char pattern[] = "^[a-zA-Z0-9-._]*$";
    char *fault = text_fault(v, repr);

    if (fault || g_regex_match_simple(pattern, json_object_get_string(v), 0, 0))
        return fault;
    return g_strdup_printf("%s does not match '%s'", repr, pattern);
}

static char *
bool_fault(struct json_object *v, const char *repr)
{
    const char *s = json_object_get_string(v);

    if (json_object_is_type(v, json_type_boolean))
        return NULL;
    if (!json_object_is_type(v, json_type_string))
        return g_strdup_printf("%s is not of type 'boolean', 'string'", repr);
    if (g_strv_contains(yes, s) || g_strv_contains(no, s))
        return NULL;
    return g_strdup_printf(
        "%s is not one of [True, 'True', 'TRUE', 'true', '1', 'ON', 'On', "
        "'on', 'YES', 'Yes', 'yes', False, 'False', 'FALSE', 'false', '0', "
        "'OFF', 'Off', 'off', 'NO', 'No', 'no']",
        repr);
}

static char *
choice_fault(struct json_object *v, const char *repr, const char *choices)
{
    if (!json_object_is_type(v, json_type_string))
        return g_strdup_printf("%s is not of type 'string'", repr);
    if (strstr(choices, repr))
        return NULL;
    return g_strdup_printf("%s is not one of %s", repr, choices);
}

static char *
field_fault(const struct nova_field *f, struct json_object *v)
{
    char *repr = py_repr(v), *fault = NULL;

    switch (f->type) {
    case FIELD_TEXT: fault = text_fault(v, repr); break;
    case FIELD_NAME: fault = name_fault(v, repr); break;
    case FIELD_BOOL: fault = bool_fault(v, repr); break;
    case FIELD_CHOICE: fault = choice_fault(v, repr, f->choices); break;
    }
    g_free(repr);
    return fault;
}

static const struct nova_field *
field_named(const char *name, const struct nova_field *fields, size_t n,
            int minor)
{
    for (size_t i = 0; i < n; i++)
        if (g_str_equal(fields[i].name, name) && minor >= fields[i].min_minor &&
            (!fields[i].max_minor || minor <= fields[i].max_minor))
            return &fields[i];
    return NULL;
}

static int
validate_member(struct sim_req *r, struct json_object *o, const char *parent,
                const char *key, const struct nova_field *f)
{
    struct json_object *v = in_get(o, key);
    char *fault = f ? field_fault(f, v)
                    : g_strdup_printf("Additional properties are not allowed "
                                      "('%s' was unexpected)",
                                      key);
    int rc = 0;

    if (fault)
        rc = invalid(r, f ? key : parent, f ? v : o, fault);
    g_free(fault);
    return rc;
}

int
nova_validate(struct sim_req *r, struct json_object *o, const char *parent,
              const struct nova_field *fields, size_t n)
{
    char *message;

    if (!json_object_is_type(o, json_type_object)) {
        char *repr = py_repr(o);

        message = g_strdup_printf("%s is not of type 'object'", repr);
        g_free(repr);
        invalid(r, parent, o, message);
        g_free(message);
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (!fields[i].is_required || in_get(o, fields[i].name) ||
            !field_named(fields[i].name, fields, n, r->minor))
            continue;
        message =
            g_strdup_printf("'%s' is a required property", fields[i].name);
        invalid(r, parent, o, message);
        g_free(message);
        return -1;
    }
    json_object_object_foreach(o, key, value)
    {
        (void) value;
        if (validate_member(r, o, parent, key,
                            field_named(key, fields, n, r->minor)) < 0)
            return -1;
    }
    return 0;
}

/* --- query
 * ---------------------------------------------------------------------------------
 */

struct known {
    const char *const *names;
    const char *stranger;
};

static gboolean
look_for_stranger(gpointer key, gpointer value, gpointer data)
{
    struct known *k = data;

    (void) value;
    if (g_strv_contains(k->names, key))
        return FALSE;
    k->stranger = key;
    return TRUE;
}

int
nova_params(struct sim_req *r, int minor, const char *const *names)
{
    struct known k = { names, NULL };

    if (r->minor < minor)
        return 0;
    g_tree_foreach(r->query, look_for_stranger, &k);
    if (!k.stranger)
        return 0;
    return nova_fail(r, 400,
                     "Additional properties are not allowed ('%s' was "
                     "unexpected)",
                     k.stranger);
}

int
nova_page(struct sim_req *r, int64_t *ret_limit, const char **ret_marker)
{
    const char *limit = sim_query(r, "limit");
    guint64 n = (guint64) sim_set.max_limit;

    *ret_marker = sim_query(r, "marker");
    *ret_limit = sim_set.max_limit;
    if (!limit)
        return 0;
    if (!g_ascii_string_to_unsigned(limit, 10, 0, G_MAXINT64, &n, NULL))
        return nova_fail(r, 400,
                         "Invalid input for query parameters limit. Value: "
                         "%s. '%s' does not match '^[0-9]*$'",
                         limit, limit);
    *ret_limit = MIN(*ret_limit, (int64_t) n);
    return 0;
}

int
nova_time(struct sim_req *r, const char *name, int64_t *ret_ms)
{
    const char *s = sim_query(r, name);
    char *plus_for_blank;
    GTimeZone *utc;
    GDateTime *t;

    if (!s)
        return 0;
    utc = g_time_zone_new_utc();
    plus_for_blank = g_strdelimit(g_strdup(s), " ", '+');
    t = g_date_time_new_from_iso8601(plus_for_blank, utc);
    g_time_zone_unref(utc);
    g_free(plus_for_blank);
    if (!t)
        return nova_fail(r, 400,
                         "Invalid input for query parameters %s. Value: %s. "
                         "'%s' is not a 'date-time'",
                         name, s, s);
    *ret_ms = g_date_time_to_unix(t) * 1000;
    g_date_time_unref(t);
    return 1;
}

/* --- servers and links --- */

struct sim_vm *
nova_server(struct sim_req *r)
{
    struct sim_vm *v = sim_vm_find(r->args[0]);

    if (v && !v->is_deleted)
        return v;
    nova_fail(r, 404, "Instance %s could not be found.", r->args[0]);
    return NULL;
}

char *
nova_base(const struct sim_req *r)
{
    const char *at = strstr(r->path, "/v2.1");

    return g_strdup_printf("http://%s%.*s", r->host ? r->host : "novasim",
                           at ? (int) (at - r->path) : 0, r->path);
}

void
nova_links(struct sim_req *r, GString *o, const char *collection,
           const char *id)
{
    static const char *const rels[] = { "self", "bookmark" };
    char *base = nova_base(r);

    out_open(o, "links", '[');
    for (int i = 0; i < 2; i++) {
        out_open(o, NULL, '{');
        out_str(o, "rel", rels[i]);
        out_fmt(o, "href", "%s%s/%s/%s", base, i ? "" : "/v2.1", collection,
                id);
        out_close(o, '}');
    }
    out_close(o, ']');
    g_free(base);
}

struct next_query {
    GString *text;
    const char *marker;
};

static void
add_param(GString *o, const char *name, const char *value)
{
    char *n = g_uri_escape_string(name, NULL, FALSE);
    char *v = g_uri_escape_string(value, NULL, FALSE);

    g_string_append_printf(o, "%s%s=%s", o->len ? "&" : "", n, v);
    g_free(n);
    g_free(v);
}

static gboolean
add_next_param(gpointer key, gpointer value, gpointer data)
{
    struct next_query *q = data;

    if (!g_str_equal(key, "marker"))
        add_param(q->text, key, value);
    return FALSE;
}

/* The old parameters in order, then the new marker (common.py
 * _get_next_link; the order does not matter to a client).
 */
void
nova_next_link(struct sim_req *r, const char *key, const char *collection,
               const char *marker)
{
    struct next_query q = { g_string_new(NULL), marker };
    char *base = nova_base(r);

    g_tree_foreach(r->query, add_next_param, &q);
    add_param(q.text, "marker", marker);
    out_open(r->out, key, '[');
    out_open(r->out, NULL, '{');
    out_str(r->out, "rel", "next");
    out_fmt(r->out, "href", "%s/v2.1/%s?%s", base, collection, q.text->str);
    out_close(r->out, '}');
    out_close(r->out, ']');
    g_string_free(q.text, TRUE);
    g_free(base);
}

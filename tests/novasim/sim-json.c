/* JSON out by appending, JSON in by json-c. */
#include "sim-json.h"

#include <string.h>
#include <time.h>

static void
lead_in(GString *o, const char *key)
{
    char last = o->len ? o->str[o->len - 1] : '[';

    if (last != '{' && last != '[' && last != ':')
        g_string_append_c(o, ',');
    if (key)
        g_string_append_printf(o, "\"%s\":", key);
}

void
out_open(GString *o, const char *key, char bracket)
{
    lead_in(o, key);
    g_string_append_c(o, bracket);
}

void
out_close(GString *o, char bracket)
{
    g_string_append_c(o, bracket);
}

static void
append_quoted(GString *o, const char *s)
{
    g_string_append_c(o, '"');
    for (; *s; s++) {
        unsigned char c = (unsigned char) *s;

        if (c == '"' || c == '\\')
            g_string_append_c(o, '\\');
        if (c == '\n')
            g_string_append(o, "\\n");
        else if (c < 0x20)
            g_string_append_printf(o, "\\u%04x", c);
        else
            g_string_append_c(o, (char) c);
    }
    g_string_append_c(o, '"');
}

void
out_str(GString *o, const char *key, const char *value)
{
    lead_in(o, key);
    if (value)
        append_quoted(o, value);
    else
        g_string_append(o, "null");
}

void
out_fmt(GString *o, const char *key, const char *fmt, ...)
{
    va_list ap;
    char *s;

    va_start(ap, fmt);
    s = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    out_str(o, key, s);
    g_free(s);
}

void
out_int(GString *o, const char *key, int64_t value)
{
    lead_in(o, key);
    g_string_append_printf(o, "%" G_GINT64_FORMAT, value);
}

void
out_bool(GString *o, const char *key, bool value)
{
    lead_in(o, key);
    g_string_append(o, value ? "true" : "false");
}

void
out_null(GString *o, const char *key)
{
    out_str(o, key, NULL);
}

void
out_json(GString *o, const char *key, struct json_object *value)
{
    lead_in(o, key);
    g_string_append(o, json_object_to_json_string_ext(value,
                                                      JSON_C_TO_STRING_PLAIN));
}

static void
append_time(GString *o, const char *key, int64_t ms, const char *tail)
{
    time_t t = ms / 1000;
    struct tm tm;
    char buf[40];

    if (!ms) {
        out_null(o, key);
        return;
    }
    gmtime_r(&t, &tm);
    strftime(buf, sizeof buf, "%Y-%m-%dT%H:%M:%S", &tm);
    out_fmt(o, key, "%s%s", buf, tail);
}

void
out_time(GString *o, const char *key, int64_t ms)
{
    append_time(o, key, ms, ".000000");
}

void
out_ztime(GString *o, const char *key, int64_t ms)
{
    append_time(o, key, ms, "Z");
}

static void
repr(GString *o, struct json_object *v)
{
    const char *sep = "";

    switch (json_object_get_type(v)) {
    case json_type_null: g_string_append(o, "None"); break;
    case json_type_boolean:
        g_string_append(o, json_object_get_boolean(v) ? "True" : "False");
        break;
    case json_type_string:
        g_string_append_printf(o, "'%s'", json_object_get_string(v));
        break;
    case json_type_array:
        g_string_append_c(o, '[');
        for (size_t i = 0; i < json_object_array_length(v); i++, sep = ", ") {
            g_string_append(o, sep);
            repr(o, json_object_array_get_idx(v, i));
        }
        g_string_append_c(o, ']');
        break;
    case json_type_object:
        g_string_append_c(o, '{');
        json_object_object_foreach(v, key, member)
        {
            g_string_append_printf(o, "%s'%s': ", sep, key);
            repr(o, member);
            sep = ", ";
        }
        g_string_append_c(o, '}');
        break;
    default: g_string_append(o, json_object_get_string(v)); break;
    }
}

char *
py_repr(struct json_object *value)
{
    GString *o = g_string_new(NULL);

    repr(o, value);
    return g_string_free(o, FALSE);
}

char *
py_str(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string))
        return g_strdup(json_object_get_string(value));
    return py_repr(value);
}

struct json_object *
in_get(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;

    if (json_object_is_type(o, json_type_object))
        json_object_object_get_ex(o, key, &v);
    return v;
}

const char *
in_str(struct json_object *o, const char *key, const char *dflt)
{
    struct json_object *v = in_get(o, key);

    return json_object_is_type(v, json_type_string) ? json_object_get_string(v)
                                                    : dflt;
}

int64_t
in_int(struct json_object *o, const char *key, int64_t dflt)
{
    struct json_object *v = in_get(o, key);

    return json_object_is_type(v, json_type_int) ? json_object_get_int64(v)
                                                 : dflt;
}

bool
in_bool(struct json_object *o, const char *key, bool dflt)
{
    struct json_object *v = in_get(o, key);

    return json_object_is_type(v, json_type_boolean)
               ? json_object_get_boolean(v)
               : dflt;
}

struct json_object *
in_parse(const char *text, size_t len)
{
    struct json_tokener *tok = json_tokener_new();
    struct json_object *o = json_tokener_parse_ex(tok, text, (int) len);
    size_t used = json_tokener_get_parse_end(tok);

    while (used < len && strchr(" \t\r\n", text[used]))
        used++;
    if (json_tokener_get_error(tok) != json_tokener_success || used < len) {
        json_object_put(o);
        o = NULL;
    }
    json_tokener_free(tok);
    return o;
}

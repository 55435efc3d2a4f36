/* Strict reading of JSON documents from outside. */
#include "reply.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "scan.h"

enum { MAX_DEPTH = 32 };

struct json_object *
reply_parse(const char *bytes, size_t len, struct vmha_error *err)
{
    struct json_tokener *t = json_tokener_new_ex(MAX_DEPTH);
    struct json_object *doc = NULL;
    enum json_tokener_error why;

    if (len > INT32_MAX || memchr(bytes, '\0', len)) {
        vmha_fail(err, VMHA_E_INPUT, 0, "no JSON: %s",
                  len > INT32_MAX ? "too long" : "it holds a NUL byte");
        json_tokener_free(t);
        return NULL;
    }
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    doc = json_tokener_parse_ex(t, bytes, (int) len);
    why = json_tokener_get_error(t);
    if (why == json_tokener_continue) {
        vmha_fail(err, VMHA_E_INPUT, 0, "no JSON: it ends early");
    } else if (why != json_tokener_success) {
        vmha_fail(err, VMHA_E_INPUT, 0, "no JSON: %s at byte %zu",
                  json_tokener_error_desc(why), json_tokener_get_parse_end(t));
    } else if (!json_object_is_type(doc, json_type_object)) {
        vmha_fail(err, VMHA_E_INPUT, 0, "expected a JSON object");
        reply_free(&doc);
    }
    json_tokener_free(t);
    return doc;
}

void
reply_free(struct json_object **doc)
{
    json_object_put(*doc);
    *doc = NULL;
}

struct reply_node
reply_top(struct json_object *doc)
{
    return (struct reply_node){ .value = doc };
}

static int
wrong(const struct reply_node *n, const char *key, const char *expected,
      struct vmha_error *err)
{
    return vmha_fail(err, VMHA_E_INPUT, 0, "%s%s: expected %s", n->where, key,
                     expected);
}

/* The value of KEY; NULL also where it is null. */
static struct json_object *
member(const struct reply_node *n, const char *key)
{
    return json_object_object_get(n->value, key);
}

bool
reply_has(const struct reply_node *n, const char *key)
{
    return member(n, key) != NULL;
}

static int
check_text(const struct reply_node *n, const char *key, struct json_object *v,
           struct vmha_error *err)
{
    if (!json_object_is_type(v, json_type_string))
        return wrong(n, key, "a string", err);
    if (strlen(json_object_get_string(v)) !=
        (size_t) json_object_get_string_len(v))
        return wrong(n, key, "a string without NUL", err);
    return 0;
}

int
reply_text_opt(const struct reply_node *n, const char *key,
               const char **ret_text, struct vmha_error *err)
{
    struct json_object *v = member(n, key);

    if (v && check_text(n, key, v, err) == -1)
        return -1;
    *ret_text = v ? json_object_get_string(v) : NULL;
    return 0;
}

int
reply_text(const struct reply_node *n, const char *key, const char **ret_text,
           struct vmha_error *err)
{
    return reply_has(n, key) ? reply_text_opt(n, key, ret_text, err)
                             : wrong(n, key, "a string", err);
}

int
reply_bool(const struct reply_node *n, const char *key, bool *ret_value,
           struct vmha_error *err)
{
    struct json_object *v = member(n, key);

    if (!json_object_is_type(v, json_type_boolean))
        return wrong(n, key, "true or false", err);
    *ret_value = json_object_get_boolean(v);
    return 0;
}

int
reply_int(const struct reply_node *n, const char *key, int64_t *ret_value,
          struct vmha_error *err)
{
    struct json_object *v = member(n, key);

    if (!v || !json_object_is_type(v, json_type_int))
        return wrong(n, key, "a whole number", err);
    *ret_value = json_object_get_int64(v);
    return 0;
}

static void
enter(const struct reply_node *n, const char *key, struct json_object *v,
      const char *after, struct reply_node *ret)
{
    struct reply_node child = { .value = v };

    snprintf(child.where, sizeof child.where, "%.60s%.16s%s", n->where, key,
             after);
    *ret = child;
}

int
reply_object(const struct reply_node *n, const char *key,
             struct reply_node *ret_object, struct vmha_error *err)
{
    struct json_object *v = member(n, key);

    if (!v || !json_object_is_type(v, json_type_object))
        return wrong(n, key, "an object", err);
    enter(n, key, v, ".", ret_object);
    return 0;
}

int
reply_list(const struct reply_node *n, const char *key,
           struct reply_node *ret_list, struct vmha_error *err)
{
    struct json_object *v = member(n, key);

    if (!v || !json_object_is_type(v, json_type_array))
        return wrong(n, key, "a list", err);
    enter(n, key, v, "", ret_list);
    return 0;
}

int
reply_time_opt(const struct reply_node *n, const char *key, int64_t *ret_ms,
               struct vmha_error *err)
{
    const char *text;
    int64_t ms = 0;

    if (reply_text_opt(n, key, &text, err) == -1)
        return -1;
    if (text && scan_utc_ms(text, &ms) == -1)
        return wrong(n, key, "a time", err);
    *ret_ms = ms;
    return 0;
}

size_t
reply_length(const struct reply_node *list)
{
    return json_object_array_length(list->value);
}

int
reply_item(const struct reply_node *list, size_t i, struct reply_node *ret_item,
           struct vmha_error *err)
{
    struct json_object *v = json_object_array_get_idx(list->value, i);
    char index[24];

    snprintf(index, sizeof index, "[%zu]", i);
    if (!v || !json_object_is_type(v, json_type_object))
        return wrong(list, index, "an object", err);
    enter(list, index, v, ".", ret_item);
    return 0;
}

static int
each_item(const struct reply_node *list, reply_text_fn *fn, void *arg,
          struct vmha_error *err)
{
    char index[24];

    for (size_t i = 0; i < reply_length(list); i++) {
        struct json_object *v = json_object_array_get_idx(list->value, i);

        snprintf(index, sizeof index, "[%zu]", i);
        if (check_text(list, index, v, err) == -1)
            return -1;
        fn(NULL, json_object_get_string(v), arg);
    }
    return 0;
}

int
reply_texts_opt(const struct reply_node *n, const char *key, reply_text_fn *fn,
                void *arg, struct vmha_error *err)
{
    struct json_object *v = member(n, key);
    struct reply_node inner;

    if (!v)
        return 0;
    if (json_object_is_type(v, json_type_array)) {
        enter(n, key, v, "", &inner);
        return each_item(&inner, fn, arg, err);
    }
    if (reply_object(n, key, &inner, err) == -1)
        return -1;
    json_object_object_foreach(v, name, value)
    {
        if (check_text(&inner, name, value, err) == -1)
            return -1;
        fn(name, json_object_get_string(value), arg);
    }
    return 0;
}

/* --- refusals ------------------------------------------------------------- */

static const char *
find_message(struct json_object *doc)
{
    struct json_object *text = json_object_object_get(doc, "message");

    if (text && json_object_is_type(text, json_type_string))
        return json_object_get_string(text);
    json_object_object_foreach(doc, key, inner)
    {
        (void) key;
        if (!inner || !json_object_is_type(inner, json_type_object))
            continue;
        text = json_object_object_get(inner, "message");
        if (text && json_object_is_type(text, json_type_string))
            return json_object_get_string(text);
    }
    return "";
}

void
reply_refusal(const char *bytes, size_t len, char *text, size_t size)
{
    struct vmha_error err;
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, &err);

    snprintf(text, size, "%s", doc ? find_message(doc) : "");
    for (char *p = text; *p; p++)
        if ((unsigned char) *p < ' ' || *p == 0x7f)
            *p = ' ';
}

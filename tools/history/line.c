/* One line of the decision log. */
#include "line.h"

#include <string.h>

#include "cleanup.h"

enum { DEPTH_MAX = 4 };

#define TEXT(field)                                                            \
    {                                                                          \
#field, offsetof(struct history_line, field)                           \
    }
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    TEXT(what),     TEXT(instance), TEXT(on),        TEXT(node),
    TEXT(incident), TEXT(vm),       TEXT(name),      TEXT(rule),
    TEXT(phase),    TEXT(reason),   TEXT(step),      TEXT(verdict),
    TEXT(request),  TEXT(detail),   TEXT(certainty), TEXT(opening),
};

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    { "time", offsetof(struct history_line, time_ms) },
    { "status", offsetof(struct history_line, status) },
    { "attempts", offsetof(struct history_line, attempts) },
};

/* null counts as absent. */
static int
read_members(struct history_line *line, struct vmha_error *err)
{
    struct json_object *value;

    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        if (!json_object_object_get_ex(line->json, texts[i].name, &value) ||
            !value)
            continue;
        if (!json_object_is_type(value, json_type_string))
            return vmha_fail(err, VMHA_E_INPUT, 0, "%s: expected a string",
                             texts[i].name);
        *(const char **) (void *) ((char *) line + texts[i].offset) =
            json_object_get_string(value);
    }
    for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
        if (!json_object_object_get_ex(line->json, numbers[i].name, &value))
            continue;
        if (!json_object_is_type(value, json_type_int) ||
            json_object_get_int64(value) < 0)
            return vmha_fail(err, VMHA_E_INPUT, 0,
                             "%s: expected a whole number, not negative",
                             numbers[i].name);
        *(int64_t *) (void *) ((char *) line + numbers[i].offset) =
            json_object_get_int64(value);
    }
    return 0;
}

static int
check(struct history_line *line, struct vmha_error *err)
{
    struct json_object *version = NULL;

    if (!json_object_is_type(line->json, json_type_object))
        return vmha_fail(err, VMHA_E_INPUT, 0, "not a JSON object");
    (void) json_object_object_get_ex(line->json, "v", &version);
    if (json_object_get_int64(version) != LINE_FORMAT)
        return vmha_fail(err, VMHA_E_INPUT, 0, "v: expected %d", LINE_FORMAT);
    if (read_members(line, err) == -1)
        return -1;
    if (!line->what || !line->time_ms)
        return vmha_fail(err, VMHA_E_INPUT, 0, "what or time is missing");
    return 0;
}

int
history_line_parse(const char *text, size_t len, struct history_line *ret_line,
                   struct vmha_error *err)
{
    struct history_line line = { 0 };

    if (len > LINE_BYTES_MAX)
        return vmha_fail(err, VMHA_E_INPUT, 0, "%zu bytes are too many", len);
    if (memchr(text, '\0', len)) /* json-c would stop there */
        return vmha_fail(err, VMHA_E_INPUT, 0, "a NUL byte");

    struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);

    json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
    line.json = json_tokener_parse_ex(tok, text, (int) len);
    if (json_tokener_get_error(tok) == json_tokener_success && !line.json) {
        vmha_fail(err, VMHA_E_INPUT, 0, "not a JSON object"); /* null */
    } else if (json_tokener_get_error(tok) != json_tokener_success) {
        vmha_fail(err, VMHA_E_INPUT, 0, "no JSON: %s",
                  json_tokener_error_desc(json_tokener_get_error(tok)));
        json_object_put(line.json);
        line.json = NULL;
    }
    json_tokener_free(tok);
    if (!line.json)
        return -1;
    int rc = history_line_of(line.json, ret_line, err);
    json_object_put(line.json);
    return rc;
}

int
history_line_of(struct json_object *o, struct history_line *ret_line,
                struct vmha_error *err)
{
    struct history_line line = { .json = json_object_get(o) };

    if (check(&line, err) == 0) {
        *ret_line = line;
        return 0;
    }
    history_line_clear(&line);
    return -1;
}

void
history_line_clear(struct history_line *line)
{
    json_object_put(line->json);
    *line = (struct history_line){ 0 };
}

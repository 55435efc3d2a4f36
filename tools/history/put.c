/* Members of a JSON object, in one line each. */
#include "put.h"

#include <string.h>

#include "xalloc.h"

void
put_text(struct json_object *o, const char *key, const char *text)
{
    json_object_object_add(o, key, text ? json_object_new_string(text) : NULL);
}

void
put_cut(struct json_object *o, const char *key, const char *text)
{
    json_object_object_add(
        o, key, json_object_new_string_len(text, (int) strnlen(text, PUT_CUT)));
}

void
put_int(struct json_object *o, const char *key, int64_t value)
{
    json_object_object_add(o, key, json_object_new_int64(value));
}

void
put_bool(struct json_object *o, const char *key, bool value)
{
    json_object_object_add(o, key, json_object_new_boolean(value));
}

void
put_time(struct json_object *o, const char *key, int64_t wall_ms)
{
    json_object_object_add(o, key,
                           wall_ms ? json_object_new_int64(wall_ms) : NULL);
}

char *
put_done(struct json_object *o)
{
    char *text = xstrdup(
        json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
                                              JSON_C_TO_STRING_NOSLASHESCAPE));

    json_object_put(o);
    return text;
}

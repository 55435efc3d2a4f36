/* A JSON document as XML. */
#include "xml.h"

#include <string.h>

#include "text.h"

/* One byte of JSON, as in [1,1,...], is an element with two tags at most. */
enum { NAME_BYTES = 32, GROWTH = 2 * NAME_BYTES + 16, FRAME = 256 };

size_t
xml_size(size_t len)
{
    return len * GROWTH + FRAME;
}

/* Names come from daemons; ours are all like this. */
static bool
is_name(const char *s)
{
    size_t len = strlen(s);

    return len > 0 && len < NAME_BYTES && *s >= 'a' && *s <= 'z' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static bool
is_scalar(struct json_object *o)
{
    return !json_object_is_type(o, json_type_object) &&
           !json_object_is_type(o, json_type_array);
}

static void
add_value(struct buf *b, struct json_object *value, bool is_utf8)
{
    text_add_xml(b, json_object_get_string(value),
                 json_object_is_type(value, json_type_string)
                     ? (size_t) json_object_get_string_len(value)
                     : strlen(json_object_get_string(value)),
                 is_utf8);
}

static void
add_attributes(struct buf *b, struct json_object *o, bool is_utf8)
{
    json_object_object_foreach(o, name, value)
    {
        if (!value || !is_scalar(value) || !is_name(name))
            continue;
        (void) buf_printf(b, " %s=\"", name);
        add_value(b, value, is_utf8);
        (void) buf_add_str(b, "\"");
    }
}

static void
add_elements(struct buf *b, const char *name, struct json_object *list,
             bool is_utf8)
{
    char one[NAME_BYTES];
    size_t len = strlen(name);

    memcpy(one, name, len + 1);
    if (one[len - 1] == 's' && len > 1)
        one[len - 1] = '\0';
    for (size_t i = 0; i < json_object_array_length(list); i++)
        xml_add(b, one, json_object_array_get_idx(list, i), is_utf8);
}

static void
add_members(struct buf *b, struct json_object *o, bool is_utf8)
{
    json_object_object_foreach(o, name, value)
    {
        if (!is_scalar(value) && is_name(name))
            xml_add(b, name, value, is_utf8);
    }
}

void
xml_add(struct buf *b, const char *name, struct json_object *o, bool is_utf8)
{
    (void) buf_printf(b, "<%s", name);
    if (json_object_is_type(o, json_type_object))
        add_attributes(b, o, is_utf8);
    (void) buf_add_str(b, ">");
    if (json_object_is_type(o, json_type_object))
        add_members(b, o, is_utf8);
    else if (json_object_is_type(o, json_type_array))
        add_elements(b, name, o, is_utf8);
    else if (o)
        add_value(b, o, is_utf8);
    (void) buf_printf(b, "</%s>", name);
}

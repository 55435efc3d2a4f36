/* What the daemons answered, as one document for programs. */
#include "document.h"

#include <string.h>

#include <json-c/json.h>

#include "command.h"
#include "status.h"
#include "text.h"
#include "xml.h"

const char *const output_choices[] = { "text", "json", "xml", NULL };

/* \u003c and the like: at most this many bytes for one. */
enum { GROWTH = 6, DEPTH_MAX = 8 };

struct json_object *
document_parse(const struct reply *p)
{
    struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *o =
        json_tokener_parse_ex(tok, buf_str(&p->body), (int) p->body.len);

    json_tokener_free(tok);
    if (json_object_is_type(o, json_type_object))
        return o;
    json_object_put(o);
    return NULL;
}

static struct json_object *
error_document(const struct reply *p, const char *text)
{
    struct json_object *o = json_object_new_object();

    json_object_object_add(o, "instance", json_object_new_string(p->instance));
    json_object_object_add(o, "error", json_object_new_string(text));
    return o;
}

static bool
has_member(struct json_object *o, const char *name, const char *text)
{
    struct json_object *value;

    return json_object_object_get_ex(o, name, &value) &&
           strcmp(json_object_get_string(value), text) == 0;
}

/* Leave only what is about HOST. */
static void
keep_host(struct json_object *document, const char *host)
{
    struct json_object *all, *kept = json_object_new_array();

    (void) json_object_object_get_ex(document, "hosts", &all);
    for (size_t i = 0; i < json_object_array_length(all); i++) {
        struct json_object *h = json_object_array_get_idx(all, i);

        if (has_member(h, "host", host) || has_member(h, "service_host", host))
            json_object_array_add(kept, json_object_get(h));
    }
    json_object_object_add(document, "hosts", kept);
}

static struct json_object *
instance_document(const struct reply *p, const char *host)
{
    CLEANUP_STATUS struct status status = { 0 };
    struct vmha_error err;

    if (status_parse(p->body.data, p->body.len, &status, &err) == -1)
        return error_document(p, err.text);
    struct json_object *o = json_tokener_parse(p->body.data);
    if (o && host)
        keep_host(o, host);
    return o;
}

char *
document_done(struct json_object *o, enum output form, const char *command,
              bool is_utf8)
{
    size_t len;
    const char *text = json_object_to_json_string_length(
        o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    CLEANUP_BUF struct buf b =
        BUF_INIT(form == OUTPUT_XML ? xml_size(len) : GROWTH * len + 1);

    if (form == OUTPUT_XML) {
        (void) buf_add_str(&b, "<vmha-result api-version=\"1\">");
        xml_add(&b, command, o, is_utf8);
        (void) buf_add_str(&b, "</vmha-result>");
    } else {
        text_add_json(&b, text, len, is_utf8);
    }
    (void) buf_add_str(&b, "\n");
    json_object_put(o);
    return buf_take(&b);
}

struct json_object *
document_of(const struct replies *r, const char *host)
{
    struct json_object *o = json_object_new_object();
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < r->n; i++)
        json_object_array_add(list, instance_document(&r->list[i], host));
    json_object_object_add(o, "instances", list);
    return o;
}

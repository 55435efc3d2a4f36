/* Nova's small documents: versions, refusals, bodies of requests. */
#include "nova-json.h"

#include <string.h>

#include <json-c/json.h>

#include "reply.h"
#include "scan.h"
#include "xalloc.h"

/* --- versions ------------------------------------------------------------- */

static int
read_version(const struct reply_node *n, unsigned *ret_minor,
             struct vmha_error *err)
{
    const char *version;
    unsigned minor;

    if (reply_text(n, "version", &version, err) == -1)
        return -1;
    if (!*version)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "the compute endpoint speaks API v2.0 without "
                         "microversions; vmha needs 2.53");
    if (strncmp(version, "2.", 2) != 0 || scan_uint(version + 2, &minor) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0, "%sversion: expected 2.N",
                         n->where);
    *ret_minor = minor;
    return 0;
}

int
nova_version_parse(const char *bytes, size_t len, unsigned *ret_minor,
                   const char **ret_prefix, struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    struct reply_node top, list, n;
    const char *id;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_has(&top, "version")) {
        if (reply_object(&top, "version", &n, err) == -1 ||
            read_version(&n, ret_minor, err) == -1)
            return -1;
        *ret_prefix = "";
        return 0;
    }
    if (reply_list(&top, "versions", &list, err) == -1)
        return -1;
    for (size_t i = 0; i < reply_length(&list); i++) {
        if (reply_item(&list, i, &n, err) == -1 ||
            reply_text(&n, "id", &id, err) == -1)
            return -1;
        if (strcmp(id, "v2.1") != 0)
            continue;
        if (read_version(&n, ret_minor, err) == -1)
            return -1;
        *ret_prefix = "/v2.1";
        return 0;
    }
    return vmha_fail(err, VMHA_E_CONFIG, 0,
                     "the compute endpoint does not offer API v2.1");
}

/* --- small ones ----------------------------------------------------------- */

bool
nova_is_not_found(const char *bytes, size_t len)
{
    struct vmha_error err;
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, &err);
    struct reply_node top;

    if (!doc)
        return false;
    top = reply_top(doc);
    return reply_has(&top, "itemNotFound");
}

int
nova_guest_parse(const char *bytes, size_t len, struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    struct reply_node top;
    const char *state;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_text(&top, "state", &state, err) == -1)
        return -1;
    if (strcmp(state, "running") != 0)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "state: expected 'running', found '%.60s'", state);
    return 0;
}

char *
nova_force_down_body(const char *reason)
{
    CLEANUP_REPLY struct json_object *doc = json_object_new_object();

    json_object_object_add(doc, "forced_down", json_object_new_boolean(true));
    if (reason) {
        json_object_object_add(doc, "status",
                               json_object_new_string("disabled"));
        json_object_object_add(doc, "disabled_reason",
                               json_object_new_string(reason));
    }
    return xstrdup(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));
}

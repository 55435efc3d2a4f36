/* Request log. */
#include "sim-log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim-json.h"

enum { SUMMARY_MAX = 600 };

static FILE *log_file;

void
sim_log_open(const char *path)
{
    if (!*path)
        return;
    log_file = fopen(path, "ae");
    if (!log_file)
        sim_die("%s: %s", path, strerror(errno));
}

void
sim_log_flush(void)
{
    if (log_file)
        fflush(log_file);
}

static bool
is_secret(const char *key)
{
    static const char *const secrets[] = { "password", "secret", "adminPass",
                                           "token" };

    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++)
        if (g_str_equal(key, secrets[i]))
            return true;
    return false;
}

/* A copy with secrets hidden.  "password" and "token" are also names of
 * objects in Keystone's body: of "token" nothing is kept.
 */
static struct json_object *
masked(struct json_object *v)
{
    struct json_object *o;

    if (json_object_is_type(v, json_type_array)) {
        o = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(v); i++)
            json_object_array_add(o, masked(json_object_array_get_idx(v, i)));
        return o;
    }
    if (!json_object_is_type(v, json_type_object))
        return json_object_get(v);
    o = json_object_new_object();
    json_object_object_foreach(v, key, member)
    {
        bool hide =
            is_secret(key) && (!json_object_is_type(member, json_type_object) ||
                               g_str_equal(key, "token"));

        json_object_object_add(o, key,
                               hide ? json_object_new_string("***")
                                    : masked(member));
    }
    return o;
}

char *
sim_log_summary(const struct sim_req *r)
{
    struct json_object *copy;
    char *s;

    if (!r->in->len)
        return g_strdup("-");
    if (!r->body)
        return g_strdup_printf("(%zu bytes that are no JSON)", r->in->len);
    copy = masked(r->body);
    s = g_strndup(json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN),
                  SUMMARY_MAX);
    json_object_put(copy);
    return s;
}

void
sim_log(const struct sim_req *r, const char *what, const char *text)
{
    int64_t now = sim_wall_ms();
    int64_t ms = (g_get_monotonic_time() - r->arrived_us) / 1000;
    const char *version = r->version ? r->version : r->legacy_version;
    char status[8] = "-";

    if (!log_file)
        return;
    if (r->status)
        snprintf(status, sizeof status, "%d", r->status);
    if (version && g_str_has_prefix(version, "compute "))
        version += strlen("compute ");
    fprintf(log_file, "%lld.%03d %llu %s %s %s %s %lld %s %s\n",
            (long long) (now / 1000), (int) (now % 1000),
            (unsigned long long) r->seq, what, r->method, r->target, status,
            (long long) ms, version ? version : "-", text);
}

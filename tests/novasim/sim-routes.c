/* Route table, authentication, microversions. */
#include "sim-routes.h"

#include <string.h>

#include "sim-control.h"
#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-keystone.h"
#include "sim-nova.h"

struct route {
    const char *method;
    const char *pattern; /* {} stands for one segment */
    const char *class;
    void (*handler)(struct sim_req *r);
    int min_minor; /* 404 below */
};

/* clang-format off */
static const struct route keystone_routes[] = {
    { "GET",    "",             "versions", keystone_versions, 0 },
    { "GET",    "v3",           "versions", keystone_version,  0 },
    { "POST",   "v3/auth/tokens", "auth",   keystone_issue,    0 },
    { "GET",    "v3/auth/tokens", "auth",   keystone_validate, 0 },
    { "HEAD",   "v3/auth/tokens", "auth",   keystone_validate, 0 },
    { "DELETE", "v3/auth/tokens", "auth",   keystone_revoke,   0 },
};

static const struct route nova_routes[] = {
    { "GET",    "os-services",                      "services",   nova_services_list,      0 },
    { "PUT",    "os-services/{}",                   "services",   nova_services_update,    0 },
    { "DELETE", "os-services/{}",                   "services",   nova_services_delete,    0 },
    { "GET",    "os-aggregates",                    "aggregates", nova_aggregates_list,    0 },
    { "POST",   "os-aggregates/{}/action",          "aggregates", nova_aggregates_action,  0 },
    { "GET",    "os-hypervisors/detail",            "hypervisors", nova_hypervisors_detail, 53 },
    { "GET",    "os-server-groups",                 "groups",     nova_groups_list,       64 },
    { "GET",    "servers/detail",                   "servers",    nova_servers_detail,     0 },
    { "GET",    "servers",                          "servers",    nova_servers_index,      0 },
    { "GET",    "servers/{}",                       "server",     nova_servers_show,       0 },
    { "DELETE", "servers/{}",                       "server",     nova_servers_delete,     0 },
    { "GET",    "servers/{}/diagnostics",           "diagnostics", nova_servers_diagnostics, 0 },
    { "POST",   "servers/{}/action",                "action",     nova_servers_action,     0 },
    { "GET",    "servers/{}/metadata",              "metadata",   nova_metadata_list,      0 },
    { "POST",   "servers/{}/metadata",              "metadata",   nova_metadata_merge,     0 },
    { "PUT",    "servers/{}/metadata",              "metadata",   nova_metadata_replace,   0 },
    { "GET",    "servers/{}/metadata/{}",           "metadata",   nova_metadata_show,      0 },
    { "PUT",    "servers/{}/metadata/{}",           "metadata",   nova_metadata_set,       0 },
    { "DELETE", "servers/{}/metadata/{}",           "metadata",   nova_metadata_delete,    0 },
    { "GET",    "servers/{}/os-instance-actions",   "actions",    nova_actions_list,       0 },
    { "GET",    "servers/{}/os-instance-actions/{}", "actions",   nova_actions_show,       0 },
    { "GET",    "servers/{}/migrations",            "migrations", nova_server_migrations, 23 },
    { "GET",    "os-migrations",                    "migrations", nova_migrations_list,    0 },
};
/* clang-format on */

/* --- paths --- */

/* Regions and interfaces of the catalog are prefixes of the same cloud. */
static const char *
skip_prefixes(const char *path)
{
    static const char *const prefixes[] = { "/two", "/internal", "/admin" };

    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        size_t len = strlen(prefixes[i]);

        if (strncmp(path, prefixes[i], len) == 0 &&
            (path[len] == '/' || !path[len]))
            path += len;
    }
    return path;
}

static bool
is_project_id(const char *s)
{
    return strlen(s) == 32 && strspn(s, "0123456789abcdef") == 32;
}

static char **
segments(const char *path)
{
    GPtrArray *list = g_ptr_array_new();
    char **all = g_strsplit(path, "/", -1);

    for (char **s = all; *s; s++) {
        if (**s)
            g_ptr_array_add(list, *s);
        else
            g_free(*s);
    }
    g_free(all);
    g_ptr_array_add(list, NULL);
    return (char **) g_ptr_array_free(list, FALSE);
}

static bool
matches(const struct route *route, const char *method, char **path)
{
    char **want = segments(route->pattern);
    bool ok = g_str_equal(method, route->method) &&
              g_strv_length(want) == g_strv_length(path);

    for (size_t i = 0; ok && want[i]; i++)
        ok = g_str_equal(want[i], "{}") || g_str_equal(want[i], path[i]);
    g_strfreev(want);
    return ok;
}

static const struct route *
find_route(const struct route *routes, size_t n, const char *method,
           char **path)
{
    for (size_t i = 0; i < n; i++)
        if (matches(&routes[i], method, path))
            return &routes[i];
    return NULL;
}

static void
take_args(struct sim_req *r, const struct route *route, char **path)
{
    char **want = segments(route->pattern);
    size_t n = 0;

    for (size_t i = 0; want[i]; i++)
        if (g_str_equal(want[i], "{}") && n < SIM_ARGS)
            r->args[n++] = g_strdup(path[i]);
    g_strfreev(want);
}

/* Nova's path below /v2.1[/<project>], or NULL: no request of Nova's API. */
static char **
nova_path(const char *path, bool *ret_is_version)
{
    char **all = segments(skip_prefixes(path)), **rest;
    size_t skip = 1;

    if (!all[0] || !g_str_equal(all[0], "v2.1")) {
        g_strfreev(all);
        return NULL;
    }
    if (all[1] && is_project_id(all[1]))
        skip = 2;
    rest = g_strdupv(all + skip);
    *ret_is_version = !rest[0];
    g_strfreev(all);
    return rest;
}

/* --- microversions: nova/api/openstack/wsgi.py set_api_version_request --- */

static bool
parse_version(const char *s, guint64 *ret_major, guint64 *ret_minor)
{
    char **part = g_strsplit(s, ".", -1);
    bool ok =
        g_strv_length(part) == 2 &&
        g_ascii_string_to_unsigned(part[0], 10, 1, 9999, ret_major, NULL) &&
        g_ascii_string_to_unsigned(part[1], 10, 0, 9999, ret_minor, NULL);

    g_strfreev(part);
    return ok;
}

static void
version_headers(struct sim_req *r, const char *version)
{
    sim_header(r, "OpenStack-API-Version", "compute %s", version);
    sim_header(r, "X-OpenStack-Nova-API-Version", "%s", version);
    sim_header(r, "Vary", "OpenStack-API-Version");
    sim_header(r, "Vary", "X-OpenStack-Nova-API-Version");
}

/* "compute 2.53", alone or in a list of services; NULL: not for compute. */
static char *
version_asked(const struct sim_req *r)
{
    char **parts, *found = NULL;

    if (!r->version)
        return g_strdup(r->legacy_version);
    parts = g_strsplit(r->version, ",", -1);
    for (char **p = parts; *p; p++)
        if (g_str_has_prefix(g_strstrip(*p), "compute "))
            found = g_strstrip(g_strdup(*p + strlen("compute ")));
    g_strfreev(parts);
    return found ? found : g_strdup(r->legacy_version);
}

static int
set_version(struct sim_req *r)
{
    char *asked = version_asked(r);
    guint64 major = 2, minor = 1;
    char shown[24];

    if (asked && g_str_equal(asked, "latest")) {
        minor = (guint64) sim_set.max_minor;
    } else if (asked && !parse_version(asked, &major, &minor)) {
        nova_fail(r, 400,
                  "API Version String %s is of invalid format. Must be of "
                  "format MajorNum.MinorNum.",
                  asked);
        g_free(asked);
        return -1;
    }
    g_free(asked);
    g_snprintf(shown, sizeof shown, "%u.%u", (unsigned) major,
               (unsigned) minor);
    version_headers(r, shown);
    if (major != 2 || minor < 1 || (int64_t) minor > sim_set.max_minor)
        return nova_fail(r, 406,
                         "Version %s is not supported by the API. Minimum is "
                         "2.1 and maximum is 2.%lld.",
                         shown, (long long) sim_set.max_minor);
    r->minor = (int) minor;
    return 0;
}

/* --- dispatch
 * ----------------------------------------------------------------------------
 */

static int
check_body(struct sim_req *r)
{
    if (r->content_type && *r->content_type &&
        !g_str_has_prefix(r->content_type, "application/json") &&
        !g_str_has_prefix(r->content_type, "text/plain"))
        return nova_fail(r, 415, "Unsupported Content-Type");
    if ((g_str_equal(r->method, "POST") || g_str_equal(r->method, "PUT")) &&
        r->in->len && !r->body)
        return nova_fail(r, 400, "Malformed request body");
    return 0;
}

static void
dispatch_nova(struct sim_req *r, char **path, bool is_version)
{
    const struct route *route;

    sim_header(r, "x-openstack-request-id", "%s", r->request_id);
    sim_header(r, "x-compute-request-id", "%s", r->request_id);
    if (is_version) {
        nova_version(r);
        return;
    }
    r->who = sim_token_check(r);
    if (!r->who || set_version(r) < 0 || check_body(r) < 0)
        return;
    route = find_route(nova_routes, G_N_ELEMENTS(nova_routes), r->method, path);
    if (!route || r->minor < route->min_minor) {
        nova_fail(r, 404, "The resource could not be found.");
        return;
    }
    take_args(r, route, path);
    route->handler(r);
}

static void
dispatch_keystone(struct sim_req *r, char **path)
{
    const struct route *route =
        find_route(keystone_routes, G_N_ELEMENTS(keystone_routes), r->method,
                   path);

    sim_header(r, "x-openstack-request-id", "%s", r->request_id);
    if (route)
        route->handler(r);
    else
        nova_fail(r, 404, "The resource could not be found.");
}

/* Keystone is at /identity and, its v3 alone, at the top. */
static char **
keystone_path(const char *path)
{
    char **all = segments(skip_prefixes(path)), **rest = NULL;

    if (all[0] && g_str_equal(all[0], "identity"))
        rest = g_strdupv(all + 1);
    else if (all[0] && g_str_equal(all[0], "v3"))
        rest = g_strdupv(all);
    g_strfreev(all);
    return rest;
}

void
sim_dispatch(struct sim_req *r)
{
    bool is_version = false;
    char **path;

    if (g_str_has_prefix(r->path, "/_sim/")) {
        sim_control(r);
    } else if ((path = keystone_path(r->path))) {
        dispatch_keystone(r, path);
        g_strfreev(path);
    } else if ((path = nova_path(r->path, &is_version))) {
        dispatch_nova(r, path, is_version);
        g_strfreev(path);
    } else if (g_str_equal(skip_prefixes(r->path), "/")) {
        nova_versions(r);
    } else {
        nova_fail(r, 404, "The resource could not be found.");
    }
}

const char *
sim_route_class(const struct sim_req *r)
{
    const struct route *route = NULL;
    bool is_version = false;
    char **path;

    if ((path = keystone_path(r->path)))
        route = find_route(keystone_routes, G_N_ELEMENTS(keystone_routes),
                           r->method, path);
    else if ((path = nova_path(r->path, &is_version)))
        route =
            find_route(nova_routes, G_N_ELEMENTS(nova_routes), r->method, path);
    g_strfreev(path);
    if (route && in_get(r->body, "evacuate"))
        return "evacuate";
    return route ? route->class : is_version ? "versions" : "other";
}

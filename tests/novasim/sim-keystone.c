/* Keystone v3 as keystone/api/auth.py (Zed) answers. */
#include "sim-keystone.h"

#include <string.h>

#include "sim-json.h"

struct named {
    const char *id, *name;
};

static const struct named domain = { "default", "Default" };
static const struct named projects[] = {
    { "a1000000000000000000000000000001", "admin" },
    { "a1000000000000000000000000000002", "service" },
    { "a1000000000000000000000000000003", "demo" },
};

static struct user {
    struct named is;
    const char *role;
    char password[80];
} users[] = {
    { { "b1000000000000000000000000000001", "admin" }, "admin", "secret" },
    { { "b1000000000000000000000000000002", "vmha" }, "admin", "secret" },
    { { "b1000000000000000000000000000003", "demo" }, "member", "secret" },
};

/* An application credential of user vmha on project service. */
static struct {
    struct named is;
    char password[80];
} credential = { { "c1000000000000000000000000000001", "vmha-cred" },
                 "app-secret" };

enum scope { SCOPE_NONE, SCOPE_PROJECT, SCOPE_DOMAIN, SCOPE_SYSTEM };

struct login {
    const struct user *user;
    enum scope scope;
    const struct named *project;
    const char *method;
};

static GHashTable *tokens; /* id -> struct sim_token */

static void
add_header_401(struct sim_req *r)
{
    sim_header(r, "WWW-Authenticate", "Keystone uri=\"http://%s\"",
               r->host ? r->host : "novasim");
}

static void
fail(struct sim_req *r, int code, const char *title, const char *message)
{
    r->status = code;
    g_string_truncate(r->out, 0);
    out_open(r->out, NULL, '{');
    out_open(r->out, "error", '{');
    out_int(r->out, "code", code);
    out_str(r->out, "title", title);
    out_str(r->out, "message", message);
    out_close(r->out, '}');
    out_close(r->out, '}');
    if (code == 401)
        add_header_401(r);
}

static void
unauthorized(struct sim_req *r)
{
    fail(r, 401, "Unauthorized",
         "The request you have made requires authentication.");
}

/* --- who and for what --- */

static bool
names(struct json_object *o, const struct named *n)
{
    const char *id = in_str(o, "id", NULL), *name = in_str(o, "name", NULL);

    return id ? g_str_equal(id, n->id) : name && g_str_equal(name, n->name);
}

/* By id alone, or by name within the domain. */
static bool
names_in_domain(struct json_object *o, const struct named *n)
{
    return names(o, n) &&
           (in_str(o, "id", NULL) || names(in_get(o, "domain"), &domain));
}

static const struct user *
find_user(struct json_object *o)
{
    for (size_t i = 0; i < G_N_ELEMENTS(users); i++)
        if (names_in_domain(o, &users[i].is))
            return &users[i];
    return NULL;
}

static int
by_password(struct json_object *identity, struct login *l)
{
    struct json_object *u = in_get(in_get(identity, "password"), "user");

    l->user = find_user(u);
    l->method = "password";
    return l->user && g_str_equal(in_str(u, "password", ""), l->user->password)
               ? 0
               : -1;
}

static int
by_credential(struct json_object *identity, struct login *l)
{
    struct json_object *c = in_get(identity, "application_credential");

    l->user = &users[1];
    l->method = "application_credential";
    l->scope = SCOPE_PROJECT;
    l->project = &projects[1];
    if (!names(c, &credential.is) ||
        !g_str_equal(in_str(c, "secret", ""), credential.password))
        return -1;
    return in_str(c, "id", NULL) || find_user(in_get(c, "user")) == l->user
               ? 0
               : -1;
}

static int
by_token(struct json_object *identity, struct login *l)
{
    const char *id = in_str(in_get(identity, "token"), "id", "");
    const struct sim_token *t = tokens ? g_hash_table_lookup(tokens, id) : NULL;

    l->method = "token";
    if (!t || t->is_revoked || t->expires_ms <= sim_now_ms())
        return -1;
    for (size_t i = 0; i < G_N_ELEMENTS(users); i++)
        if (g_str_equal(users[i].is.id, t->user_id))
            l->user = &users[i];
    return 0;
}

static const struct {
    const char *name;
    int (*check)(struct json_object *identity, struct login *l);
} methods[] = {
    { "password", by_password },
    { "application_credential", by_credential },
    { "token", by_token },
};

static int
authenticate(struct json_object *identity, struct login *l)
{
    struct json_object *list = in_get(identity, "methods");
    const char *name =
        json_object_is_type(list, json_type_array)
            ? json_object_get_string(json_object_array_get_idx(list, 0))
            : NULL;

    for (size_t i = 0; name && i < G_N_ELEMENTS(methods); i++)
        if (g_str_equal(methods[i].name, name))
            return methods[i].check(identity, l);
    return -1;
}

static int
read_scope(struct json_object *scope, struct login *l)
{
    struct json_object *project = in_get(scope, "project");
    bool is_admin = g_str_equal(l->user->role, "admin");

    if (l->scope == SCOPE_PROJECT)
        return scope ? -1 : 0; /* an application credential has its own */
    if (!scope)
        return 0;
    if (in_get(scope, "system") || in_get(scope, "domain")) {
        l->scope = in_get(scope, "system") ? SCOPE_SYSTEM : SCOPE_DOMAIN;
        if (l->scope == SCOPE_DOMAIN &&
            !names(in_get(scope, "domain"), &domain))
            return -1;
        return is_admin ? 0 : -1;
    }
    l->scope = SCOPE_PROJECT;
    for (size_t i = 0; i < G_N_ELEMENTS(projects); i++)
        if (names_in_domain(project, &projects[i]))
            l->project = &projects[i];
    return l->project && (is_admin || l->project == &projects[2]) ? 0 : -1;
}

/* --- the token's body --- */

static const char *const regions[] = { "RegionOne", "RegionTwo" };
static const struct {
    const char *type, *name, *path;
    bool has_project;
} services[] = {
    { "compute", "nova", "/v2.1", true },
    { "identity", "keystone", "/identity", false },
    { "placement", "placement", "/placement", false },
};
/* Each region and interface has an address of its own, so that the request
 * log shows which one was chosen.
 */
static const struct {
    const char *name, *prefix;
} interfaces[] = {
    { "public", "" },
    { "internal", "/internal" },
    { "admin", "/admin" },
};

static void
add_endpoints(struct sim_req *r, size_t s, const struct login *l)
{
    const char *project =
        services[s].has_project && sim_set.project_in_url && l->project
            ? l->project->id
            : NULL;

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(interfaces); i++) {
        size_t iface = i / 2, region = i % 2;

        out_open(r->out, NULL, '{');
        out_fmt(r->out, "id", "e%zu%zu%zu", s, iface, region);
        out_str(r->out, "interface", interfaces[iface].name);
        out_str(r->out, "region", regions[region]);
        out_str(r->out, "region_id", regions[region]);
        out_fmt(r->out, "url", "http://%s%s%s%s%s%s",
                r->host ? r->host : "novasim", region ? "/two" : "",
                interfaces[iface].prefix, services[s].path, project ? "/" : "",
                project ? project : "");
        out_close(r->out, '}');
    }
}

static void
add_catalog(struct sim_req *r, const struct login *l)
{
    out_open(r->out, "catalog", '[');
    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        out_open(r->out, NULL, '{');
        out_open(r->out, "endpoints", '[');
        add_endpoints(r, i, l);
        out_close(r->out, ']');
        out_fmt(r->out, "id", "d%zu", i);
        out_str(r->out, "type", services[i].type);
        out_str(r->out, "name", services[i].name);
        out_close(r->out, '}');
    }
    out_close(r->out, ']');
}

static void
add_named(GString *o, const char *key, const struct named *n, bool in_domain)
{
    out_open(o, key, '{');
    if (in_domain)
        add_named(o, "domain", &domain, false);
    out_str(o, "id", n->id);
    out_str(o, "name", n->name);
    out_close(o, '}');
}

static void
add_scope(GString *o, const struct login *l)
{
    switch (l->scope) {
    case SCOPE_NONE: return;
    case SCOPE_PROJECT:
        add_named(o, "project", l->project, true);
        out_bool(o, "is_domain", false);
        break;
    case SCOPE_DOMAIN: add_named(o, "domain", &domain, false); break;
    case SCOPE_SYSTEM:
        out_open(o, "system", '{');
        out_bool(o, "all", true);
        out_close(o, '}');
        break;
    }
    out_open(o, "roles", '[');
    out_open(o, NULL, '{');
    out_fmt(o, "id", "role-%s", l->user->role);
    out_str(o, "name", l->user->role);
    out_close(o, '}');
    out_close(o, ']');
}

static void
add_body(struct sim_req *r, const struct login *l, const struct sim_token *t)
{
    GString *o = r->out;
    char audit[SIM_UUID_LEN + 1];

    sim_uuid(audit);
    out_open(o, NULL, '{');
    out_open(o, "token", '{');
    out_open(o, "methods", '[');
    out_str(o, NULL, l->method);
    out_close(o, ']');
    out_open(o, "user", '{');
    add_named(o, "domain", &domain, false);
    out_str(o, "id", l->user->is.id);
    out_str(o, "name", l->user->is.name);
    out_null(o, "password_expires_at");
    out_close(o, '}');
    out_open(o, "audit_ids", '[');
    out_str(o, NULL, audit);
    out_close(o, ']');
    /* Keystone ends its times in Z: 2026-11-23T12:33:03.000000Z */
    out_time(o, "expires_at", t->expires_ms);
    g_string_insert_c(o, (gssize) o->len - 1, 'Z');
    out_time(o, "issued_at", sim_now_ms());
    g_string_insert_c(o, (gssize) o->len - 1, 'Z');
    add_scope(o, l);
    if (l->scope != SCOPE_NONE && !sim_query(r, "nocatalog"))
        add_catalog(r, l);
    if (g_str_equal(l->method, "application_credential")) {
        out_open(o, "application_credential", '{');
        out_str(o, "id", credential.is.id);
        out_str(o, "name", credential.is.name);
        out_bool(o, "restricted", true);
        out_close(o, '}');
    }
    out_close(o, '}');
    out_close(o, '}');
}

static struct sim_token *
token_new(const struct login *l)
{
    struct sim_token *t = g_new0(struct sim_token, 1);
    char a[SIM_UUID_LEN + 1], b[SIM_UUID_LEN + 1];

    sim_uuid(a);
    sim_uuid(b);
    t->id = g_strdup_printf("gAAAAAB%s%s", a, b);
    t->user_id = l->user->is.id;
    t->project_id = l->project ? l->project->id : NULL;
    t->is_admin = l->scope != SCOPE_NONE && g_str_equal(l->user->role, "admin");
    t->expires_ms = sim_now_ms() + sim_set.token_ttl_ms;
    if (!tokens)
        tokens = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(tokens, t->id, t);
    return t;
}

void
keystone_issue(struct sim_req *r)
{
    struct json_object *auth = in_get(r->body, "auth");
    struct json_object *identity = in_get(auth, "identity");
    struct login l = { .scope = SCOPE_NONE };
    struct sim_token *t;

    if (!json_object_is_type(identity, json_type_object)) {
        fail(r, 400, "Bad Request",
             "Expecting to find identity in auth. The server could not comply "
             "with the request since it is either malformed or otherwise "
             "incorrect. The client is assumed to be in error.");
        return;
    }
    if (authenticate(identity, &l) < 0 ||
        read_scope(in_get(auth, "scope"), &l) < 0) {
        unauthorized(r);
        return;
    }
    t = token_new(&l);
    r->status = 201;
    sim_header(r, "X-Subject-Token", "%s", t->id);
    add_body(r, &l, t);
}

/* --- tokens
 * ------------------------------------------------------------------------------
 */

static struct sim_token *
valid_token(const char *id)
{
    struct sim_token *t = id && tokens ? g_hash_table_lookup(tokens, id) : NULL;

    return t && !t->is_revoked && t->expires_ms > sim_now_ms() ? t : NULL;
}

const struct sim_token *
sim_token_check(struct sim_req *r)
{
    const struct sim_token *t = valid_token(r->token);

    if (!t)
        unauthorized(r);
    return t;
}

void
sim_tokens_end(bool by_time)
{
    GHashTableIter i;
    gpointer value;

    if (!tokens)
        return;
    g_hash_table_iter_init(&i, tokens);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        struct sim_token *t = value;

        if (by_time)
            t->expires_ms = sim_now_ms();
        else
            t->is_revoked = true;
    }
}

int
sim_password_set(const char *name, const char *password)
{
    for (size_t i = 0; i < G_N_ELEMENTS(users); i++)
        if (g_str_equal(users[i].is.name, name)) {
            g_strlcpy(users[i].password, password, sizeof users[i].password);
            return 0;
        }
    if (!g_str_equal(credential.is.name, name))
        return -1;
    g_strlcpy(credential.password, password, sizeof credential.password);
    return 0;
}

void
keystone_validate(struct sim_req *r)
{
    const struct sim_token *t = valid_token(r->subject_token);
    struct login l = { .scope = SCOPE_NONE, .method = "password" };

    if (!sim_token_check(r))
        return;
    for (size_t i = 0; t && i < G_N_ELEMENTS(users); i++)
        if (g_str_equal(users[i].is.id, t->user_id))
            l.user = &users[i];
    for (size_t i = 0; t && t->project_id && i < G_N_ELEMENTS(projects); i++)
        if (g_str_equal(projects[i].id, t->project_id)) {
            l.scope = SCOPE_PROJECT;
            l.project = &projects[i];
        }
    if (!t || !l.user) {
        fail(r, 404, "Not Found", "Failed to validate token");
        return;
    }
    r->status = 200;
    sim_header(r, "X-Subject-Token", "%s", t->id);
    add_body(r, &l, t);
}

void
keystone_revoke(struct sim_req *r)
{
    struct sim_token *t = valid_token(r->subject_token);

    if (!sim_token_check(r))
        return;
    if (t)
        t->is_revoked = true;
    r->status = 204;
}

/* --- versions: keystone/api/discovery.py --- */

static void
add_version(struct sim_req *r, const char *key)
{
    GString *o = r->out;

    out_open(o, key, '{');
    out_str(o, "id", "v3.14");
    out_str(o, "status", "stable");
    out_str(o, "updated", "2020-04-07T00:00:00Z");
    out_open(o, "links", '[');
    out_open(o, NULL, '{');
    out_str(o, "rel", "self");
    out_fmt(o, "href", "http://%s/identity/v3/", r->host ? r->host : "novasim");
    out_close(o, '}');
    out_close(o, ']');
    out_open(o, "media-types", '[');
    out_open(o, NULL, '{');
    out_str(o, "base", "application/json");
    out_str(o, "type", "application/vnd.openstack.identity-v3+json");
    out_close(o, '}');
    out_close(o, ']');
    out_close(o, '}');
}

void
keystone_version(struct sim_req *r)
{
    r->status = 200;
    out_open(r->out, NULL, '{');
    add_version(r, "version");
    out_close(r->out, '}');
}

void
keystone_versions(struct sim_req *r)
{
    r->status = 300;
    sim_header(r, "Location", "http://%s/identity/v3/",
               r->host ? r->host : "novasim");
    out_open(r->out, NULL, '{');
    out_open(r->out, "versions", '{');
    out_open(r->out, "values", '[');
    add_version(r, NULL);
    out_close(r->out, ']');
    out_close(r->out, '}');
    out_close(r->out, '}');
}

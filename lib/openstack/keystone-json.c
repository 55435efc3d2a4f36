/* Keystone v3: the request for a token, and what the answer says. */
#include "keystone-json.h"

#include <string.h>

#include "reply.h"
#include "secret.h"
#include "xalloc.h"

enum { MAX_ENDPOINTS = 10000 };

/* --- request -------------------------------------------------------------- */

/* Text S as a JSON string.  B is large enough by construction. */
static void
add_quoted(struct buf *b, const char *s)
{
    buf_add_str(b, "\"");
    for (; *s; s++)
        if (*s == '"' || *s == '\\')
            buf_printf(b, "\\%c", *s);
        else if ((unsigned char) *s < ' ')
            buf_printf(b, "\\u%04x", (unsigned) *s);
        else
            buf_add(b, s, 1);
    buf_add_str(b, "\"");
}

static void
add_member(struct buf *b, const char *key, const char *value)
{
    buf_printf(b, ",\"%s\":", key);
    add_quoted(b, value);
}

/* "id" or else "name". */
static void
add_ref(struct buf *b, const struct cloud_ref *r)
{
    buf_printf(b, "\"%s\":", r->id ? "id" : "name");
    add_quoted(b, r->id ? r->id : r->name);
}

/* A user or a project: by ID, or by name in its domain. */
static void
add_owned(struct buf *b, const char *what, const struct cloud_ref *r,
          const struct cloud_ref *domain)
{
    buf_printf(b, "\"%s\":{", what);
    add_ref(b, r);
    if (!r->id) {
        buf_add_str(b, ",\"domain\":{");
        add_ref(b, domain);
        buf_add_str(b, "}");
    }
}

static void
add_app_credential(struct buf *b, const struct cloud_conf *c)
{
    buf_add_str(b, "\"methods\":[\"application_credential\"],"
                   "\"application_credential\":{");
    add_ref(b, &c->app_credential);
    add_member(b, "secret", c->app_secret);
    if (!c->app_credential.id) {
        buf_add_str(b, ",");
        add_owned(b, "user", &c->user, &c->user_domain);
        buf_add_str(b, "}");
    }
    buf_add_str(b, "}}");
}

static void
add_password(struct buf *b, const struct cloud_conf *c)
{
    buf_add_str(b, "\"methods\":[\"password\"],\"password\":{");
    add_owned(b, "user", &c->user, &c->user_domain);
    add_member(b, "password", c->password);
    buf_add_str(b, "}}},\"scope\":{");
    if (c->has_system_scope) {
        buf_add_str(b, "\"system\":{\"all\":true");
    } else if (c->domain.name || c->domain.id) {
        buf_add_str(b, "\"domain\":{");
        add_ref(b, &c->domain);
    } else {
        add_owned(b, "project", &c->project, &c->project_domain);
    }
    buf_add_str(b, "}}");
}

/* Room for any request with these settings, of which a byte takes six at most.
 */
static size_t
room_for(const struct cloud_conf *c)
{
    const char *const texts[] = {
        c->user.name,           c->user.id,           c->user_domain.name,
        c->user_domain.id,      c->project.name,      c->project.id,
        c->project_domain.name, c->project_domain.id, c->domain.name,
        c->domain.id,           c->password,          c->app_credential.name,
        c->app_credential.id,   c->app_secret,
    };
    size_t room = 1024;

    for (size_t i = 0; i < N_ELEMENTS(texts); i++)
        room += texts[i] ? 6 * strlen(texts[i]) : 0;
    return room;
}

char *
keystone_request(const struct cloud_conf *c)
{
    /* All at once: growing would leave copies of the secret behind. */
    size_t room = room_for(c);
    struct buf b = { .data = xcalloc(1, room + 1),
                     .max = room,
                     .room = room + 1 };

    buf_add_str(&b, "{\"auth\":{\"identity\":{");
    if (c->auth == CLOUD_AUTH_APP_CREDENTIAL)
        add_app_credential(&b, c);
    else
        add_password(&b, c);
    buf_add_str(&b, "}}");
    return buf_take(&b);
}

void
keystone_request_free(char **body)
{
    secret_free(*body);
    *body = NULL;
}

/* Length of S without slashes at its end. */
static size_t
trimmed_length(const char *s, size_t len)
{
    while (len && s[len - 1] == '/')
        len--;
    return len;
}

static bool
ends_in(const char *s, size_t len, const char *end)
{
    size_t n = strlen(end);

    return len >= n && memcmp(s + len - n, end, n) == 0;
}

char *
keystone_token_url(const char *auth_url)
{
    size_t len = trimmed_length(auth_url, strlen(auth_url));

    if (ends_in(auth_url, len, "/v3"))
        len -= 3;
    else if (ends_in(auth_url, len, "/v2.0"))
        len -= 5;
    return xasprintf("%.*s/v3/auth/tokens", (int) len, auth_url);
}

/* --- answer --------------------------------------------------------------- */

static void
endpoint_clear(struct keystone_endpoint *e)
{
    free(e->service);
    free(e->interface);
    free(e->region);
    free(e->url);
}

void
keystone_token_clear(struct keystone_token *t)
{
    for (size_t i = 0; i < t->n_endpoints; i++)
        endpoint_clear(&t->endpoints[i]);
    free(t->endpoints);
    free(t->user);
    *t = (struct keystone_token){ 0 };
}

/* URL without slashes and without "/PROJECT" at its end. */
static char *
base_url(const char *url, const char *project)
{
    size_t len = trimmed_length(url, strlen(url));

    if (project && *project && ends_in(url, len, project) &&
        len > strlen(project) && url[len - strlen(project) - 1] == '/')
        len = trimmed_length(url, len - strlen(project));
    return xstrndup(url, len);
}

static int
add_endpoint(struct keystone_token *t, const char *service, const char *project,
             const struct reply_node *n, struct vmha_error *err)
{
    const char *interface, *region, *url;
    struct keystone_endpoint *e;

    if (reply_text(n, "interface", &interface, err) == -1 ||
        reply_text_opt(n, "region_id", &region, err) == -1 ||
        reply_text_opt(n, "url", &url, err) == -1)
        return -1;
    if (!region && reply_text_opt(n, "region", &region, err) == -1)
        return -1;
    if (!url)
        return 0; /* its template names what this scope has not */
    if (t->n_endpoints == MAX_ENDPOINTS)
        return vmha_fail(err, VMHA_E_INPUT, 0, "catalogue: above %d endpoints",
                         MAX_ENDPOINTS);
    t->endpoints =
        xrealloc(t->endpoints, t->n_endpoints + 1, sizeof *t->endpoints);
    e = &t->endpoints[t->n_endpoints++];
    e->service = xstrdup(service);
    e->interface = xstrdup(interface);
    e->region = xstrdup(region ? region : "");
    e->url = base_url(url, project);
    return 0;
}

static int
read_catalogue(struct keystone_token *t, const struct reply_node *token,
               const char *project, struct vmha_error *err)
{
    struct reply_node catalogue, service, endpoints, endpoint;
    const char *type;

    if (reply_list(token, "catalog", &catalogue, err) == -1)
        return -1;
    for (size_t i = 0; i < reply_length(&catalogue); i++) {
        if (reply_item(&catalogue, i, &service, err) == -1 ||
            reply_text(&service, "type", &type, err) == -1 ||
            reply_list(&service, "endpoints", &endpoints, err) == -1)
            return -1;
        for (size_t j = 0; j < reply_length(&endpoints); j++)
            if (reply_item(&endpoints, j, &endpoint, err) == -1 ||
                add_endpoint(t, type, project, &endpoint, err) == -1)
                return -1;
    }
    return 0;
}

static int
read_life(struct keystone_token *t, const struct reply_node *token,
          struct vmha_error *err)
{
    int64_t issued_ms, expires_ms;

    if (reply_time_opt(token, "issued_at", &issued_ms, err) == -1 ||
        reply_time_opt(token, "expires_at", &expires_ms, err) == -1)
        return -1;
    t->life_ms = expires_ms - issued_ms;
    if (!issued_ms || !expires_ms || t->life_ms <= 0)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "token: issued_at and expires_at are no time of life");
    return 0;
}

int
keystone_token_parse(const char *bytes, size_t len,
                     struct keystone_token *ret_token, struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    CLEANUP_KEYSTONE_TOKEN struct keystone_token t = { 0 };
    struct reply_node top, token, project, user;
    const char *project_id = NULL, *user_id = NULL;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_object(&top, "token", &token, err) == -1 ||
        read_life(&t, &token, err) == -1)
        return -1;
    if (reply_has(&token, "project") &&
        (reply_object(&token, "project", &project, err) == -1 ||
         reply_text(&project, "id", &project_id, err) == -1))
        return -1;
    if (reply_has(&token, "user") &&
        (reply_object(&token, "user", &user, err) == -1 ||
         reply_text(&user, "id", &user_id, err) == -1))
        return -1;
    if (read_catalogue(&t, &token, project_id, err) == -1)
        return -1;
    xstrset(&t.user, user_id);
    *ret_token = t;
    t = (struct keystone_token){ 0 };
    return 0;
}

const char *
keystone_endpoint_url(const struct keystone_token *t,
                      const struct cloud_conf *conf, const char *service,
                      struct vmha_error *err)
{
    const struct keystone_endpoint *found = NULL;

    for (size_t i = 0; i < t->n_endpoints; i++) {
        const struct keystone_endpoint *e = &t->endpoints[i];

        if (strcmp(e->service, service) != 0 ||
            strcmp(e->interface, conf->interface) != 0 ||
            (conf->region && strcmp(e->region, conf->region) != 0))
            continue;
        if (found && strcmp(found->region, e->region) != 0) {
            vmha_fail(err, VMHA_E_CONFIG, 0,
                      "the catalogue has '%s' in regions '%s' and '%s': set "
                      "region_name",
                      service, found->region, e->region);
            return NULL;
        }
        if (!found)
            found = e;
    }
    if (found)
        return found->url;
    vmha_fail(err, VMHA_E_CONFIG, 0,
              "the catalogue has no %s endpoint of '%s'%s%s", conf->interface,
              service, conf->region ? " in region " : "",
              conf->region ? conf->region : "");
    return NULL;
}

/* clouds.yaml and secure.yaml into a struct. */
#include "clouds-yaml.h"

#include <string.h>

#include "secret.h"
#include "settings.h"
#include "xalloc.h"

/* --- one cloud ------------------------------------------------------------ */

static int
missing(const struct settings *s, const char *keys, struct vmha_error *err)
{
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: %s is missing", s->path, keys);
}

/* A key that openstacksdk takes from "auth" or from beside it, where it wins.
 */
static int
text_anywhere(const struct settings *cloud, const struct settings *auth,
              const char *key, char **ret, struct vmha_error *err)
{
    if (settings_text(auth, key, ret, err) == -1)
        return -1;
    return settings_text(cloud, key, ret, err);
}

static int
read_auth_texts(const struct settings *cloud, const struct settings *auth,
                struct cloud_conf *c, struct vmha_error *err)
{
    const struct {
        const char *key;
        char **place;
    } shared[] = {
        { "tenant_name", &c->project.name },
        { "tenant_id", &c->project.id },
        { "project_name", &c->project.name },
        { "project_id", &c->project.id },
        { "user_domain_name", &c->user_domain.name },
        { "user_domain_id", &c->user_domain.id },
        { "project_domain_name", &c->project_domain.name },
        { "project_domain_id", &c->project_domain.id },
        { "domain_name", &c->domain.name },
        { "domain_id", &c->domain.id },
    }, own[] = {
        { "auth_url", &c->auth_url },
        { "username", &c->user.name },
        { "user_id", &c->user.id },
        { "password", &c->password },
        { "application_credential_name", &c->app_credential.name },
        { "application_credential_id", &c->app_credential.id },
        { "application_credential_secret", &c->app_secret },
    };

    for (size_t i = 0; i < N_ELEMENTS(shared); i++)
        if (text_anywhere(cloud, auth, shared[i].key, shared[i].place, err))
            return -1;
    for (size_t i = 0; i < N_ELEMENTS(own); i++)
        if (settings_text(auth, own[i].key, own[i].place, err) == -1)
            return -1;
    return 0;
}

static bool
is_set(const struct cloud_ref *r)
{
    return r->name || r->id;
}

static void
default_ref(struct cloud_ref *to, const struct cloud_ref *from)
{
    if (is_set(to))
        return;
    xstrset(&to->name, from->name);
    xstrset(&to->id, from->id);
}

static void
ref_clear(struct cloud_ref *r)
{
    free(r->name);
    free(r->id);
    *r = (struct cloud_ref){ 0 };
}

/* With a project, domain_name and domain_id mean the domain of user and
 * project (openstacksdk, _handle_domain_id); default_domain_* fill what is
 * still open.
 */
static int
read_domains(const struct settings *auth, struct cloud_conf *c,
             struct vmha_error *err)
{
    struct cloud_ref fallback = { 0 };
    int rc =
        settings_text(auth, "default_domain_name", &fallback.name, err) == -1 ||
                settings_text(auth, "default_domain_id", &fallback.id, err) ==
                    -1
            ? -1
            : 0;

    if (is_set(&c->project)) {
        default_ref(&c->user_domain, &c->domain);
        default_ref(&c->project_domain, &c->domain);
        ref_clear(&c->domain);
    }
    default_ref(&c->user_domain, &fallback);
    default_ref(&c->project_domain, &fallback);
    ref_clear(&fallback);
    return rc;
}

static int
read_auth_type(const struct settings *cloud, struct cloud_conf *c,
               struct vmha_error *err)
{
    static const struct {
        const char *name;
        enum cloud_auth auth;
    } types[] = {
        { "password", CLOUD_AUTH_PASSWORD },
        { "v3password", CLOUD_AUTH_PASSWORD },
        { "v3applicationcredential", CLOUD_AUTH_APP_CREDENTIAL },
    };
    CLEANUP_FREE char *type = NULL;

    if (settings_text(cloud, "auth_type", &type, err) == -1)
        return -1;
    for (size_t i = 0; i < N_ELEMENTS(types); i++)
        if (strcmp(type ? type : "password", types[i].name) == 0) {
            c->auth = types[i].auth;
            return 0;
        }
    return vmha_fail(err, VMHA_E_CONFIG, 0,
                     "%s.auth_type: '%s' is not supported; password, "
                     "v3password and v3applicationcredential are",
                     cloud->path, type);
}

static int
read_scope(const struct settings *auth, struct cloud_conf *c,
           struct vmha_error *err)
{
    CLEANUP_FREE char *system = NULL;
    int n;

    if (settings_text(auth, "system_scope", &system, err) == -1)
        return -1;
    if (system && strcmp(system, "all") != 0)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s.system_scope: expected 'all'", auth->path);
    c->has_system_scope = system != NULL;
    n = is_set(&c->project) + is_set(&c->domain) + c->has_system_scope;
    if (c->auth == CLOUD_AUTH_APP_CREDENTIAL)
        return n == 0 ? 0
                      : vmha_fail(err, VMHA_E_CONFIG, 0,
                                  "%s: an application credential has its own "
                                  "scope; remove project, domain and system",
                                  auth->path);
    if (n == 0)
        return missing(auth, "project_name or project_id", err);
    if (n > 1)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s: more than one of project, domain and "
                         "system_scope",
                         auth->path);
    if (c->project.name && !c->project.id && !is_set(&c->project_domain))
        return missing(auth, "project_domain_name or project_domain_id", err);
    return 0;
}

static int
check_auth(const struct settings *auth, const struct cloud_conf *c,
           struct vmha_error *err)
{
    bool needs_user = c->auth == CLOUD_AUTH_PASSWORD || !c->app_credential.id;

    if (!c->auth_url)
        return missing(auth, "auth_url", err);
    if ((strncmp(c->auth_url, "http://", 7) != 0 &&
         strncmp(c->auth_url, "https://", 8) != 0) ||
        strchr(c->auth_url, '@'))
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s.auth_url: expected http:// or https:// without "
                         "user and password",
                         auth->path);
    if (c->auth == CLOUD_AUTH_PASSWORD && !c->password)
        return missing(auth, "password", err);
    if (c->auth == CLOUD_AUTH_APP_CREDENTIAL && !c->app_secret)
        return missing(auth, "application_credential_secret", err);
    if (c->auth == CLOUD_AUTH_APP_CREDENTIAL && !is_set(&c->app_credential))
        return missing(auth, "application_credential_id", err);
    if (needs_user && !is_set(&c->user))
        return missing(auth, "username or user_id", err);
    if (needs_user && !c->user.id && !is_set(&c->user_domain))
        return missing(auth, "user_domain_name or user_domain_id", err);
    return 0;
}

static int
read_auth(const struct settings *cloud, const char *path, struct cloud_conf *c,
          struct vmha_error *err)
{
    struct settings auth;

    if (settings_enter(cloud, "auth", path, &auth, err) == -1 ||
        read_auth_type(cloud, c, err) == -1 ||
        read_auth_texts(cloud, &auth, c, err) == -1 ||
        read_domains(&auth, c, err) == -1 || read_scope(&auth, c, err) == -1)
        return -1;
    return check_auth(&auth, c, err);
}

/* "internal" or its old name "internalURL". */
static int
read_interface(const struct settings *cloud, struct cloud_conf *c,
               struct vmha_error *err)
{
    static const char *const names[] = { "public", "internal", "admin" };
    CLEANUP_FREE char *given = NULL;

    if (settings_text(cloud, "endpoint_type", &given, err) == -1 ||
        settings_text(cloud, "interface", &given, err) == -1)
        return -1;
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        size_t len = strlen(names[i]);

        if (given && strncmp(given, names[i], len) == 0 &&
            (!given[len] || strcmp(given + len, "URL") == 0))
            xstrset(&c->interface, names[i]);
    }
    if (given && !c->interface)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s.interface: expected public, internal or admin",
                         cloud->path);
    if (!given)
        c->interface = xstrdup("public");
    return 0;
}

static int
read_tls(const struct settings *cloud, struct cloud_conf *c,
         struct vmha_error *err)
{
    bool is_insecure = false, is_verified = true;

    if (settings_bool(cloud, "insecure", &is_insecure, err) == -1 ||
        settings_bool(cloud, "verify", &is_verified, err) == -1 ||
        settings_text(cloud, "cacert", &c->ca_file, err) == -1 ||
        settings_text(cloud, "cert", &c->cert_file, err) == -1 ||
        settings_text(cloud, "key", &c->key_file, err) == -1)
        return -1;
    c->is_unverified = is_insecure || !is_verified;
    return 0;
}

/* What would change the meaning of the rest must not be skipped. */
static int
refuse_unread(const struct settings *cloud, struct vmha_error *err)
{
    if (settings_has(cloud, "profile") || settings_has(cloud, "cloud"))
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s.profile: vendor profiles are not supported; "
                         "write the settings out",
                         cloud->path);
    if (settings_has(cloud, "regions") && !settings_has(cloud, "region_name"))
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s.regions: not supported; choose one by "
                         "region_name",
                         cloud->path);
    return 0;
}

int
clouds_yaml_parse(const struct settings_file *clouds,
                  const struct settings_file *secure, const char *name,
                  struct cloud_conf *ret_conf, struct vmha_error *err)
{
    const struct settings_file *const files[] = { secure, clouds };
    CLEANUP_SETTINGS_DOCS struct settings_docs docs = { 0 };
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    CLEANUP_FREE char *path = xasprintf("clouds.%s", name);
    CLEANUP_FREE char *auth_path = xasprintf("clouds.%s.auth", name);
    struct settings top, all, cloud;

    if (settings_load(&docs, files, N_ELEMENTS(files), &top, err) == -1 ||
        settings_enter(&top, "clouds", "clouds", &all, err) == -1 ||
        settings_enter(&all, name, path, &cloud, err) == -1)
        return -1;
    if (!settings_is_in(&cloud, 1))
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: there is no cloud '%s'",
                         clouds->name, name);
    if (refuse_unread(&cloud, err) == -1 ||
        read_auth(&cloud, auth_path, &c, err) == -1 ||
        settings_text(&cloud, "region_name", &c.region, err) == -1 ||
        read_interface(&cloud, &c, err) == -1 ||
        read_tls(&cloud, &c, err) == -1)
        return -1;
    *ret_conf = c;
    c = (struct cloud_conf){ 0 };
    return 0;
}

void
clouds_yaml_clear(struct cloud_conf *c)
{
    secret_free(c->password);
    secret_free(c->app_secret);
    free(c->auth_url);
    ref_clear(&c->user);
    ref_clear(&c->user_domain);
    ref_clear(&c->app_credential);
    ref_clear(&c->project);
    ref_clear(&c->project_domain);
    ref_clear(&c->domain);
    free(c->region);
    free(c->interface);
    free(c->ca_file);
    free(c->cert_file);
    free(c->key_file);
    *c = (struct cloud_conf){ 0 };
}

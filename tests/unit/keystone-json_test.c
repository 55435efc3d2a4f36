/* Keystone: token requests and their answers. */
#include "keystone-json.h"

#include "tap.h"
#include "xalloc.h"

/* A text that may be changed, as in a struct cloud_conf. */
#define TEXT(s) ((char[]){ s })

static void
test_password_request(void)
{
    const struct cloud_conf c = {
        .auth = CLOUD_AUTH_PASSWORD,
        .user.name = TEXT("u\"\\"),
        .user_domain.name = TEXT("D"),
        .password = TEXT("p\n\x01x"),
        .project.name = TEXT("admin"),
        .project_domain.id = TEXT("default"),
    };
    CLEANUP(keystone_request_free) char *body = keystone_request(&c);

    is_str(body,
           "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{"
           "\"user\":{\"name\":\"u\\\"\\\\\",\"domain\":{\"name\":\"D\"},"
           "\"password\":\"p\\u000a\\u0001x\"}}},\"scope\":{\"project\":{"
           "\"name\":\"admin\",\"domain\":{\"id\":\"default\"}}}}}");
}

static void
test_scopes(void)
{
    struct cloud_conf c = {
        .auth = CLOUD_AUTH_PASSWORD,
        .user.id = TEXT("u"),
        .password = TEXT("p"),
        .has_system_scope = true,
    };
    CLEANUP(keystone_request_free) char *system = keystone_request(&c);

    has_str(system, "{\"id\":\"u\",\"password\":\"p\"}");
    has_str(system, "\"scope\":{\"system\":{\"all\":true}}}}");
    c.has_system_scope = false;
    c.domain.name = TEXT("D");
    CLEANUP(keystone_request_free) char *domain = keystone_request(&c);
    has_str(domain, "\"scope\":{\"domain\":{\"name\":\"D\"}}}}");
    c.domain.name = NULL;
    c.project.id = TEXT("pid");
    CLEANUP(keystone_request_free) char *project = keystone_request(&c);
    has_str(project, "\"scope\":{\"project\":{\"id\":\"pid\"}}}}");
}

static void
test_app_credential_request(void)
{
    struct cloud_conf c = {
        .auth = CLOUD_AUTH_APP_CREDENTIAL,
        .app_credential.id = TEXT("i"),
        .app_secret = TEXT("s"),
    };
    CLEANUP(keystone_request_free) char *by_id = keystone_request(&c);

    is_str(by_id, "{\"auth\":{\"identity\":{\"methods\":"
                  "[\"application_credential\"],\"application_credential\":{"
                  "\"id\":\"i\",\"secret\":\"s\"}}}}");
    c.app_credential = (struct cloud_ref){ .name = TEXT("n") };
    c.user.id = TEXT("u");
    CLEANUP(keystone_request_free) char *by_name = keystone_request(&c);
    has_str(by_name,
            "{\"name\":\"n\",\"secret\":\"s\",\"user\":{\"id\":\"u\"}}");
}

static void
test_urls(void)
{
    static const char *const urls[] = { "http://k:5000", "http://k:5000/",
                                        "http://k:5000/v3", "http://k:5000/v3/",
                                        "http://k:5000/v2.0" };

    for (size_t i = 0; i < N_ELEMENTS(urls); i++) {
        CLEANUP_FREE char *url = keystone_token_url(urls[i]);

        is_str(url, "http://k:5000/v3/auth/tokens");
    }
    CLEANUP_FREE char *devstack = keystone_token_url("http://k/identity");
    is_str(devstack, "http://k/identity/v3/auth/tokens");
}

#define TIMES                                                                  \
    "\"issued_at\":\"2026-11-23T10:00:00.000000Z\","                           \
    "\"expires_at\":\"2026-11-23T11:00:00.000000Z\""
#define ENDPOINT(interface, region, url)                                       \
    "{\"interface\":\"" interface "\",\"region_id\":\"" region                 \
    "\",\"url\":\"" url "\",\"id\":\"x\"}"

static int
parse(const char *text, struct keystone_token *t, struct vmha_error *err)
{
    return keystone_token_parse(text, strlen(text), t, err);
}

static const char *
url_of(const struct keystone_token *t, const char *interface,
       const char *region, const char *service, struct vmha_error *err)
{
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };

    xstrset(&c.interface, interface);
    xstrset(&c.region, region);
    return keystone_endpoint_url(t, &c, service, err);
}

static void
test_catalogue(void)
{
    CLEANUP_KEYSTONE_TOKEN struct keystone_token t = { 0 };
    struct vmha_error err = { 0 };

    ok_msg(
        parse("{\"token\":{" TIMES ",\"user\":{\"id\":\"uid\"},"
              "\"project\":{\"id\":\"pid\"},"
              "\"catalog\":[{\"type\":\"identity\",\"endpoints\":[]},"
              "{\"type\":\"compute\",\"name\":\"nova\",\"endpoints\":"
              "[" ENDPOINT("public", "R1", "http://a/v2.1/pid") "," ENDPOINT(
                  "internal", "R1",
                  "http://b/"
                  "v2.1/") "," ENDPOINT("public", "R2",
                                        "http://c/xpid") "]},"
                                                         "{\"type\":\"image\","
                                                         "\"endpoints\":[{"
                                                         "\"interface\":"
                                                         "\"public\","
                                                         "\"region\":\"R1\","
                                                         "\"url\":null}]}]}}",
              &t, &err) == 0,
        "%s", err.text);
    is_int(t.life_ms, 3600000);
    is_str(t.user, "uid");
    is_str(url_of(&t, "public", "R1", "compute", &err), "http://a/v2.1");
    is_str(url_of(&t, "internal", NULL, "compute", &err), "http://b/v2.1");
    is_str(url_of(&t, "public", "R2", "compute", &err), "http://c/xpid");
    is_str(url_of(&t, "public", NULL, "compute", &err), NULL);
    has_str(err.text, "in regions 'R1' and 'R2': set region_name");
    is_str(url_of(&t, "admin", "R1", "compute", &err), NULL);
    is_str(err.text,
           "the catalogue has no admin endpoint of 'compute' in region R1");
    is_str(url_of(&t, "public", NULL, "image", &err), NULL);
}

static void
test_bad_answers(void)
{
    static const struct {
        const char *text, *words;
    } table[] = {
        { "", "no JSON" },
        { "[]", "expected a JSON object" },
        { "{}", "token: expected an object" },
        { "{\"token\":{}}", "no time of life" },
        { "{\"token\":{\"issued_at\":5}}", "token.issued_at: expected a str" },
        { "{\"token\":{\"issued_at\":\"x\"}}",
          "token.issued_at: expected a t" },
        { "{\"token\":{" TIMES "}}", "token.catalog: expected a list" },
        { "{\"token\":{" TIMES ",\"catalog\":[5]}}",
          "token.catalog[0]: expected an object" },
        { "{\"token\":{" TIMES ",\"catalog\":[{\"type\":\"a\"}]}}",
          "token.catalog[0].endpoints: expected a list" },
        { "{\"token\":{" TIMES ",\"catalog\":[{\"type\":\"a\",\"endpoints\":"
          "[{\"interface\":null}]}]}}",
          "token.catalog[0].endpoints[0].interface: expected a string" },
        { "{\"token\":{" TIMES ",\"project\":7,\"catalog\":[]}}",
          "token.project: expected an object" },
        { "{\"token\":{" TIMES ",\"user\":{},\"catalog\":[]}}",
          "token.user.id: expected a string" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_KEYSTONE_TOKEN struct keystone_token t = { 0 };
        struct vmha_error err = { 0 };

        is_int(parse(table[i].text, &t, &err), -1);
        is_int(err.kind, VMHA_E_INPUT);
        has_str(err.text, table[i].words);
        is_int(t.n_endpoints, 0);
    }
}

TAP_MAIN({ "a request by password", test_password_request },
         { "scopes", test_scopes },
         { "a request by application credential", test_app_credential_request },
         { "auth_url with and without version", test_urls },
         { "the catalogue", test_catalogue },
         { "answers that are none", test_bad_answers })

/* clouds.yaml: text to settings, and what the files must be like. */
#include "clouds-yaml.h"

#include <sys/stat.h>

#include "clouds-file.h"
#include "tap.h"
#include "xalloc.h"

#define PASSWORD_AUTH                                                          \
    "      auth_url: http://k:5000/v3\n"                                       \
    "      username: vmha\n"                                                   \
    "      password: s3cret\n"                                                 \
    "      project_name: admin\n"                                              \
    "      user_domain_name: Default\n"                                        \
    "      project_domain_name: Default\n"
#define CLOUD(auth, more) "clouds:\n  c:\n    auth:\n" auth more

static int
parse(const char *text, const char *secure, struct cloud_conf *c,
      struct vmha_error *err)
{
    const struct settings_file a = { "clouds.yaml", text, strlen(text) };
    const struct settings_file b = { "secure.yaml", secure,
                                     secure ? strlen(secure) : 0 };

    return clouds_yaml_parse(&a, &b, "c", c, err);
}

static void
test_password(void)
{
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    struct vmha_error err = { 0 };

    ok_msg(parse(CLOUD(PASSWORD_AUTH, "    region_name: R1\n"
                                      "    interface: internal\n"
                                      "    cacert: /ca.pem\n"),
                 NULL, &c, &err) == 0,
           "%s", err.text);
    is_int(c.auth, CLOUD_AUTH_PASSWORD);
    is_str(c.auth_url, "http://k:5000/v3");
    is_str(c.user.name, "vmha");
    is_str(c.user_domain.name, "Default");
    is_str(c.password, "s3cret");
    is_str(c.project.name, "admin");
    is_str(c.project_domain.name, "Default");
    is_str(c.region, "R1");
    is_str(c.interface, "internal");
    is_str(c.ca_file, "/ca.pem");
    ok(!c.is_unverified);
}

static void
test_app_credential(void)
{
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    struct vmha_error err = { 0 };

    ok_msg(parse(CLOUD("      auth_url: https://k\n"
                       "      application_credential_id: 0123\n"
                       "      application_credential_secret: x\n",
                       "    auth_type: v3applicationcredential\n"),
                 NULL, &c, &err) == 0,
           "%s", err.text);
    is_int(c.auth, CLOUD_AUTH_APP_CREDENTIAL);
    is_str(c.app_credential.id, "0123");
    is_str(c.app_secret, "x");
    is_str(c.interface, "public");
    is_str(c.region, NULL);
}

static void
test_secure_wins(void)
{
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    struct vmha_error err = { 0 };

    ok_msg(parse(CLOUD(PASSWORD_AUTH, ""),
                 "clouds: {c: {auth: {password: other}, verify: no}}", &c,
                 &err) == 0,
           "%s", err.text);
    is_str(c.password, "other");
    is_str(c.user.name, "vmha");
    ok(c.is_unverified);
}

static void
test_merge_key_and_alias(void)
{
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    struct vmha_error err = { 0 };

    ok_msg(parse("base: &base\n"
                 "  region_name: R9\n"
                 "  auth: &a\n" PASSWORD_AUTH "clouds:\n"
                 "  c:\n"
                 "    <<: [*base]\n"
                 "    auth: {<<: *a, username: me}\n",
                 NULL, &c, &err) == 0,
           "%s", err.text);
    is_str(c.user.name, "me");
    is_str(c.password, "s3cret");
    is_str(c.region, "R9");
}

static void
test_domains(void)
{
    static const struct {
        const char *text, *user, *project, *scope;
    } table[] = {
        { "      domain_name: D\n      project_name: p\n", "D", "D", NULL },
        { "      default_domain_name: D\n      project_name: p\n", "D", "D",
          NULL },
        { "      user_domain_name: U\n      domain_name: D\n", "U", NULL, "D" },
        { "      default_domain_name: D\n      user_domain_name: U\n"
          "      tenant_name: p\n",
          "U", "D", NULL },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
        CLEANUP_FREE char *text =
            xasprintf("clouds:\n  c:\n    auth:\n      auth_url: http://k\n"
                      "      username: u\n      password: p\n%s",
                      table[i].text);
        struct vmha_error err = { 0 };

        ok_msg(parse(text, NULL, &c, &err) == 0, "%zu: %s", i, err.text);
        is_str(c.user_domain.name, table[i].user);
        is_str(c.project_domain.name, table[i].project);
        is_str(c.domain.name, table[i].scope);
    }
}

static void
test_interfaces(void)
{
    static const struct {
        const char *text, *interface;
    } table[] = {
        { "    interface: admin\n", "admin" },
        { "    interface: publicURL\n", "public" },
        { "    endpoint_type: internalURL\n", "internal" },
        { "    interface:\n", "public" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
        CLEANUP_FREE char *text =
            xasprintf("%s%s", CLOUD(PASSWORD_AUTH, ""), table[i].text);
        struct vmha_error err = { 0 };

        ok_msg(parse(text, NULL, &c, &err) == 0, "%zu: %s", i, err.text);
        is_str(c.interface, table[i].interface);
    }
}

/* What is refused, and with which words. */
static const struct refusal {
    const char *text, *words;
} refusals[] = {
    { "", "there is no cloud 'c'" },
    { "clouds: {d: {}}", "clouds.yaml: there is no cloud 'c'" },
    { "a: [\n", "clouds.yaml: line 2: no YAML" },
    { "- a\n", "expected a mapping" },
    { "clouds: 5", "clouds.yaml: line 1: (top).clouds: expected a mapping" },
    { "clouds:\n  c:\n    auth: x\n",
      "line 3: clouds.c.auth: expected a mapping" },
    { "clouds: {c: {auth: {}}}", "clouds.c.auth: project_name or project_id" },
    { "clouds: {c: {auth: {auth_url: [1]}}}",
      "clouds.c.auth.auth_url: expected a text" },
    { "clouds: {c: {auth: {auth_url: \"a\\0b\"}}}", "without NUL" },
    { "clouds: {c: {auth: {project_id: p, system_scope: all}}}",
      "more than one of project, domain and system_scope" },
    { "clouds: {c: {auth: {system_scope: some}}}", "expected 'all'" },
    { "clouds: {c: {auth: {project_name: p}}}",
      "project_domain_name or project_domain_id is missing" },
    { "clouds: {c: {auth: {project_id: p}}}", "auth_url is missing" },
    { "clouds: {c: {auth: {project_id: p, auth_url: 'ftp://x'}}}",
      "auth_url: expected http:// or https://" },
    { "clouds: {c: {auth: {project_id: p, auth_url: 'http://u:s3cret@x'}}}",
      "auth_url: expected http:// or https:// without user and password" },
    { "clouds: {c: {auth: {project_id: p, auth_url: 'http://x'}}}",
      "clouds.c.auth: password is missing" },
    { "clouds: {c: {auth: {project_id: p, auth_url: 'http://x',"
      " password: s3cret}}}",
      "username or user_id is missing" },
    { "clouds: {c: {auth: {project_id: p, auth_url: 'http://x',"
      " password: s3cret, username: u}}}",
      "user_domain_name or user_domain_id is missing" },
    { "clouds: {c: {auth_type: v3oidcpassword}}",
      "auth_type: 'v3oidcpassword' is not supported" },
    { "clouds: {c: {auth_type: v3applicationcredential, auth: {auth_url: "
      "'http://x', application_credential_id: i}}}",
      "application_credential_secret is missing" },
    { "clouds: {c: {auth_type: v3applicationcredential, auth: {auth_url: "
      "'http://x', application_credential_secret: s3cret}}}",
      "application_credential_id is missing" },
    { "clouds: {c: {auth_type: v3applicationcredential, auth: {project_id: "
      "p}}}",
      "has its own scope" },
    { "clouds: {c: {profile: rackspace}}", "vendor profiles" },
    { "clouds: {c: {regions: [a, b]}}", "choose one by region_name" },
    { CLOUD(PASSWORD_AUTH, "    interface: secret\n"),
      "expected public, internal or admin" },
    { CLOUD(PASSWORD_AUTH, "    verify: maybe\n"),
      "clouds.c.verify: expected true or false" },
    { "clouds: {c: &c {<<: *c}}", "project_name or project_id is missing" },
};

static void
test_refusals(void)
{
    for (size_t i = 0; i < N_ELEMENTS(refusals); i++) {
        CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
        struct vmha_error err = { 0 };

        ok_msg(parse(refusals[i].text, NULL, &c, &err) == -1, "%zu", i);
        is_int(err.kind, VMHA_E_CONFIG);
        has_str(err.text, refusals[i].words);
        ok(!strstr(err.text, "s3cret"));
        ok(!c.auth_url);
    }
}

static void
test_too_large(void)
{
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    CLEANUP_FREE char *text = xcalloc(1, SETTINGS_MAX_BYTES + 2);
    struct vmha_error err = { 0 };

    memset(text, '#', SETTINGS_MAX_BYTES + 1);
    is_int(parse(text, NULL, &c, &err), -1);
    has_str(err.text, "above 65536 bytes");
}

/* --- files ---------------------------------------------------------------- */

struct dir {
    char path[64], clouds[96], secure[96];
};

static void
write_file(const char *path, const char *text, mode_t mode)
{
    CLEANUP_FILE FILE *f = fopen(path, "we");

    fputs(text, f);
    fchmod(fileno(f), mode);
}

static void
dir_clear(struct dir *d)
{
    unlink(d->clouds);
    unlink(d->secure);
    rmdir(d->path);
}
#define CLEANUP_DIR CLEANUP(dir_clear)

static struct dir
dir_new(void)
{
    struct dir d = { "/tmp/vmha-clouds-XXXXXX", "", "" };

    ok(mkdtemp(d.path) != NULL);
    snprintf(d.clouds, sizeof d.clouds, "%s/clouds.yaml", d.path);
    snprintf(d.secure, sizeof d.secure, "%s/secure.yaml", d.path);
    write_file(d.clouds, CLOUD(PASSWORD_AUTH, ""), 0600);
    return d;
}

static void
test_files_are_merged(void)
{
    CLEANUP_DIR struct dir d = dir_new();
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 }, e = { 0 };
    struct vmha_error err = { 0 };

    ok_msg(clouds_file_read(d.clouds, "c", &c, &err) == 0, "%s", err.text);
    is_str(c.password, "s3cret");
    write_file(d.secure, "clouds: {c: {auth: {password: x}}}", 0400);
    ok_msg(clouds_file_read(d.clouds, "c", &e, &err) == 0, "%s", err.text);
    is_str(e.password, "x");
}

static void
test_file_modes(void)
{
    static const mode_t modes[] = { 0640, 0604, 0620, 0777 };
    CLEANUP_DIR struct dir d = dir_new();
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    struct vmha_error err = { 0 };

    for (size_t i = 0; i < N_ELEMENTS(modes); i++) {
        chmod(d.clouds, modes[i]);
        is_int(clouds_file_read(d.clouds, "c", &c, &err), -1);
        is_int(err.kind, VMHA_E_CONFIG);
        has_str(err.text, "expected 0600");
    }
    chmod(d.clouds, 0600);
    write_file(d.secure, "{}", 0644);
    is_int(clouds_file_read(d.clouds, "c", &c, &err), -1);
    has_str(err.text, "secure.yaml: mode 0644");
}

static void
test_file_kinds(void)
{
    CLEANUP_DIR struct dir d = dir_new();
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    struct vmha_error err = { 0 };

    is_int(clouds_file_read("/dev/null", "c", &c, &err), -1);
    has_str(err.text, "not a regular file");
    unlink(d.clouds);
    is_int(clouds_file_read(d.clouds, "c", &c, &err), -1);
    has_str(err.text, "No such file");
    is_int(mkfifo(d.clouds, 0600), 0);
    is_int(clouds_file_read(d.clouds, "c", &c, &err), -1);
    has_str(err.text, "not a regular file");
}

TAP_MAIN({ "password", test_password },
         { "application credential", test_app_credential },
         { "secure.yaml wins", test_secure_wins },
         { "merge keys and aliases", test_merge_key_and_alias },
         { "domains", test_domains }, { "interfaces", test_interfaces },
         { "refusals name the place, never the secret", test_refusals },
         { "a text that is too large", test_too_large },
         { "two files are merged", test_files_are_merged },
         { "rights of others are refused", test_file_modes },
         { "only regular files", test_file_kinds })

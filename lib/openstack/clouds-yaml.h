/* clouds.yaml and secure.yaml: where a cloud is and who we are there.
 *
 * The subset of openstacksdk's format that names a cloud completely; the two
 * files are merged key by key, secure.yaml wins.  Vendor profiles, regions
 * lists and values from the environment are refused or not read.
 */
#ifndef VMHA_CLOUDS_YAML_H
#define VMHA_CLOUDS_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "error.h"
#include "settings.h"

enum cloud_auth {
    CLOUD_AUTH_PASSWORD,
    CLOUD_AUTH_APP_CREDENTIAL,
};

/* A name or an ID, or neither. */
struct cloud_ref {
    char *name;
    char *id;
};

/* The only home of secrets: clouds_yaml_clear wipes them. */
struct cloud_conf {
    enum cloud_auth auth;
    char *auth_url;
    struct cloud_ref user, user_domain;
    char *password; /* secret */
    struct cloud_ref app_credential;
    char *app_secret; /* secret */

    /* scope: one of them, none with an application credential */
    struct cloud_ref project, project_domain;
    struct cloud_ref domain;
    bool has_system_scope;

    char *region;    /* NULL: the only one */
    char *interface; /* "public", "internal" or "admin" */
    bool is_unverified;
    char *ca_file, *cert_file, *key_file;
};

/* Read cloud NAME out of CLOUDS, overridden by SECURE (bytes NULL where there
 * is no such file).  Errors name file, line
 * or key, and never a value that could be a secret.
 */
int clouds_yaml_parse(const struct settings_file *clouds,
                      const struct settings_file *secure, const char *name,
                      struct cloud_conf *ret_conf, struct vmha_error *err);

void clouds_yaml_clear(struct cloud_conf *conf);
#define CLEANUP_CLOUD_CONF CLEANUP(clouds_yaml_clear)

#endif

/* Keystone v3: the request for a token, and what the answer says. */
#ifndef VMHA_KEYSTONE_JSON_H
#define VMHA_KEYSTONE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "cleanup.h"
#include "clouds-yaml.h"
#include "error.h"

struct keystone_endpoint {
    char *service; /* type: "compute" */
    char *interface;
    char *region;
    char *url;
};

struct keystone_token {
    int64_t life_ms; /* by Keystone's own clock, from issue to expiry */
    char *user;      /* its id, NULL where the answer does not tell */
    struct keystone_endpoint *endpoints;
    size_t n_endpoints;
};

/* "AUTH_URL/v3/auth/tokens", whether AUTH_URL ends in a version or not. */
char *keystone_token_url(const char *auth_url);

/* The body of POST /v3/auth/tokens.  It holds a secret: free by
 * keystone_request_free.
 */
char *keystone_request(const struct cloud_conf *conf);
void keystone_request_free(char **body);

/* The answer's body.  A catalogue without endpoints is an error: the token is
 * for no scope.  URLs lose a project ID at their end, as Nova accepts since
 * 2.18, and slashes.
 */
int keystone_token_parse(const char *bytes, size_t len,
                         struct keystone_token *ret_token,
                         struct vmha_error *err);
void keystone_token_clear(struct keystone_token *t);
#define CLEANUP_KEYSTONE_TOKEN CLEANUP(keystone_token_clear)

/* The URL of SERVICE in the configured region (NULL: there must be only one)
 * and interface, borrowed from T.
 */
const char *keystone_endpoint_url(const struct keystone_token *t,
                                  const struct cloud_conf *conf,
                                  const char *service, struct vmha_error *err);

#endif

/* A peer that plays Keystone, and the clouds.yaml that leads to it. */
#ifndef VMHA_PEER_CLOUD_H
#define VMHA_PEER_CLOUD_H

#include <stdbool.h>

#include "peer.h"

struct peer_cloud {
    struct peer *peer;
    char *dir, *path; /* of clouds.yaml, which names the cloud "c" */
};

struct peer_cloud peer_cloud_new(void);
void peer_cloud_clear(struct peer_cloud *c);

/* Write clouds.yaml with this PASSWORD. */
void peer_cloud_password(const struct peer_cloud *c, const char *password);

/* The next request for a token (or, ONCE false, all of them) gets TOKEN, which
 * lives LIFE_S; its catalogue says that compute is at the peer's /v2.1.
 */
void peer_cloud_token(const struct peer_cloud *c, const char *token,
                      unsigned life_s, bool once);

/* What Keystone asks for, to match in rules and counts. */
#define PEER_AUTH "POST /v3/auth/tokens "

#endif

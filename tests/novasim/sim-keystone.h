/* Keystone v3: users, tokens, catalog. */
#ifndef VMHA_SIM_KEYSTONE_H
#define VMHA_SIM_KEYSTONE_H

#include "sim-http.h"

struct sim_token {
    char *id;
    const char *user_id, *project_id; /* project NULL: other scope */
    bool is_admin;
    int64_t expires_ms; /* real cloud time */
    bool is_revoked;
};

/* The valid token of X-Auth-Token, or NULL with keystonemiddleware's 401. */
const struct sim_token *sim_token_check(struct sim_req *r);

/* All tokens are invalid from now on: past their time, or revoked. */
void sim_tokens_end(bool by_time);
/* Change the password of a user (or secret of a credential).  -1: no user. */
int sim_password_set(const char *name, const char *password);

void keystone_version(struct sim_req *r);
void keystone_versions(struct sim_req *r);
void keystone_issue(struct sim_req *r);
void keystone_validate(struct sim_req *r);
void keystone_revoke(struct sim_req *r);

#endif

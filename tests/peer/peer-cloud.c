/* A peer that plays Keystone, and the clouds.yaml that leads to it. */
#include "peer-cloud.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "xalloc.h"

void
peer_cloud_password(const struct peer_cloud *c, const char *password)
{
    CLEANUP_FILE FILE *f = fopen(c->path, "we");

    if (!f || fchmod(fileno(f), 0600) == -1)
        abort();
    fprintf(f,
            "clouds:\n"
            "  c:\n"
            "    auth:\n"
            "      auth_url: %s\n"
            "      username: vmha\n"
            "      password: %s\n"
            "      project_id: pid\n"
            "      user_domain_id: default\n",
            peer_url(c->peer), password);
}

struct peer_cloud
peer_cloud_new(void)
{
    char dir[] = "/tmp/vmha-peer-XXXXXX";
    struct peer_cloud c = { .peer = peer_new() };

    if (!mkdtemp(dir))
        abort();
    c.dir = xstrdup(dir);
    c.path = xasprintf("%s/clouds.yaml", dir);
    peer_cloud_password(&c, "s3cret");
    return c;
}

void
peer_cloud_clear(struct peer_cloud *c)
{
    peer_free(c->peer);
    unlink(c->path);
    rmdir(c->dir);
    free(c->path);
    free(c->dir);
}

void
peer_cloud_token(const struct peer_cloud *c, const char *token, unsigned life_s,
                 bool once)
{
    CLEANUP_FREE char *header = xasprintf("X-Subject-Token: %s\r\n", token);
    CLEANUP_FREE char *body = xasprintf(
        "{\"token\":{\"issued_at\":\"2026-11-23T10:00:00.000000Z\","
        "\"expires_at\":\"2026-11-23T10:%02u:%02u.000000Z\","
        "\"project\":{\"id\":\"pid\"},\"catalog\":[{\"type\":\"compute\","
        "\"endpoints\":[{\"interface\":\"public\",\"region_id\":\"R\","
        "\"url\":\"%s/v2.1/pid\"}]}]}}",
        life_s / 60, life_s % 60, peer_url(c->peer));

    if (once)
        peer_json_once(c->peer, PEER_AUTH, 201, header, body);
    else
        peer_json(c->peer, PEER_AUTH, 201, header, body);
}

/* What tests of lib/openstack/nova share. */
#include "nova-fixture.h"

#include "tap.h"
#include "xalloc.h"

void
got_clear(struct got *g)
{
    free(g->detail);
    free(g->request_id);
    free(g->ids);
    free(g->first);
    *g = (struct got){ 0 };
}

static void
take(struct got *g, const struct nova_result *r)
{
    g->is_done = true;
    g->times++;
    g->status = r->status;
    g->was_sent = r->was_sent;
    xstrset(&g->detail, r->detail);
    xstrset(&g->request_id, r->request_id);
    if (r->err)
        g->err = *r->err;
}

static void
add_id(struct got *g, const char *id)
{
    char *ids =
        xasprintf("%s%s%.4s", g->ids ? g->ids : "", g->ids ? "," : "", id);

    free(g->ids);
    g->ids = ids;
}

void
on_done(const struct nova_result *r, void *arg)
{
    take(arg, r);
}

void
on_service(const struct nova_result *r, const struct nova_service *s, void *arg)
{
    struct got *g = arg;

    take(g, r);
    g->n = s != NULL;
    if (s)
        add_id(g, s->id);
}

void
on_servers(const struct nova_result *r, const struct nova_server *s, size_t n,
           void *arg)
{
    struct got *g = arg;

    take(g, r);
    g->n = n;
    for (size_t i = 0; i < n; i++)
        add_id(g, s[i].id);
    if (n)
        xstrset(&g->first, s[0].vm_state);
}

void
on_migrations(const struct nova_result *r, const struct nova_migration *m,
              size_t n, void *arg)
{
    struct got *g = arg;

    take(g, r);
    g->n = n;
    for (size_t i = 0; i < n; i++)
        add_id(g, m[i].uuid);
    if (n)
        xstrset(&g->first, m[0].status);
}

static void
serve_version(const struct both *b, const char *version)
{
    CLEANUP_FREE char *body =
        xasprintf("{\"version\":{\"id\":\"v2.1\",\"version\":\"%s\"}}",
                  version);

    peer_json(b->peer, "GET " API "/ ", 200, "", body);
}

struct both
both_new(const char *version)
{
    struct both b = { .p = peer_cloud_new() };
    struct vmha_error err = { 0 };

    b.peer = b.p.peer;
    b.cloud = cloud_new(b.p.path, "c", &err);
    ok_msg(b.cloud != NULL, "%s", err.text);
    b.nova = nova_new(b.cloud);
    peer_cloud_token(&b.p, "tok", 3000, false);
    if (version)
        serve_version(&b, version);
    return b;
}

void
both_clear(struct both *b)
{
    nova_free(b->nova);
    cloud_free(b->cloud);
    peer_cloud_clear(&b->p);
}

void
wait_for(struct got *g)
{
    ok(!g->is_done);
    ok(peer_wait(&g->is_done, 10000));
    is_int(g->times, 1);
}

const char *
last(const struct both *b)
{
    return peer_request(b->peer, peer_n_requests(b->peer) - 1);
}

void
warm_up(struct both *b)
{
    CLEANUP_GOT struct got g = { 0 };

    nova_warm_up(b->nova, on_done, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
}

/* Nova: the calls that vmha makes. */
#include "nova.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "nova-hosts-json.h"
#include "nova-job.h"
#include "nova-json.h"
#include "xalloc.h"

enum {
    FLAGS_MINOR = 53,     /* services by UUID, one PUT for both flags (N3) */
    SINCE_MINOR = 59,     /* changes-since, uuid and order of migrations */
    DOWN_CELL_MINOR = 69, /* says when a cell does not answer (N20) */
    EVACUATE_MINOR = 94,  /* later ones leave the VM stopped (N24) */
    PARK_MINOR = 95,

    TIMEOUT_MS = 60000,
};

/* --- what callers get ---------------------------------------------------- */

static void
deliver_service(struct job *j, const struct nova_result *r)
{
    j->fn.service(r, !r->err && j->was_found ? &j->service : NULL, j->arg);
}

static void
deliver_servers(struct job *j, const struct nova_result *r)
{
    j->fn.servers(r, j->servers.items, r->err ? 0 : j->servers.n, j->arg);
}

static void
deliver_migrations(struct job *j, const struct nova_result *r)
{
    j->fn.migrations(r, j->migrations.items, r->err ? 0 : j->migrations.n,
                     j->arg);
}

static void
deliver_actions(struct job *j, const struct nova_result *r)
{
    j->fn.actions(r, j->actions.all, r->err ? 0 : j->actions.n, j->arg);
}

/* --- reading answers ------------------------------------------------------ */

static void
add_encoded(struct buf *b, const char *s)
{
    for (; *s; s++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "0123456789-._~",
                   *s))
            buf_add(b, s, 1);
        else
            buf_printf(b, "%%%02X", (unsigned) (unsigned char) *s);
}

/* Sets the job's path to PATH?QUERY&host=HOST and, where there is one,
 * &marker=MARKER.
 */
static void
set_list_path(struct job *j, const char *path, const char *host_key,
              const char *marker)
{
    struct buf b = BUF_INIT(4096);

    buf_printf(&b, "%s&%s=", path, host_key);
    add_encoded(&b, j->host);
    if (marker) {
        buf_add_str(&b, "&marker=");
        add_encoded(&b, marker);
    }
    free(j->path);
    j->path = buf_take(&b);
}

static int
read_service(struct job *j, const struct cloud_response *r,
             struct vmha_error *err)
{
    if (r->err)
        return job_pass_error(r, err);
    return nova_services_parse(r->body, r->body_len, j->host, &j->service,
                               &j->was_found, err) == -1
               ? -1
               : JOB_DONE;
}

/* The answer shows the service as saved: say what was verified. */
static int
read_forced_down(struct job *j, const struct cloud_response *r,
                 struct vmha_error *err)
{
    if (r->err)
        return job_pass_error(r, err);
    if (nova_service_parse(r->body, r->body_len, &j->service, err) == -1 ||
        job_check_id(j, j->service.id, err) == -1)
        return -1;
    if (!j->service.is_forced_down ||
        (j->wants_disabled && !j->service.is_disabled))
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "host '%s': Nova said yes, but did not do it",
                         j->service.host);
    return JOB_DONE;
}

static void
ask_service(struct job *j)
{
    set_list_path(j, "/os-services?binary=nova-compute", "host", NULL);
}

static void
ask_servers(struct job *j, const char *marker)
{
    set_list_path(j, "/servers/detail?all_tenants=1&limit=500", "host", marker);
}

/* Nova ignores filters that a user may not set, and then lists servers of any
 * host.
 */
static int
check_host(const struct job *j, size_t from, struct vmha_error *err)
{
    for (size_t i = from; i < j->servers.n; i++) {
        const struct nova_server *s = &j->servers.items[i];

        if (!s->host || strcmp(s->host, j->host) != 0)
            return vmha_fail(err, VMHA_E_PERMISSION, 0,
                             "a list of servers on '%s' has one on '%s': we "
                             "lack the admin role there",
                             j->host, s->host ? s->host : "(hidden)");
    }
    return 0;
}

/* Nova leaves out servers of a cell that is down, and no host has servers
 * without a service: so an empty list counts when the list of services, which
 * does tell of cells that are down, knows the host.
 */
static int
read_servers(struct job *j, const struct cloud_response *r,
             struct vmha_error *err)
{
    size_t before = j->servers.n;
    bool more;

    if (j->phase == 1)
        return read_service(j, r, err);
    if (r->err)
        return job_pass_error(r, err);
    if (nova_servers_parse(r->body, r->body_len, &j->servers, &more, err) ==
            -1 ||
        check_host(j, before, err) == -1)
        return -1;
    if (more && j->servers.n > before) {
        ask_servers(j, j->servers.items[j->servers.n - 1].id);
        return JOB_MORE;
    }
    if (j->servers.n > 0 || j->nova->minor < DOWN_CELL_MINOR)
        return JOB_DONE;
    j->phase = 1;
    ask_service(j);
    return JOB_MORE;
}

static int
read_one_server(struct job *j, const struct cloud_response *r,
                struct vmha_error *err)
{
    if (r->status == 404 && nova_is_not_found(r->body, r->body_len))
        return JOB_DONE;
    if (r->err)
        return job_pass_error(r, err);
    return nova_server_parse(r->body, r->body_len, &j->servers, err) == -1 ||
                   job_check_id(j, j->servers.items[0].id, err) == -1
               ? -1
               : JOB_DONE;
}

static int
read_actions(struct job *j, const struct cloud_response *r,
             struct vmha_error *err)
{
    if (r->err)
        return job_pass_error(r, err);
    return nova_actions_parse(r->body, r->body_len, &j->actions, err) == -1
               ? -1
               : JOB_DONE;
}

/* Phase 0 reads the records `accepted`, phase 1 what changed since then:
 * Nova's changes-since compares updated_at, which a new record has not (its
 * _get_query_nova_resource_by_changes_time).  In this order no record escapes:
 * one that leaves `accepted` in between has just changed.
 */
static void
ask_migrations(struct job *j, const char *marker)
{
    struct buf b = BUF_INIT(256);
    char since[32];
    time_t t = (time_t) (j->since_ms / 1000);
    struct tm tm;

    buf_printf(&b, "/os-migrations?migration_type=%s",
               j->wants_live ? "live-migration" : "evacuation");
    if (j->phase == 0) {
        buf_add_str(&b, "&status=accepted");
    } else if (j->since_ms) {
        strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
        buf_printf(&b, "&changes-since=%s", since);
    }
    set_list_path(j, buf_str(&b), "source_compute", marker);
    buf_clear(&b);
}

static int
check_source(const struct job *j, size_t from, struct vmha_error *err)
{
    for (size_t i = from; i < j->migrations.n; i++)
        if (strcmp(j->migrations.items[i].source, j->host) != 0)
            return vmha_fail(err, VMHA_E_INPUT, 0,
                             "a list of migrations from '%s' has one from "
                             "'%s'",
                             j->host, j->migrations.items[i].source);
    return 0;
}

static int
read_migrations(struct job *j, const struct cloud_response *r,
                struct vmha_error *err)
{
    size_t before = j->migrations.n;
    bool more;

    if (r->err)
        return job_pass_error(r, err);
    if (nova_migrations_parse(r->body, r->body_len, &j->migrations, &more,
                              err) == -1 ||
        check_source(j, before, err) == -1)
        return -1;
    if (more && j->migrations.n > before) {
        ask_migrations(j, j->migrations.items[j->migrations.n - 1].uuid);
        return JOB_MORE;
    }
    if (j->phase == 0) {
        j->phase = 1;
        ask_migrations(j, NULL);
        return JOB_MORE;
    }
    nova_migrations_merge(&j->migrations);
    return JOB_DONE;
}

/* --- the calls ------------------------------------------------------------ */

/* clang-format off */
static const struct kind
    warm_up     = { "version",    NULL,   0,               NULL,             job_deliver_done },
    service     = { "service",    "GET",  DOWN_CELL_MINOR, read_service,     deliver_service },
    force_down  = { "force_down", "PUT",  FLAGS_MINOR,     read_forced_down, job_deliver_done },
    servers     = { "servers",    "GET",  DOWN_CELL_MINOR, read_servers,     deliver_servers },
    one_server  = { "server",     "GET",  DOWN_CELL_MINOR, read_one_server,  deliver_servers },
    migrations  = { "migrations", "GET",  SINCE_MINOR,     read_migrations,  deliver_migrations },
    evacuate    = { "evacuate",   "POST", EVACUATE_MINOR,  job_read_status,     job_deliver_done },
    park        = { "evacuate",   "POST", PARK_MINOR,      job_read_status,     job_deliver_done },
    stop        = { "power",      "POST", FLAGS_MINOR,     job_read_status,     job_deliver_done },
    change      = { "prepare",    "POST", FLAGS_MINOR,     job_read_status,     job_deliver_done },
    actions     = { "actions",    "GET",  FLAGS_MINOR,     read_actions,     deliver_actions };
/* clang-format on */

struct nova *
nova_new(struct cloud *cloud)
{
    struct nova *n = xcalloc(1, sizeof *n);

    n->cloud = cloud;
    n->prefix = xstrdup("");
    n->timeout_ms = TIMEOUT_MS;
    return n;
}

void
nova_watch(struct nova *n, nova_watch_fn *fn, void *arg)
{
    n->watch = fn;
    n->watch_arg = arg;
}

void
nova_set_timeout(struct nova *n, int64_t timeout_ms)
{
    n->timeout_ms = timeout_ms;
}

void
nova_free(struct nova *n)
{
    if (!n)
        return;
    job_drop_all(n);
    free(n->prefix);
    free(n);
}

void
nova_recall(struct nova *n, const void *arg)
{
    for (const struct job *j = n->jobs; j; j = j->next)
        if (j->arg == arg)
            cloud_recall(n->cloud, j);
}

void
nova_warm_up(struct nova *n, nova_done_fn *fn, void *arg)
{
    struct job *j = job_new(n, &warm_up, arg);

    j->fn.done = fn;
    job_start(j);
}

void
nova_service_find(struct nova *n, const char *host, nova_service_fn *fn,
                  void *arg)
{
    struct job *j = job_new(n, &service, arg);

    j->fn.service = fn;
    j->host = xstrdup(host);
    ask_service(j);
    job_start(j);
}

void
nova_service_force_down(struct nova *n, const char *service_id,
                        const char *reason, nova_done_fn *fn, void *arg)
{
    struct job *j = job_new(n, &force_down, arg);

    j->fn.done = fn;
    j->wants_disabled = reason != NULL;
    j->path = xasprintf("/os-services/%s", service_id);
    j->body = nova_force_down_body(reason);
    job_start_for(j, service_id);
}

void
nova_servers_on_host(struct nova *n, const char *host, nova_servers_fn *fn,
                     void *arg)
{
    struct job *j = job_new(n, &servers, arg);

    j->fn.servers = fn;
    j->host = xstrdup(host);
    ask_servers(j, NULL);
    job_start(j);
}

void
nova_server_get(struct nova *n, const char *id, nova_servers_fn *fn, void *arg)
{
    struct job *j = job_new(n, &one_server, arg);

    j->fn.servers = fn;
    j->path = xasprintf("/servers/%s", id);
    job_start_for(j, id);
}

void
nova_evacuations(struct nova *n, const char *host, int64_t since_ms,
                 nova_migrations_fn *fn, void *arg)
{
    struct job *j = job_new(n, &migrations, arg);

    j->fn.migrations = fn;
    j->host = xstrdup(host);
    j->since_ms = since_ms;
    j->phase = since_ms ? 0 : 1; /* all of them are read at once */
    ask_migrations(j, NULL);
    job_start(j);
}

void
nova_live_migrations(struct nova *n, const char *host, nova_migrations_fn *fn,
                     void *arg)
{
    struct job *j = job_new(n, &migrations, arg);

    j->fn.migrations = fn;
    j->host = xstrdup(host);
    j->wants_live = true;
    j->phase = 1;
    ask_migrations(j, NULL);
    job_start(j);
}

static void
act(struct job *j, const char *server_id, const char *body, nova_done_fn *fn)
{
    j->fn.done = fn;
    j->path = xasprintf("/servers/%s/action", server_id);
    j->body = xstrdup(body);
    job_start_for(j, server_id);
}

void
nova_evacuate(struct nova *n, const char *server_id, const char *target,
              bool parks, nova_done_fn *fn, void *arg)
{
    CLEANUP_FREE char *body = nova_evacuate_body(target);

    act(job_new(n, parks ? &park : &evacuate, arg), server_id, body, fn);
}

unsigned
nova_minor(const struct nova *n)
{
    return n->minor;
}

bool
nova_can_park(const struct nova *n)
{
    return n->minor >= PARK_MINOR;
}

void
nova_stop(struct nova *n, const char *server_id, nova_done_fn *fn, void *arg)
{
    act(job_new(n, &stop, arg), server_id, "{\"os-stop\":null}", fn);
}

void
nova_start(struct nova *n, const char *server_id, nova_done_fn *fn, void *arg)
{
    act(job_new(n, &stop, arg), server_id, "{\"os-start\":null}", fn);
}

void
nova_reset_state(struct nova *n, const char *server_id, nova_done_fn *fn,
                 void *arg)
{
    act(job_new(n, &change, arg), server_id,
        "{\"os-resetState\":{\"state\":\"error\"}}", fn);
}

void
nova_confirm_resize(struct nova *n, const char *server_id, nova_done_fn *fn,
                    void *arg)
{
    act(job_new(n, &change, arg), server_id, "{\"confirmResize\":null}", fn);
}

void
nova_instance_actions(struct nova *n, const char *server_id,
                      nova_actions_fn *fn, void *arg)
{
    struct job *j = job_new(n, &actions, arg);

    j->fn.actions = fn;
    j->path = xasprintf("/servers/%s/os-instance-actions", server_id);
    job_start_for(j, server_id);
}

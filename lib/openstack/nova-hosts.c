/* Nova: calls about hosts that take the VMs of others. */
#include <stdlib.h>

#include "nova-hosts-json.h"
#include "nova-job.h"
#include "xalloc.h"

/* Hypervisors show their RAM up to 2.87; services and hypervisors have UUIDs
 * from 2.53 on.
 */
enum { HOSTS_MINOR = 53, GROUPS_MINOR = 64 /* policy, not policies */ };

/* --- the service ---------------------------------------------------------- */

/* The answer shows the service as saved: say what was verified. */
static int
read_switched(struct job *j, const struct cloud_response *r,
              struct vmha_error *err)
{
    if (r->err)
        return job_pass_error(r, err);
    if (nova_service_parse(r->body, r->body_len, &j->service, err) == -1 ||
        job_check_id(j, j->service.id, err) == -1)
        return -1;
    if (j->service.is_disabled != j->wants_disabled)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "host '%s': Nova said yes, but did not do it",
                         j->service.host);
    return JOB_DONE;
}

/* --- server groups ---------------------------------------------------------
 */

static void
ask_groups(struct job *j)
{
    free(j->path);
    j->path = xasprintf("/os-server-groups?all_projects=True&offset=%zu",
                        j->groups.n);
}

/* Nova gives no link to a next page, and pages may be shorter than we ask for:
 * only an empty one is the last.
 */
static int
read_groups(struct job *j, const struct cloud_response *r,
            struct vmha_error *err)
{
    size_t before = j->groups.n;

    if (r->err)
        return job_pass_error(r, err);
    if (nova_groups_parse(r->body, r->body_len, &j->groups, err) == -1)
        return -1;
    if (j->groups.n == before)
        return JOB_DONE;
    ask_groups(j);
    return JOB_MORE;
}

static void
deliver_groups(struct job *j, const struct nova_result *r)
{
    j->fn.groups(r, j->groups.items, r->err ? 0 : j->groups.n, j->arg);
}

/* --- aggregates ------------------------------------------------------------
 */

static int
read_aggregates(struct job *j, const struct cloud_response *r,
                struct vmha_error *err)
{
    if (r->err)
        return job_pass_error(r, err);
    return nova_aggregates_parse(r->body, r->body_len, &j->aggregates, err) ==
                   -1
               ? -1
               : JOB_DONE;
}

static void
deliver_aggregates(struct job *j, const struct nova_result *r)
{
    j->fn.aggregates(r, j->aggregates.items, r->err ? 0 : j->aggregates.n,
                     j->arg);
}

/* --- hypervisors -----------------------------------------------------------
 */

static void
ask_hypervisors(struct job *j, const char *marker)
{
    free(j->path);
    j->path =
        marker ? xasprintf("/os-hypervisors/detail?limit=500&marker=%s", marker)
               : xstrdup("/os-hypervisors/detail?limit=500");
}

static int
read_hypervisors(struct job *j, const struct cloud_response *r,
                 struct vmha_error *err)
{
    CLEANUP_FREE char *marker = NULL;

    if (r->err)
        return job_pass_error(r, err);
    if (nova_hypervisors_parse(r->body, r->body_len, &j->hypervisors, &marker,
                               err) == -1)
        return -1;
    if (!marker)
        return JOB_DONE;
    ask_hypervisors(j, marker);
    return JOB_MORE;
}

static void
deliver_hypervisors(struct job *j, const struct nova_result *r)
{
    j->fn.hypervisors(r, j->hypervisors.items, r->err ? 0 : j->hypervisors.n,
                      j->arg);
}

/* --- the calls -------------------------------------------------------------
 */

/* clang-format off */
static const struct kind
    switching   = { "switch_service", "PUT",  HOSTS_MINOR, read_switched,    job_deliver_done },
    groups      = { "server_groups",  "GET",  GROUPS_MINOR, read_groups,     deliver_groups },
    aggregates  = { "aggregates",     "GET",  HOSTS_MINOR, read_aggregates,  deliver_aggregates },
    member      = { "aggregates",     "POST", HOSTS_MINOR, job_read_status,      job_deliver_done },
    hypervisors = { "hypervisors",    "GET",  HOSTS_MINOR, read_hypervisors, deliver_hypervisors };
/* clang-format on */

static void
switch_service(struct nova *n, const char *service_id, bool is_disabled,
               const char *reason, nova_done_fn *fn, void *arg)
{
    struct job *j = job_new(n, &switching, arg);

    j->fn.done = fn;
    j->wants_disabled = is_disabled;
    j->path = xasprintf("/os-services/%s", service_id);
    j->body = nova_service_body(is_disabled, reason);
    job_start_for(j, service_id);
}

void
nova_service_enable(struct nova *n, const char *service_id, nova_done_fn *fn,
                    void *arg)
{
    switch_service(n, service_id, false, NULL, fn, arg);
}

void
nova_service_disable(struct nova *n, const char *service_id, const char *reason,
                     nova_done_fn *fn, void *arg)
{
    switch_service(n, service_id, true, reason, fn, arg);
}

void
nova_groups(struct nova *n, nova_groups_fn *fn, void *arg)
{
    struct job *j = job_new(n, &groups, arg);

    j->fn.groups = fn;
    ask_groups(j);
    job_start(j);
}

void
nova_aggregates(struct nova *n, nova_aggregates_fn *fn, void *arg)
{
    struct job *j = job_new(n, &aggregates, arg);

    j->fn.aggregates = fn;
    j->path = xstrdup("/os-aggregates");
    job_start(j);
}

void
nova_aggregate_change(struct nova *n, int64_t id, const char *host,
                      bool is_member, nova_done_fn *fn, void *arg)
{
    struct job *j = job_new(n, &member, arg);

    j->fn.done = fn;
    j->path = xasprintf("/os-aggregates/%lld/action", (long long) id);
    j->body = nova_aggregate_body(is_member ? "add_host" : "remove_host", host);
    job_start(j);
}

void
nova_hypervisors(struct nova *n, nova_hypervisors_fn *fn, void *arg)
{
    struct job *j = job_new(n, &hypervisors, arg);

    j->fn.hypervisors = fn;
    ask_hypervisors(j, NULL);
    job_start(j);
}

/* Nova: calls about a host that comes back, and the VMs that it still has. */
#include "nova-job.h"
#include "xalloc.h"

enum { RETURN_MINOR = 53 };

/* The answer shows the service as saved: say what was verified. */
static int
read_forced_up(struct job *j, const struct cloud_response *r,
               struct vmha_error *err)
{
    if (job_read_status(j, r, err) == -1 ||
        nova_service_parse(r->body, r->body_len, &j->service, err) == -1 ||
        job_check_id(j, j->service.id, err) == -1)
        return -1;
    if (j->service.is_forced_down)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "host '%s': Nova said yes, but did not do it",
                         j->service.host);
    return JOB_DONE;
}

/* Nova tells of a guest that does not run by 409. */
static int
read_guest(struct job *j, const struct cloud_response *r,
           struct vmha_error *err)
{
    if (job_read_status(j, r, err) == -1 ||
        nova_guest_parse(r->body, r->body_len, err) == -1)
        return -1;
    return JOB_DONE;
}

/* clang-format off */
static const struct kind
    force_up = { "force_up",    "PUT",  RETURN_MINOR, read_forced_up, job_deliver_done },
    guest    = { "diagnostics", "GET",  RETURN_MINOR, read_guest,         job_deliver_done },
    reboot   = { "reboot",      "POST", RETURN_MINOR, job_read_status,    job_deliver_done };
/* clang-format on */

static void
start(struct job *j, const char *id, char *path, const char *body,
      nova_done_fn *fn)
{
    j->fn.done = fn;
    j->path = path;
    j->body = body ? xstrdup(body) : NULL;
    job_start_for(j, id);
}

void
nova_service_force_up(struct nova *n, const char *service_id, nova_done_fn *fn,
                      void *arg)
{
    start(job_new(n, &force_up, arg), service_id,
          xasprintf("/os-services/%s", service_id), "{\"forced_down\":false}",
          fn);
}

void
nova_guest_ask(struct nova *n, const char *server_id, nova_done_fn *fn,
               void *arg)
{
    start(job_new(n, &guest, arg), server_id,
          xasprintf("/servers/%s/diagnostics", server_id), NULL, fn);
}

void
nova_reboot(struct nova *n, const char *server_id, nova_done_fn *fn, void *arg)
{
    start(job_new(n, &reboot, arg), server_id,
          xasprintf("/servers/%s/action", server_id),
          "{\"reboot\":{\"type\":\"HARD\"}}", fn);
}

/* Calls to Nova under way: versions, requests, ends. */
#include "nova-job.h"

#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "scan.h"
#include "xalloc.h"

enum {
    OLDEST_MINOR = 53, /* services by UUID (N3) */
    MAX_DETAIL = 400,
};

/* --- how a call ends ------------------------------------------------------ */

static void
job_unlink(struct job *j)
{
    if (j->prev)
        j->prev->next = j->next;
    else
        j->nova->jobs = j->next;
    if (j->next)
        j->next->prev = j->prev;
    timer_stop(&j->end);
}

static void
job_free(struct job *j)
{
    free(j->path);
    free(j->body);
    free(j->host);
    nova_service_clear(&j->service);
    nova_servers_clear(&j->servers);
    nova_migrations_clear(&j->migrations);
    nova_groups_clear(&j->groups);
    nova_aggregates_clear(&j->aggregates);
    nova_hypervisors_clear(&j->hypervisors);
    nova_actions_clear(&j->actions);
    free(j);
}

/* The callback comes when nothing refers to the job: it may free the nova. */
static void
job_end(struct job *j, const struct nova_result *r)
{
    job_unlink(j);
    j->kind->deliver(j, r);
    job_free(j);
}

static void
on_end(void *arg)
{
    struct job *j = arg;

    job_end(j, &(struct nova_result){
                   .detail = "",
                   .request_id = "",
                   .err = j->err.kind == VMHA_OK ? NULL : &j->err,
               });
}

/* ERR is empty for success. */
static void
end_later(struct job *j, const struct vmha_error *err)
{
    j->err = *err;
    timer_arm(&j->end, 0, on_end, j);
}

/* --- requests ------------------------------------------------------------- */

static void on_answer(const struct cloud_response *r, void *arg);

/* What changes anything leaves now or never (cloud.h): what allows it may hold
 * no more when a token, or the version, has come.
 */
static bool
is_prompt(const struct job *j)
{
    return j->kind->method && strcmp(j->kind->method, "GET") != 0;
}

static void
job_send(struct job *j)
{
    struct nova *n = j->nova;
    unsigned minor = n->minor < j->kind->minor ? n->minor : j->kind->minor;
    CLEANUP_FREE char *version = xasprintf("2.%u", minor);
    CLEANUP_FREE char *path = xasprintf("%s%s", n->prefix, j->path);

    cloud_call(n->cloud,
               &(struct cloud_request){
                   .service = "compute",
                   .method = j->kind->method,
                   .path = path,
                   .body = j->body,
                   .microversion = version,
                   .timeout_ms = n->timeout_ms,
                   .is_prompt = is_prompt(j),
               },
               on_answer, j);
}

static void
on_answer(const struct cloud_response *r, void *arg)
{
    struct job *j = arg;
    char detail[MAX_DETAIL] = "";
    struct vmha_error err = { 0 };
    struct nova_result out = {
        .status = r->status,
        .was_sent = r->was_sent,
        .detail = detail,
        .request_id = r->request_id,
        .took_ms = r->took_ms,
        .err = r->err,
    };
    int rc;

    if (r->status == 406)
        j->nova->minor = 0; /* an API server of another release: ask again */
    if (r->status >= 300)
        reply_refusal(r->body, r->body_len, detail, sizeof detail);
    if (j->nova->watch)
        j->nova->watch(j->kind->name, &out, j->nova->watch_arg);
    rc = j->kind->read(j, r, &err);
    if (rc == JOB_MORE) {
        job_send(j);
        return;
    }
    out.err = rc == -1 ? &err : NULL;
    job_end(j, &out);
}

/* --- the version ---------------------------------------------------------- */

static int
read_version(struct nova *n, const struct cloud_response *r,
             struct vmha_error *err)
{
    const char *prefix;
    unsigned minor;

    if (r->err) {
        *err = *r->err;
        return -1;
    }
    if (nova_version_parse(r->body, r->body_len, &minor, &prefix, err) == -1)
        return vmha_context(err, "Nova's version document");
    if (minor < OLDEST_MINOR)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "Nova's newest microversion is 2.%u; vmha needs 2.%d",
                         minor, OLDEST_MINOR);
    n->minor = minor;
    xstrset(&n->prefix, prefix);
    return 0;
}

static void
on_version(const struct cloud_response *r, void *arg)
{
    struct nova *n = arg;
    struct vmha_error err = { 0 };
    bool is_good = read_version(n, r, &err) == 0;

    n->is_asking = false;
    for (struct job *j = n->jobs; j; j = j->next) {
        if (!j->is_waiting)
            continue;
        j->is_waiting = false;
        if (is_good && j->kind->method)
            job_send(j);
        else
            end_later(j, &err);
    }
}

static void
ask_version(struct nova *n)
{
    if (n->is_asking)
        return;
    n->is_asking = true;
    cloud_call(n->cloud,
               &(struct cloud_request){
                   .service = "compute",
                   .method = "GET",
                   .path = "/",
                   .timeout_ms = n->timeout_ms,
               },
               on_version, n);
}

struct job *
job_new(struct nova *n, const struct kind *kind, void *arg)
{
    struct job **end = &n->jobs, *j = xcalloc(1, sizeof *j);

    for (; *end; end = &(*end)->next)
        j->prev = *end;
    *end = j;
    j->nova = n;
    j->kind = kind;
    j->arg = arg;
    return j;
}

void
job_start(struct job *j)
{
    struct vmha_error err;

    if (j->kind->method && j->nova->minor) {
        job_send(j);
        return;
    }
    ask_version(j->nova);
    j->is_waiting = !is_prompt(j);
    if (j->is_waiting)
        return;
    vmha_fail(&err, VMHA_E_AGAIN, 0, "Nova's version is not known yet");
    end_later(j, &err);
}

void
job_start_for(struct job *j, const char *id)
{
    struct vmha_error err = { 0 };

    if (scan_is_uuid(id)) {
        job_start(j);
        return;
    }
    vmha_fail(&err, VMHA_E_REFUSED, 0, "'%s' is no UUID", id);
    end_later(j, &err);
}

int
job_check_id(const struct job *j, const char *id, struct vmha_error *err)
{
    const char *last = strrchr(j->path, '/');

    if (last && strcmp(last + 1, id) == 0)
        return 0;
    return vmha_fail(err, VMHA_E_INPUT, 0, "%s: the answer is about '%s'",
                     j->path, id);
}

void
job_drop_all(struct nova *n)
{
    cloud_cancel(n->cloud, n);
    while (n->jobs) {
        struct job *j = n->jobs;

        cloud_cancel(n->cloud, j);
        job_unlink(j);
        job_free(j);
    }
}

/* --- for the functions of a kind ------------------------------------------ */

int
job_pass_error(const struct cloud_response *r, struct vmha_error *err)
{
    *err = *r->err;
    return -1;
}

int
job_read_status(struct job *j, const struct cloud_response *r,
                struct vmha_error *err)
{
    (void) j;
    return r->err ? job_pass_error(r, err) : JOB_DONE;
}

void
job_deliver_done(struct job *j, const struct nova_result *r)
{
    j->fn.done(r, j->arg);
}

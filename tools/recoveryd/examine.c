/* What Nova has of our hosts, and what it lets us do: for vmha check.  Nothing
 * is changed; one question at a time, as nobody is in a hurry.
 */
#include <stdio.h>
#include <string.h>

#include "../history/put.h"
#include "clock.h"
#include "daemon.h"
#include "wire.h"
#include "xalloc.h"

enum { AT_ONCE = 4, NAMES_MAX = 2000 };

struct exam {
    struct pending base;
    char id[WIRE_WORD_MAX];
    reply_fn *fn;
    char *host; /* one whose service is up, by Nova's name, or NULL */
    struct json_object *doc, *troubles;
};

static void
exam_clear(void *question)
{
    struct exam *x = question;

    json_object_put(x->doc);
    free(x->host);
}

/* A question that Nova did not answer. */
static void
note_trouble(struct exam *x, const char *what, const struct nova_result *res)
{
    struct json_object *o;

    if (!res->err)
        return;
    o = json_object_new_object();
    put_text(o, "what", what);
    put_int(o, "status", res->status);
    put_text(o, "text", *res->detail ? res->detail : res->err->text);
    json_object_array_add(x->troubles, o);
}

static void
finish(struct exam *x)
{
    CLEANUP_FREE char *reply = NULL;

    put_int(x->doc, "minor", nova_minor(x->base.d->nova));
    reply = put_done(json_object_get(x->doc));
    x->fn(x->base.d, x->id, reply);
    pending_free(x);
}

/* --- questions, the last one first ---------------------------------------- */

static void
on_groups(const struct nova_result *res, const struct nova_group *g, size_t n,
          void *arg)
{
    struct exam *x = arg;

    (void) g, (void) n;
    note_trouble(x, "list server groups", res);
    finish(x);
}

static void
on_evacuations(const struct nova_result *res, const struct nova_migration *m,
               size_t n, void *arg)
{
    struct exam *x = arg;

    (void) m, (void) n;
    note_trouble(x, "list evacuations", res);
    nova_groups(x->base.d->nova, on_groups, x);
}

static void
on_servers(const struct nova_result *res, const struct nova_server *s, size_t n,
           void *arg)
{
    struct exam *x = arg;

    (void) s, (void) n;
    note_trouble(x, "list the servers of all projects", res);
    nova_evacuations(x->base.d->nova, x->host, clock_wall_ms(), on_evacuations,
                     x);
}

/* A heartbeat is not older than a minute where Nova finds the service up, nor
 * from the time to come: so it tells how Nova's clock stands to ours.
 */
static void
on_service(const struct nova_result *res, const struct nova_service *service,
           void *arg)
{
    struct exam *x = arg;

    note_trouble(x, "list compute services", res);
    if (service && service->is_up && service->updated_ms)
        put_int(x->doc, "heartbeat_age_ms",
                clock_wall_ms() - service->updated_ms);
    nova_servers_on_host(x->base.d->nova, x->host, on_servers, x);
}

/* --- hosts ---------------------------------------------------------------- */

static const struct nova_hypervisor *
find(const struct nova_hypervisor *list, size_t n, const char *host)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].host, host) == 0)
            return &list[i];
    return NULL;
}

static struct json_object *
host_document(const struct host *h, const struct nova_hypervisor *nova)
{
    struct json_object *o = json_object_new_object();

    put_text(o, "host", h->node);
    put_text(o, "service_host", h->nova_host);
    put_bool(o, "is_reserved", h->is_reserved);
    put_bool(o, "is_failed", h->incident != NULL);
    put_bool(o, "was_fenced",
             h->death.has_fencing && h->death.fencing_succeeded);
    put_bool(o, "is_entry_broken", h->has_broken_entry);
    put_bool(o, "is_in_nova", nova != NULL);
    put_bool(o, "is_up", nova && nova->is_up);
    return o;
}

/* All hosts of Nova's: of those that are not ours, room matters, too. */
static void
put_hosts(struct exam *x, const struct nova_hypervisor *list, size_t n)
{
    struct json_object *ours = json_object_new_array();
    struct json_object *all = json_object_new_array();
    const struct daemon *d = x->base.d;

    for (size_t i = 0; i < d->n_hosts && i < NAMES_MAX; i++) {
        const struct host *h = d->hosts[i];
        const struct nova_hypervisor *nova = find(list, n, h->nova_host);

        if (!h->is_listed || !h->is_expected)
            continue;
        json_object_array_add(ours, host_document(h, nova));
        if (nova && nova->is_up && !x->host)
            x->host = xstrdup(h->nova_host);
    }
    for (size_t i = 0; i < n && i < NAMES_MAX; i++) {
        struct json_object *o = json_object_new_object();

        put_text(o, "host", list[i].host);
        put_int(o, "free_ram_mb", list[i].free_ram_mb);
        put_int(o, "used_ram_mb", list[i].used_ram_mb);
        put_bool(o, "is_up", list[i].is_up);
        put_bool(o, "is_usable", list[i].is_usable);
        json_object_array_add(all, o);
    }
    json_object_object_add(x->doc, "hosts", ours);
    json_object_object_add(x->doc, "nova_hosts", all);
}

static void
on_hypervisors(const struct nova_result *res,
               const struct nova_hypervisor *list, size_t n, void *arg)
{
    struct exam *x = arg;

    note_trouble(x, "list hypervisors", res);
    if (!res->err)
        put_hosts(x, list, n);
    if (x->host)
        nova_service_find(x->base.d->nova, x->host, on_service, x);
    else
        finish(x);
}

int
examine(struct daemon *d, const char *id, reply_fn *fn, struct vmha_error *err)
{
    struct exam *x;

    if (pending_count(d->exams) >= AT_ONCE)
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "too many checks are being made: try again later");
    x = pending_new(d, &d->exams, NULL, sizeof *x);
    x->base.clear = exam_clear;
    x->fn = fn;
    snprintf(x->id, sizeof x->id, "%s", id);
    x->doc = json_object_new_object();
    x->troubles = json_object_new_array();
    put_int(x->doc, "version", 1);
    put_text(x->doc, "instance", d->instance);
    put_bool(x->doc, "starts_by_level", d->conf.starts_by_level);
    json_object_object_add(x->doc, "troubles", x->troubles);
    nova_hypervisors(d->nova, on_hypervisors, x);
    return 0;
}

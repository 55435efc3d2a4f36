/* Calls to Nova under way: versions, requests, ends.  Internal to nova.c. */
#ifndef VMHA_NOVA_JOB_H
#define VMHA_NOVA_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "cloud.h"
#include "error.h"
#include "nova-actions.h"
#include "nova-groups-json.h"
#include "nova-hosts-json.h"
#include "nova-json.h"
#include "nova.h"
#include "timer.h"

struct nova {
    struct cloud *cloud;
    unsigned minor;     /* newest microversion 2.MINOR, 0 while unknown */
    char *prefix;       /* of all paths: "" or "/v2.1" */
    bool is_asking;     /* for the version */
    int64_t timeout_ms; /* of each request */
    struct job *jobs;
    nova_watch_fn *watch;
    void *watch_arg;
};

struct job;

/* What read() says about a good answer; -1 is an error. */
enum { JOB_DONE, JOB_MORE /* j->path is the next request */ };

/* One kind of call. */
struct kind {
    const char *name;   /* for people, see nova_watch */
    const char *method; /* NULL: it needs nothing but the version */
    unsigned minor;     /* highest microversion to use (N24) */
    int (*read)(struct job *j, const struct cloud_response *r,
                struct vmha_error *err);
    void (*deliver)(struct job *j, const struct nova_result *r);
};

/* One call under way. */
struct job {
    struct nova *nova;
    struct job *prev, *next;
    const struct kind *kind;
    char *path, *body;
    bool is_waiting; /* for the version */
    unsigned phase;  /* of calls that take several kinds of requests */

    union {
        nova_done_fn *done;
        nova_service_fn *service;
        nova_servers_fn *servers;
        nova_migrations_fn *migrations;
        nova_groups_fn *groups;
        nova_aggregates_fn *aggregates;
        nova_hypervisors_fn *hypervisors;
        nova_actions_fn *actions;
    } fn;
    void *arg;

    /* ends the call when it fires */
    struct timer *end;
    struct vmha_error err;

    /* arguments and results */
    char *host;
    int64_t since_ms;
    bool wants_disabled;
    bool wants_live; /* migrations, not evacuations */
    bool was_found;
    struct nova_service service;
    struct nova_server_list servers;
    struct nova_migration_list migrations;
    struct nova_group_list groups;
    struct nova_aggregate_list aggregates;
    struct nova_hypervisor_list hypervisors;
    struct nova_action_list actions;
};

/* A call of this KIND, last in line. */
struct job *job_new(struct nova *n, const struct kind *kind, void *arg);

/* Send its first request, once the version is known. */
void job_start(struct job *j);

/* The same for a job about one object, unless its ID cannot be part of a path.
 */
void job_start_for(struct job *j, const char *id);

/* Is it about the server or service of the path that the answer speaks?  What
 * mixes up connections, a broken proxy, would make us take another's state.
 */
int job_check_id(const struct job *j, const char *id, struct vmha_error *err);

/* End all calls without their callbacks. */
void job_drop_all(struct nova *n);

/* For the functions of a kind. */
int job_pass_error(const struct cloud_response *r, struct vmha_error *err);
/* A call whose status says all. */
int job_read_status(struct job *j, const struct cloud_response *r,
                    struct vmha_error *err);
void job_deliver_done(struct job *j, const struct nova_result *r);

#endif

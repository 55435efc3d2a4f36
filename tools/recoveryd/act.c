/* Carry out the steps of a plan, and turn each answer into facts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../history/facts.h"
#include "back.h"
#include "clock.h"
#include "comeback.h"
#include "daemon.h"
#include "journal-names.h"
#include "live.h"
#include "log.h"
#include "request.h"
#include "xalloc.h"

#define TOKEN "[vmha "

/* --- journal ----------------------------------------------------------- */

static void
on_journal(const struct vmha_error *err, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);

    if (!inc)
        return;
    if (err) {
        log_warning("journal: node='%s' incident='%s': %s, retrying",
                    r->base.node, r->incident.text, err->text);
        incident_on_unsaved(inc, err->text, clock_mono_ms());
        return;
    }
    if (!inc->is_saved || inc->saved.phase != r->entry.phase) {
        log_notice("phase: node='%s' phase='%s' incident='%s'", r->base.node,
                   host_phase_name(r->entry.phase), r->incident.text);
        if (r->entry.phase == PHASE_DONE)
            inc->done_wall_ms = clock_wall_ms();
    }
    incident_on_saved(inc, &r->entry);
}

static void
do_journal(struct daemon *d, struct host *h, const struct step *s)
{
    CLEANUP_FREE char *name = journal_host_name(h->node);
    char value[JOURNAL_HOST_MAX];

    journal_host_format(&s->entry, value);
    cluster_journal_set(d->cluster, name, value, on_journal,
                        request_new(d, h, s, BUSY_JOURNAL));
}

/* --- the host's service ------------------------------------------------ */

struct service_fact
service_fact_of(const struct nova_service *s, int64_t asked_ms)
{
    return (struct service_fact){
        .id = s->id,
        .is_disabled = s->is_disabled,
        .is_forced_down = s->is_forced_down,
        .is_ours = s->disabled_reason && strstr(s->disabled_reason, TOKEN),
        .is_up = s->is_up,
        .updated_ms = s->updated_ms,
        .asked_ms = asked_ms,
    };
}

struct action_fact
action_fact_of(const struct daemon *d, const struct nova_action *a)
{
    const char *us = cloud_user_id(d->cloud);

    return (struct action_fact){
        .name = a->name,
        .is_by_nova = !a->user,
        .started_ms = a->started_ms,
        .is_ours = a->user && us && strcmp(a->user, us) == 0,
    };
}

static void
on_service(const struct nova_result *res, const struct nova_service *service,
           void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);
    struct service_fact f = { .asked_ms = r->base.asked_ms };

    if (!inc || request_is_trouble(r, inc, res))
        return;
    if (service)
        f = service_fact_of(service, r->base.asked_ms);
    incident_on_service(inc, &f, clock_mono_ms());
    if (!service)
        log_warning("node='%s' incident='%s': Nova has no nova-compute "
                    "service of host '%s'%s",
                    r->base.node, r->incident.text, inc->host,
                    inc->is_released ? ", taking it for no compute host" : "");
}

static void
do_find_service(struct daemon *d, struct host *h, const struct step *s)
{
    nova_service_find(d->nova, h->incident->host, on_service,
                      request_new(d, h, s, BUSY_SERVICE));
}

static void
on_down(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);

    if (inc)
        history_answer(r->base.d->history, inc, "force down", NULL, res, NULL);
    if (!inc || request_is_trouble(r, inc, res))
        return;
    incident_on_down(inc, clock_mono_ms(), clock_wall_ms());
    log_notice("forced down: node='%s' host='%s' incident='%s'", r->base.node,
               inc->host, r->incident.text);
}

static void
do_force_down(struct daemon *d, struct host *h, const struct step *s)
{
    struct incident *inc = h->incident;
    char time[JOURNAL_TIME_MAX], reason[256];

    journal_time_format(inc->saved.incident_ns, time);
    if (inc->back.is_quarantined)
        snprintf(reason, sizeof reason,
                 "node %.100s failed %u times: quarantined until vmha host "
                 "release " TOKEN "%s]",
                 inc->node, inc->back.n_failures, time);
    else
        snprintf(reason, sizeof reason, "node %.100s was fenced " TOKEN "%s]",
                 inc->node, time);
    nova_service_force_down(d->nova, inc->service_id,
                            inc->asks_disable ? reason : NULL, on_down,
                            request_new(d, h, s, BUSY_DOWN));
}

static const char *
state_of(const struct nova_service *s)
{
    if (!s)
        return "unknown to Nova";
    if (s->is_forced_down)
        return "forced down";
    return s->is_up ? "up" : "down";
}

static void
on_dest(const struct nova_result *res, const struct nova_service *service,
        void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);

    if (inc && !request_is_trouble(r, inc, res))
        stuck_on_service(inc, r->dest, state_of(service), r->base.asked_ms);
}

static void
do_find_dest(struct daemon *d, struct host *h, const struct step *s)
{
    struct request *r = request_new(d, h, s, BUSY_DEST);

    r->dest = xstrdup(s->dest);
    nova_service_find(d->nova, r->dest, on_dest, r);
}

/* --- reading ------------------------------------------------------------ */

static void
on_records(const struct nova_result *res, const struct nova_migration *m,
           size_t n, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);
    CLEANUP_FREE struct record_fact *facts = xcalloc(n, sizeof *facts);

    if (!inc || request_is_trouble(r, inc, res))
        return;
    for (size_t i = 0; i < n; i++)
        facts[i] = (struct record_fact){
            .uuid = m[i].uuid,
            .instance = m[i].instance,
            .status = m[i].status,
            .created_ms = m[i].created_ms,
            .updated_ms = m[i].updated_ms,
            .dest = m[i].dest,
        };
    incident_on_records(inc, facts, n, r->since_ms, r->base.asked_ms,
                        clock_mono_ms(), &r->base.d->rules);
    history_vms(r->base.d->history, inc);
}

static void
do_records(struct daemon *d, struct host *h, const struct step *s)
{
    nova_evacuations(d->nova, h->incident->host, s->since_ms, on_records,
                     request_new(d, h, s, BUSY_RECORDS));
}

static bool
is_dead(const struct daemon *d, const char *nova_host)
{
    for (size_t i = 0; i < d->n_hosts; i++)
        if (live_is_dead(d->hosts[i]->incident, nova_host))
            return true;
    return false;
}

static void
on_live(const struct nova_result *res, const struct nova_migration *m, size_t n,
        void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);
    CLEANUP_FREE struct live_record *records = xcalloc(n, sizeof *records);

    if (!inc || request_is_trouble(r, inc, res))
        return;
    for (size_t i = 0; i < n; i++)
        records[i] = (struct live_record){
            .instance = m[i].instance,
            .fact = { .is_known = true,
                      .status = m[i].status,
                      .dest = m[i].dest,
                      .is_dest_dead = is_dead(r->base.d, m[i].dest) },
        };
    live_on_records(inc, records, n, r->base.asked_ms, clock_mono_ms());
    history_vms(r->base.d->history, inc);
}

static void
do_live(struct daemon *d, struct host *h, const struct step *s)
{
    nova_live_migrations(d->nova, h->incident->host, on_live,
                         request_new(d, h, s, BUSY_LIVE));
}

struct server_fact
server_fact_of(const struct nova_server *s)
{
    return (struct server_fact){
        .id = s->id,
        .name = s->name,
        .host = s->host,
        .vm_state = s->vm_state,
        .task_state = s->task_state,
        .fault = s->fault,
        .power_state = s->power_state,
        .ram_mb = s->ram_mb,
        .was_launched = s->was_launched,
        .project = s->project,
        .zone = s->zone,
        .image = s->image,
        .flavor = s->flavor,
        .metadata = s->metadata,
        .extra_specs = s->extra_specs,
        .tags = s->tags,
    };
}

/* Once for each host: what its VMs are, and whose metadata makes no sense. */
static void
log_vms(const struct incident *inc)
{
    size_t skipped = 0;

    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm *v = inc->by_key[i];

        skipped += v->phase == VM_SKIPPED;
        if (v->warning)
            log_warning("vm='%s' node='%s' incident='%s': %s", v->id, inc->node,
                        incident_id(inc).text, v->warning);
    }
    log_notice("recovering: node='%s' vms='%zu' skipped='%zu' incident='%s'",
               inc->node, inc->n_vms, skipped, incident_id(inc).text);
}

static void
on_servers(const struct nova_result *res, const struct nova_server *s, size_t n,
           void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);
    CLEANUP_FREE struct server_fact *facts = xcalloc(n, sizeof *facts);
    bool is_first = inc && inc->servers_asked_ms == 0;

    if (!inc || request_is_trouble(r, inc, res))
        return;
    for (size_t i = 0; i < n; i++)
        facts[i] = server_fact_of(&s[i]);
    incident_on_servers(inc, facts, n, r->base.asked_ms, clock_mono_ms(),
                        &r->base.d->rules);
    history_servers(r->base.d->history, inc, facts, n, r->base.asked_ms);
    history_vms(r->base.d->history, inc);
    if (is_first)
        log_vms(inc);
}

static void
do_servers(struct daemon *d, struct host *h, const struct step *s)
{
    nova_servers_on_host(d->nova, h->incident->host, on_servers,
                         request_new(d, h, s, BUSY_SERVERS));
}

static void
on_vm_read(const struct nova_result *res, const struct nova_server *s, size_t n,
           void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc;
    struct vm *v = request_finish_vm(r, &inc);
    struct server_fact f;

    if (!v || request_is_trouble(r, inc, res))
        return;
    if (n)
        f = server_fact_of(s);
    incident_on_server(inc, v, n ? &f : NULL, r->base.asked_ms, clock_mono_ms(),
                       &r->base.d->rules);
    if (n)
        history_servers(r->base.d->history, inc, &f, 1, r->base.asked_ms);
    history_vm(r->base.d->history, inc, v);
}

static void
do_read_vm(struct daemon *d, struct host *h, const struct step *s)
{
    s->vm->is_reading = true;
    nova_server_get(d->nova, s->vm->id, on_vm_read, request_new(d, h, s, 0));
}

/* --- changing VMs -------------------------------------------------------- */

static void
log_answer(const struct request *r, const char *what, const struct vm *v,
           enum answer a, const struct nova_result *res)
{
    if (a == ANSWER_QUEUED)
        log_info("%s: vm='%s' node='%s' request='%s' incident='%s'", what,
                 v->id, r->base.node, res->request_id, r->incident.text);
    else
        log_warning("%s: vm='%s' node='%s' status='%d' incident='%s': %s", what,
                    v->id, r->base.node, res->status, r->incident.text,
                    res->err ? res->err->text : "");
}

/* The VM that a call was about, NULL when it is over. */
static struct vm *
finish_call(struct request *r, const struct nova_result *res,
            struct incident **ret_inc)
{
    struct vm *v = request_finish_vm(r, ret_inc);

    r->base.d->n_posting--;
    request_tell_cloud(r->base.d, res);
    return v;
}

static const char *
detail_of(const struct nova_result *res)
{
    return res->detail[0] || !res->err ? res->detail : res->err->text;
}

static void
on_post(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    int64_t now_ms = clock_mono_ms();
    struct incident *inc;
    struct vm *v = finish_call(r, res, &inc);
    enum answer a = answer_to_evacuate(res->status, res->was_sent, res->detail);
    bool is_good = a != ANSWER_UNKNOWN && a != ANSWER_NOT_SENT;

    window_answer(&r->base.d->window, is_good, now_ms - r->base.asked_ms);
    if (!v)
        return;
    log_answer(r, "evacuate call", v, a, res);
    history_answer(r->base.d->history, inc, "evacuate", v, res, answer_name(a));
    incident_on_post(inc, v, a, detail_of(res), now_ms, &r->base.d->rules);
    history_vm(r->base.d->history, inc, v);
}

static void
do_evacuate(struct daemon *d, struct host *h, const struct step *s)
{
    incident_on_posting(h->incident, s->vm, clock_wall_ms());
    d->n_posting++;
    xstrset(&s->vm->target, s->target);
    nova_evacuate(d->nova, s->vm->id, s->target, s->parks, on_post,
                  request_new(d, h, s, 0));
}

static void
on_reset(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc;
    struct vm *v = finish_call(r, res, &inc);
    enum answer a = answer_to_evacuate(res->status, res->was_sent, res->detail);

    if (!v)
        return;
    log_answer(r, "reset of its state", v, a, res);
    history_answer(r->base.d->history, inc, "reset", v, res, answer_name(a));
    incident_on_reset(inc, v, a, detail_of(res), clock_mono_ms(),
                      &r->base.d->rules);
    history_vm(r->base.d->history, inc, v);
}

static void
do_reset_vm(struct daemon *d, struct host *h, const struct step *s)
{
    incident_on_calling(s->vm);
    d->n_posting++;
    nova_reset_state(d->nova, s->vm->id, on_reset, request_new(d, h, s, 0));
}

static void
on_confirm(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc;
    struct vm *v = finish_call(r, res, &inc);
    enum answer a = answer_to_evacuate(res->status, res->was_sent, res->detail);

    if (!v)
        return;
    log_answer(r, "confirmation of its resize", v, a, res);
    history_answer(r->base.d->history, inc, "confirm resize", v, res,
                   answer_name(a));
    incident_on_confirm(inc, v, a, detail_of(res), clock_mono_ms(),
                        &r->base.d->rules);
    history_vm(r->base.d->history, inc, v);
}

static void
do_confirm_vm(struct daemon *d, struct host *h, const struct step *s)
{
    incident_on_calling(s->vm);
    d->n_posting++;
    nova_confirm_resize(d->nova, s->vm->id, on_confirm,
                        request_new(d, h, s, 0));
}

static void
on_actions(const struct nova_result *res, const struct nova_action *a, size_t n,
           void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc;
    struct vm *v = request_finish_vm(r, &inc);
    CLEANUP_FREE struct action_fact *facts = xcalloc(n, sizeof *facts);
    size_t n_facts = 0;

    if (!v)
        return;
    if (res->err && !request_is_answered(res)) {
        (void) request_is_trouble(r, inc, res);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (!a[i].has_failed)
            facts[n_facts++] = action_fact_of(r->base.d, &a[i]);
    /* a refusal tells nothing, and would tell nothing later */
    incident_on_actions(inc, v, facts, n_facts, clock_mono_ms());
    history_vm(r->base.d->history, inc, v);
}

static void
do_read_actions(struct daemon *d, struct host *h, const struct step *s)
{
    s->vm->is_reading = true;
    nova_instance_actions(d->nova, s->vm->id, on_actions,
                          request_new(d, h, s, 0));
}

static void
on_stopped(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc;
    struct vm *v = request_finish_vm(r, &inc);

    request_tell_cloud(r->base.d, res);
    if (!v)
        return;
    history_answer(r->base.d->history, inc, "stop", v, res, NULL);
    if (res->err)
        log_warning("stop: vm='%s' incident='%s': %s, retrying", v->id,
                    r->incident.text, res->err->text);
    if (v->phase == VM_STARTING) {
        comeback_on_call(v, res->err ? res->err->text : NULL, clock_mono_ms(),
                         &r->base.d->rules);
        return;
    }
    v->wants_read = true; /* 409 and the like: its state tells */
    v->read_ms = clock_mono_ms();
}

static void
do_stop_vm(struct daemon *d, struct host *h, const struct step *s)
{
    s->vm->is_reading = true;
    nova_stop(d->nova, s->vm->id, on_stopped, request_new(d, h, s, 0));
}

static void
on_started(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc;
    struct vm *v = request_finish_vm(r, &inc);
    enum answer a = answer_to_evacuate(res->status, res->was_sent, res->detail);

    request_tell_cloud(r->base.d, res);
    if (!v)
        return;
    log_answer(r, "start", v, a, res);
    history_answer(r->base.d->history, inc, "start in turn", v, res,
                   answer_name(a));
    incident_on_start(v, a, detail_of(res), clock_mono_ms(), &r->base.d->rules);
    history_vm(r->base.d->history, inc, v);
}

static void
do_start_vm(struct daemon *d, struct host *h, const struct step *s)
{
    s->vm->is_reading = true;
    nova_start(d->nova, s->vm->id, on_started, request_new(d, h, s, 0));
}

static const struct {
    const char *name;
    action_fn *run;
    bool is_change; /* of Nova: the decision log has it */
} actions[] = {
    [STEP_JOURNAL] = { "write the journal", do_journal, false },
    [STEP_FIND_SERVICE] = { "read the service", do_find_service, false },
    [STEP_FORCE_DOWN] = { "force down", do_force_down, true },
    [STEP_RECORDS] = { "read evacuations", do_records, false },
    [STEP_SERVERS] = { "list servers", do_servers, false },
    [STEP_READ_VM] = { "read server", do_read_vm, false },
    [STEP_EVACUATE] = { "evacuate", do_evacuate, true },
    [STEP_STOP_VM] = { "stop", do_stop_vm, true },
    [STEP_START_VM] = { "start in turn", do_start_vm, true },
    [STEP_POWER_ON] = { "power on", back_power_on, true },
    [STEP_FORCE_UP] = { "take back forced down", back_force_up, true },
    [STEP_ENABLE] = { "enable", back_enable, true },
    [STEP_ASK_GUEST] = { "ask whether it runs", back_ask_guest, false },
    [STEP_REBOOT_VM] = { "start", back_reboot, true },
    [STEP_FIND_DEST] = { "read a destination's service", do_find_dest, false },
    [STEP_RESET_VM] = { "reset", do_reset_vm, true },
    [STEP_CONFIRM_VM] = { "confirm resize", do_confirm_vm, true },
    [STEP_READ_ACTIONS] = { "read its actions", do_read_actions, false },
    [STEP_LIVE] = { "read live migrations", do_live, false },
};

void
act(struct daemon *d, struct host *h, const struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct step *s = &plan->steps[i];

        log_debug("step: node='%s' vm='%s': %s", h->node,
                  s->vm ? s->vm->id : "", actions[s->kind].name);
        if (actions[s->kind].is_change)
            history_call(d->history, h->incident, actions[s->kind].name, s);
        actions[s->kind].run(d, h, s);
    }
}

void
act_recall(struct daemon *d, const struct host *h)
{
    for (const struct pending *p = d->requests; p; p = p->next)
        if (strcmp(p->node, h->node) == 0)
            nova_recall(d->nova, p);
}

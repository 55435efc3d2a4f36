/* Evacuations that Nova leaves in one state for long. */
#include "stuck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "cleanup.h"
#include "date.h"
#include "incident.h"
#include "orphan.h"
#include "xalloc.h"

enum {
    AT_LEAST_MS = 5 * 60000,
    TIMES = 4, /* longer than the slowest of those that got on */
    ASK_AGAIN_MS = 60000,
    MAX_TEXT = 600,
};

void
vm_stage_clear(struct vm_stage *s)
{
    free(s->dest);
    free(s->service);
    free(s->told);
    *s = (struct vm_stage){ 0 };
}

/* Times are kept for what waits in queues, and for what a host works on. */
static unsigned
kind_of(const char *status)
{
    return strcmp(status, "accepted") == 0 ? 0 : 1;
}

int64_t
stuck_limit_ms(const struct incident *inc, const char *status)
{
    int64_t ms = TIMES * inc->longest_ms[kind_of(status)];

    return ms > AT_LEAST_MS ? ms : AT_LEAST_MS;
}

/* It got beyond the state that it was in. */
static void
note_time(struct incident *inc, const struct vm_stage *s, int64_t now_ms)
{
    int64_t *longest = &inc->longest_ms[kind_of(s->status)];

    if (s->status[0] && now_ms - s->since_ms > *longest)
        *longest = now_ms - s->since_ms;
}

void
stuck_on_record(struct incident *inc, const struct record_fact *r,
                int64_t asked_ms)
{
    const struct vm_record *newest = incident_record(inc, r->instance);
    struct vm *v = incident_vm(inc, r->instance);
    int64_t written_ms = r->updated_ms ? r->updated_ms : r->created_ms;

    if (!v || !newest || strcmp(newest->uuid, r->uuid) != 0 ||
        (strcmp(v->stage.status, r->status) == 0 &&
         v->stage.written_ms == written_ms))
        return;
    note_time(inc, &v->stage, asked_ms);
    vm_stage_clear(&v->stage);
    if (newest->state != RECORD_IN_FLIGHT)
        return;
    snprintf(v->stage.status, sizeof v->stage.status, "%s", r->status);
    xstrset(&v->stage.dest, r->dest);
    v->stage.since_ms = asked_ms;
    v->stage.written_ms = written_ms;
}

static void
tell(struct vm_stage *s)
{
    CLEANUP_BUF struct buf text = BUF_INIT(MAX_TEXT);
    char since[DATE_MAX];

    date_format(s->written_ms, since);
    (void) buf_printf(&text, "Nova has left it in '%s' since %s", s->status,
                      since);
    if (s->dest)
        (void) buf_printf(&text, ", on its way to '%.255s'", s->dest);
    if (s->dest && s->service)
        (void) buf_printf(&text, ", whose nova-compute is %s", s->service);
    xstrset(&s->told, buf_str(&text));
}

void
stuck_look(struct incident *inc, int64_t now_ms)
{
    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm *v = inc->by_key[i];
        struct vm_stage *s = &v->stage;

        if (!vm_phase_is_in_flight(v->phase))
            vm_stage_clear(s);
        else if (!s->told && s->status[0] &&
                 now_ms - s->since_ms > stuck_limit_ms(inc, s->status))
            tell(s);
    }
}

const char *
vm_reason(const struct vm *v)
{
    if (orphan_may_run(v))
        return v->orphan.told;
    return v->phase == VM_MOVING ? v->stage.told : v->reason;
}

const char *
stuck_asks(const struct incident *inc, int64_t now_ms)
{
    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm_stage *s = &inc->by_key[i]->stage;

        if (s->told && s->dest &&
            (!s->service_ms || now_ms - s->service_ms >= ASK_AGAIN_MS))
            return s->dest;
    }
    return NULL;
}

void
stuck_on_service(struct incident *inc, const char *dest, const char *state,
                 int64_t asked_ms)
{
    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm_stage *s = &inc->by_key[i]->stage;

        if (!s->told || !s->dest || strcmp(s->dest, dest) != 0)
            continue;
        xstrset(&s->service, state);
        s->service_ms = asked_ms;
        tell(s);
    }
}

/* A world of one failed host, reserved hosts, a Nova and a journal. */
#include "reserve-stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "tap.h"
#include "xalloc.h"

struct reserve_stage s;

struct reserve *
rsv(size_t i)
{
    char name[8];

    snprintf(name, sizeof name, "r%zu", i);
    return reserve_get(&s.pool, name);
}

/* What the operator gave for it; for one, nothing. */
static const char *
reason_of(size_t i)
{
    return i == 1 ? NULL : "free";
}

static bool
is_same_reason(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static size_t
index_of(const struct reserve *r)
{
    return (size_t) (r->node[1] - '0');
}

/* A new process: only the journal and Nova are left. */
void
start_daemon(enum recovery_method m)
{
    struct journal_reserve e;
    struct vmha_error err;

    reserve_pool_clear(&s.pool);
    s.pool.method = m;
    s.pool.joins_sets = true;
    for (size_t i = 0; i < RSVS; i++) {
        struct reserve *r = rsv(i);

        r->is_reserved = r->is_usable = true;
        if (s.rsv[i].entry[0] &&
            is_int(journal_reserve_parse(s.rsv[i].entry, &e, &err), 0))
            reserve_on_saved(r, &e);
    }
}

void
set_stage(enum recovery_method m)
{
    incident_free(s.inc);
    incident_free(s.other);
    reserve_pool_clear(&s.pool);
    memset(&s, 0, sizeof s);
    s.now_ms = 1000000;
    for (size_t i = 0; i < RSVS; i++) {
        s.rsv[i].is_disabled = s.rsv[i].is_up = true;
        s.rsv[i].reason = reason_of(i);
        s.rsv[i].free_mb = 4 * GB;
    }
    s.inc = incident_new("c1", "c1", 17, s.now_ms);
    s.inc->is_saved = s.inc->is_down = true;
    s.inc->saved.phase = PHASE_EVACUATING;
    s.inc->certainty = CERTAIN;
    s.inc->servers_asked_ms = 1;
    s.inc->by_key = xcalloc(VMS, sizeof(struct vm *));
    s.inc->by_order = xcalloc(VMS, sizeof(struct vm *));
    start_daemon(m);
}

struct vm *
add_vm(uint32_t ram_mb)
{
    struct vm *v = xcalloc(1, sizeof *v);

    v->phase = VM_WAITING;
    v->key.ram_mb = ram_mb;
    s.inc->by_order[s.inc->n_vms] = v;
    s.inc->by_key[s.inc->n_vms++] = v;
    return v;
}

void
count(void)
{
    s.now_ms += 100;
    reserve_begin(&s.pool, s.now_ms);
    reserve_count(&s.pool, s.inc);
    if (s.other)
        reserve_count(&s.pool, s.other);
    reserve_demand(&s.pool, s.inc);
}

const char *
place(struct vm *v, bool *ret_may_go)
{
    const char *target;

    *ret_may_go = reserve_place(&s.pool, v, &target);
    return target;
}

static void
answer_sets(void)
{
    char c1[] = "c1", names[RSVS][4], *hosts[RSVS + 1] = { c1 };
    struct reserve_set set = { .id = 7, .hosts = hosts, .n_hosts = 1 };

    for (size_t i = 0; i < RSVS; i++)
        if (s.rsv[i].in_set) {
            snprintf(names[i], sizeof names[i], "r%zu", i);
            hosts[set.n_hosts++] = names[i];
        }
    reserve_on_sets(&s.pool, &set, 1);
}

void
answer_service(struct reserve *r)
{
    size_t i = index_of(r);

    reserve_on_service(r,
                       &(struct reserve_service_fact){
                           .id = "u",
                           .reason =
                               s.rsv[i].is_disabled ? s.rsv[i].reason : NULL,
                           .is_disabled = s.rsv[i].is_disabled,
                           .is_sound = s.rsv[i].is_up },
                       s.now_ms);
}

/* I5: what changes Nova is in the journal before. */
static void
check_noted(size_t i, bool wants_set)
{
    ok_msg(strncmp(s.rsv[i].entry, "v1;T;", 5) == 0, "r%zu: '%s'", i,
           s.rsv[i].entry);
    if (wants_set)
        has_str(s.rsv[i].entry, ";7");
}

/* The effect of a step. */
static void
land(const struct reserve_step *t)
{
    size_t i = t->r ? index_of(t->r) : 0;

    switch (t->kind) {
    case RESERVE_SAVE: journal_reserve_format(&t->entry, s.rsv[i].entry); break;
    case RESERVE_FORGET: s.rsv[i].entry[0] = '\0'; break;
    case RESERVE_ENABLE:
        check_noted(i, false);
        s.rsv[i].is_disabled = false;
        break;
    case RESERVE_DISABLE:
        check_noted(i, false);
        ok_msg(!s.rsv[i].has_vms, "one with VMs is disabled");
        ok_msg(is_same_reason(t->reason, reason_of(i)), "r%zu: '%s'", i,
               t->reason ? t->reason : "");
        s.rsv[i].is_disabled = true;
        break;
    case RESERVE_JOIN:
        check_noted(i, true);
        s.rsv[i].in_set = true;
        break;
    case RESERVE_LEAVE:
        check_noted(i, true);
        s.rsv[i].in_set = false;
        break;
    default: break;
    }
}

static void
answer(const struct reserve_step *t)
{
    char name[8];

    switch (t->kind) {
    case RESERVE_SERVICE: answer_service(t->r); break;
    case RESERVE_ROOM:
        for (size_t i = 0; i < RSVS; i++) {
            snprintf(name, sizeof name, "r%zu", i);
            reserve_on_room(&s.pool, name, s.rsv[i].free_mb);
        }
        reserve_on_rooms_read(&s.pool);
        break;
    case RESERVE_SETS: answer_sets(); break;
    case RESERVE_SAVE: reserve_on_saved(t->r, &t->entry); break;
    case RESERVE_ENABLE: reserve_on_switched(t->r, false); break;
    case RESERVE_DISABLE: reserve_on_switched(t->r, true); break;
    case RESERVE_JOIN:
    case RESERVE_LEAVE: reserve_on_set(&s.pool, t->r, t->set, false); break;
    case RESERVE_SERVERS:
        reserve_on_servers(t->r, s.rsv[index_of(t->r)].has_vms);
        break;
    case RESERVE_FORGET: reserve_on_forgotten(t->r); break;
    }
}

/* Rounds until nothing is to be done.  False where the daemon died: right after
 * its call, or before it has had its effect.
 */
bool
go_on(bool has_effect)
{
    struct reserve_step steps[STEPS];
    int64_t wake_ms;
    size_t n;

    for (int rounds = 0; rounds < 50; rounds++) {
        count();
        n = reserve_plan(&s.pool, steps, STEPS, &wake_ms);
        if (n == 0)
            return true;
        for (size_t i = 0; i < n; i++) {
            bool dies = ++s.calls == s.dies_at;

            if (!dies || has_effect)
                land(&steps[i]);
            if (dies)
                return false;
            s.now_ms += s.slow_ms;
            answer(&steps[i]);
        }
    }
    ok_msg(false, "it never comes to rest");
    return true;
}

void
end_incident(void)
{
    s.inc->saved.phase = PHASE_DONE;
}

bool
is_as_before(void)
{
    for (size_t i = 0; i < RSVS; i++)
        if (!s.rsv[i].is_disabled || s.rsv[i].in_set || s.rsv[i].entry[0])
            return false;
    return true;
}

size_t
n_enabled(void)
{
    size_t n = 0;

    for (size_t i = 0; i < RSVS; i++)
        n += !s.rsv[i].is_disabled;
    return n;
}

/* lib/policy: reserved hosts. */
#include <stdlib.h>

#include "cleanup.h"
#include "reserve-stage.h"
#include "tap.h"
#include "xalloc.h"

/* --- taking
 * -------------------------------------------------------------------- */

static void
test_as_many_as_needed(void)
{
    static const struct {
        unsigned vms;
        uint32_t ram_mb;
        size_t want;
    } table[] = {
        { 0, GB, 0 },     { 1, GB, 1 },     { 4, GB, 1 },     { 5, GB, 2 },
        { 3, 3 * GB, 3 }, { 1, 4 * GB, 1 }, { 1, 5 * GB, 1 },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        set_stage(METHOD_RESERVED_HOST);
        for (unsigned k = 0; k < table[i].vms; k++)
            add_vm(table[i].ram_mb);
        go_on(true);
        ok_msg(n_enabled() == table[i].want, "%zu: %zu are taken", i,
               n_enabled());
    }
}

static void
test_places(void)
{
    struct vm *v[VMS];
    bool may_go;

    set_stage(METHOD_RESERVED_HOST);
    for (size_t i = 0; i < 5; i++)
        v[i] = add_vm(i == 4 ? 5 * GB : 2 * GB);
    count();
    ok(!place(v[0], &may_go) && !may_go); /* none is ready */
    go_on(true);
    count();
    for (size_t i = 0; i < 4; i++) {
        const char *target = place(v[i], &may_go);

        ok_msg(may_go && target, "VM %zu has a place", i);
        xstrset(&v[i]->target, target);
        v[i]->phase = VM_MOVING;
    }
    ok_msg(strcmp(v[0]->target, v[1]->target) != 0, "they are spread");
    ok(place(v[4], &may_go) && may_go && !v[4]->is_placeless);
    is_int(n_enabled(), 2);
    v[1]->phase = VM_WAITING; /* it failed there */
    v[1]->attempts = 1;
    count();
    ok(place(v[1], &may_go) && may_go);
}

/* Nova's ratio of RAM is not ours to know: one that seems too small may do, the
 * others after the one that did not.
 */
static void
test_too_small(void)
{
    bool seen[RSVS] = { false }, may_go;
    struct vm *v;

    set_stage(METHOD_RESERVED_HOST);
    v = add_vm(5 * GB);
    s.rsv[1].free_mb = 2 * GB;
    for (size_t i = 0; i < 2 * RSVS; i++) { /* in turn, more or less */
        const char *target;

        go_on(true);
        count();
        target = place(v, &may_go);
        if (!ok_msg(may_go && target, "try %zu", i))
            return;
        ok_msg(i > 0 || strcmp(target, "r1") != 0, "most room first");
        seen[target[1] - '0'] = true;
        xstrset(&v->target, target);
        v->attempts++;
        v->had_no_host = true;
    }
    ok(seen[0] && seen[1] && seen[2]);
    go_on(true);
    count();
    ok_msg(place(v, &may_go) && may_go, "and again");
    for (size_t i = 0; i < RSVS; i++)
        rsv(i)->is_usable = false;
    count();
    ok(!place(v, &may_go) && !may_go && v->is_placeless);
    has_str(v->reason, "no reserved host");
}

/* One more is taken when what was taken is full. */
static void
test_one_more(void)
{
    bool may_go;

    set_stage(METHOD_RESERVED_HOST);
    for (size_t i = 0; i < VMS; i++) {
        struct vm *v = add_vm(2 * GB);

        go_on(true);
        count();
        xstrset(&v->target, place(v, &may_go));
        ok_msg(may_go && v->target, "VM %zu has a place", i);
        v->phase = VM_RECOVERED;
        s.now_ms += 20000;
    }
    is_int(n_enabled(), 3);
}

/* Others use the host, too: Nova knows what room it has. */
static void
test_refused(void)
{
    struct vm *v;
    bool may_go;

    set_stage(METHOD_RESERVED_HOST);
    v = add_vm(GB);
    go_on(true);
    count();
    xstrset(&v->target, place(v, &may_go));
    v->had_no_host = true;
    v->attempts = 1;
    go_on(true);
    count();
    ok_msg(n_enabled() == 2, "one more is taken");
    ok(strcmp(place(v, &may_go), v->target) != 0 && may_go);
    for (size_t i = 0; i < RSVS; i++)
        rsv(i)->is_usable = strcmp(rsv(i)->host, v->target) == 0;
    count();
    ok_msg(place(v, &may_go) && may_go, "the same again if there is no other");
}

/* What other hosts' VMs have taken is not counted twice, nor forgotten. */
static void
test_two_hosts(void)
{
    bool may_go;

    set_stage(METHOD_RESERVED_HOST);
    add_vm(4 * GB);
    go_on(true);
    count();
    xstrset(&s.inc->by_key[0]->target, place(s.inc->by_key[0], &may_go));
    s.inc->by_key[0]->phase = VM_RECOVERED;
    s.other = s.inc;
    s.inc = incident_new("c2", "c2", 18, s.now_ms);
    s.inc->is_saved = s.inc->is_down = true;
    s.inc->saved.phase = PHASE_EVACUATING;
    s.inc->certainty = CERTAIN;
    s.inc->servers_asked_ms = 1;
    s.inc->by_key = xcalloc(VMS, sizeof(struct vm *));
    s.inc->by_order = xcalloc(VMS, sizeof(struct vm *));
    add_vm(4 * GB);
    go_on(true);
    count();
    ok(place(s.inc->by_key[0], &may_go) && may_go);
    is_int(n_enabled(), 2);
}

static void
test_methods(void)
{
    static const struct {
        enum recovery_method m;
        unsigned attempts;
        bool had_no_host, wants_reserve;
    } table[] = {
        { METHOD_AUTO, 0, false, false },
        { METHOD_AUTO, 3, true, false },
        { METHOD_RESERVED_HOST, 0, false, true },
        { METHOD_RESERVED_HOST, 3, true, true },
        { METHOD_AUTO_PRIORITY, 0, false, false },
        { METHOD_AUTO_PRIORITY, 0, true, false },  /* ERROR before we came */
        { METHOD_AUTO_PRIORITY, 1, false, false }, /* it failed elsewise */
        { METHOD_AUTO_PRIORITY, 1, true, true },
        { METHOD_AUTO_PRIORITY, 2, true, false },
        { METHOD_RH_PRIORITY, 0, false, true },
        { METHOD_RH_PRIORITY, 1, true, false },
        { METHOD_RH_PRIORITY, 2, true, true },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct vm *v;
        bool may_go;

        set_stage(table[i].m);
        v = add_vm(GB);
        v->attempts = table[i].attempts;
        v->had_no_host = table[i].had_no_host;
        go_on(true);
        count();
        ok_msg((place(v, &may_go) != NULL) == table[i].wants_reserve && may_go,
               "row %zu", i);
        ok_msg((n_enabled() > 0) == table[i].wants_reserve, "row %zu", i);
    }
}

/* Nothing is switched on without proof of death, nor what is not free. */
static void
test_what_is_not_taken(void)
{
    for (int i = 0; i < 8; i++) {
        struct vm *v;
        bool may_go;

        set_stage(METHOD_RH_PRIORITY);
        v = add_vm(GB);
        for (size_t k = 0; k < RSVS; k++) {
            rsv(k)->is_usable = i != 0;
            rsv(k)->is_reserved = i != 1;
            s.rsv[k].is_up = i != 2;
            s.rsv[k].is_disabled = i != 3;
            s.rsv[k].free_mb = i == 4 ? 0 : 4 * GB;
        }
        if (i == 5)
            s.inc->certainty = NODE_RESTING;
        if (i == 6)
            s.inc->has_returned = true;
        if (i == 7)
            s.inc->is_down = false;
        go_on(true);
        ok_msg(n_enabled() == (i == 3 ? RSVS : 0), "case %d", i);
        for (size_t k = 0; k < RSVS; k++)
            is_str(s.rsv[k].entry, "");
        count();
        if (i < 5)
            ok_msg(!place(v, &may_go) && may_go, "case %d: anywhere", i);
    }
}

/* --- putting back
 * -------------------------------------------------------------- */

static void
test_put_back(void)
{
    set_stage(METHOD_RESERVED_HOST);
    for (int i = 0; i < 6; i++)
        add_vm(2 * GB);
    go_on(true);
    is_int(n_enabled(), 3);
    ok(s.rsv[0].in_set && s.rsv[1].in_set && s.rsv[2].in_set);
    s.rsv[1].has_vms = true;
    end_incident();
    go_on(true);
    is_int(n_enabled(), 1);
    has_str(s.rsv[1].entry, "v1;U;");
    ok(s.rsv[1].in_set && !s.rsv[0].in_set && !s.rsv[2].in_set);
    is_str(s.rsv[0].entry, "");
}

static void
test_operator_takes_over(void)
{
    set_stage(METHOD_RESERVED_HOST);
    add_vm(GB);
    go_on(true);
    for (size_t i = 0; i < RSVS; i++)
        rsv(i)->is_reserved = false; /* the attribute is gone */
    go_on(true);
    is_int(n_enabled(), 1);
    for (size_t i = 0; i < RSVS; i++)
        is_str(s.rsv[i].entry, "");
    set_stage(METHOD_RESERVED_HOST);
    add_vm(GB);
    go_on(true);
    for (size_t i = 0; i < RSVS; i++)
        s.rsv[i].is_disabled = true; /* he wants it back */
    s.now_ms += 60000;
    count();
    answer_service(rsv(0));
    go_on(true);
    ok_msg(rsv(0)->is_disabled, "it is not enabled again");
}

/* What a plan tells: as few as have room, in the order of recovery. */
static void
test_forecast(void)
{
    unsigned n[RSVS] = { 0 };

    set_stage(METHOD_RESERVED_HOST);
    for (int i = 0; i < 3; i++)
        add_vm(2 * GB);
    s.rsv[2].is_up = false;
    for (size_t i = 0; i < RSVS; i++) {
        answer_service(rsv(i));
        reserve_on_room(&s.pool, rsv(i)->host, s.rsv[i].free_mb);
    }
    reserve_forecast(&s.pool, s.inc, s.now_ms);
    for (size_t i = 0; i < s.inc->n_vms; i++)
        if (ok(s.inc->by_key[i]->target))
            n[s.inc->by_key[i]->target[1] - '0']++;
    ok_msg(n[0] + n[1] == 3 && n[0] && n[1], "%u and %u", n[0], n[1]);

    set_stage(METHOD_AUTO_PRIORITY);
    xstrset(&add_vm(2 * GB)->target, "r0");
    answer_service(rsv(0));
    reserve_on_room(&s.pool, rsv(0)->host, s.rsv[0].free_mb);
    reserve_forecast(&s.pool, s.inc, s.now_ms);
    ok_msg(!s.inc->by_key[0]->target, "the scheduler is asked first");
}

/* A write that may have had its effect is repeated before Nova is changed. */
static void
test_unsure_write(void)
{
    struct journal_reserve e = { .incident_ns = 17 };
    struct reserve_step steps[STEPS];
    int64_t wake_ms;
    size_t n;

    set_stage(METHOD_RESERVED_HOST);
    reserve_on_unsaved(rsv(0), &e);
    count();
    n = reserve_plan(&s.pool, steps, STEPS, &wake_ms);
    ok(n > 0 && steps[n - 1].r == rsv(0) && steps[n - 1].kind == RESERVE_SAVE);
    end_incident();
    go_on(true);
    ok_msg(is_as_before(), "it is put back");
}

/* The cloud may take longer to tell than what it tells counts. */
static void
test_slow_answers(void)
{
    set_stage(METHOD_RESERVED_HOST);
    add_vm(GB);
    s.slow_ms = 60000;
    go_on(true);
    is_int(n_enabled(), 1);
}

/* The daemon dies at each call, before it has its effect or after; the next one
 * goes on.  Where the incident ends meanwhile all is as before.
 */
static void
test_crash_everywhere(void)
{
    unsigned k = 1;

    for (bool is_over = false; !is_over; k++)
        for (int i = 0; i < 8; i++) {
            bool has_effect = i & 1, ends = i & 2, has_vms = i & 4, lives;

            set_stage(METHOD_RESERVED_HOST);
            add_vm(3 * GB);
            add_vm(3 * GB);
            s.dies_at = k;
            lives = go_on(has_effect);
            if (lives) {
                end_incident();
                lives = go_on(has_effect);
            }
            is_over = lives;
            for (size_t r = 0; r < RSVS; r++) {
                ok_msg(s.rsv[r].is_disabled || s.rsv[r].entry[0],
                       "call %u: r%zu is enabled without an entry", k, r);
                s.rsv[r].has_vms = has_vms && !s.rsv[r].is_disabled;
            }
            start_daemon(METHOD_RESERVED_HOST);
            if (ends)
                end_incident();
            go_on(true);
            end_incident();
            go_on(true);
            if (!has_vms)
                ok_msg(is_as_before(), "call %u, case %d: not put back", k, i);
            for (size_t r = 0; r < RSVS; r++)
                ok_msg(!s.rsv[r].has_vms || !s.rsv[r].is_disabled,
                       "call %u, case %d: one with VMs is disabled", k, i);
        }
    ok_msg(k > 15, "%u calls", k);
    incident_free(s.inc);
    reserve_pool_clear(&s.pool);
}

TAP_MAIN({ "as many are taken as are needed", test_as_many_as_needed },
         { "VMs are spread, and wait where none has room", test_places },
         { "one more is taken when they are full", test_one_more },
         { "one that Nova refuses is not tried at once again", test_refused },
         { "two hosts share them", test_two_hosts },
         { "which VMs each method sends there", test_methods },
         { "what is not taken", test_what_is_not_taken },
         { "what seems too small is tried all the same", test_too_small },
         { "unused ones are put back, used ones stay", test_put_back },
         { "the operator's word counts", test_operator_takes_over },
         { "a write that may have failed", test_unsure_write },
         { "what a plan tells", test_forecast },
         { "answers that take long", test_slow_answers },
         { "a crash at every call", test_crash_everywhere })

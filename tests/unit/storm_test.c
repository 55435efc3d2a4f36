/* lib/policy: which VMs may be restarted at once. */
#include "storm.h"

#include <stdio.h>

#include "cleanup.h"
#include "tap.h"

enum { T0 = 1000000, VMS = 20 };

static const struct storm_rules rules = { .max_restarts = 8,
                                          .min_vms = 10,
                                          .host_rate = 3 };

static struct repair vms[VMS], *sorted[VMS];

/* N VMs that wait for their turn after an I/O error. */
static void
set_up(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        vms[i] = (struct repair){ .why = WHY_IO,
                                  .phase = REPAIR_WAITING,
                                  .need = REPAIR_REBOOT,
                                  .is_reported = true,
                                  .is_counted = true,
                                  .around.certainty = NODE_ALIVE };
        snprintf(vms[i].id, UUID_MAX, "%08zx-0000-4000-8000-000000000000", i);
        sorted[i] = &vms[i];
    }
}

/* How many may go; they are on their way then. */
static unsigned
go(struct storm *s, size_t n, int64_t now_ms, int64_t *ret_wake_ms)
{
    unsigned n_turns = 0;

    storm_turns(s, &rules, sorted, n, now_ms, ret_wake_ms);
    for (size_t i = 0; i < n; i++) {
        if (!vms[i].around.has_turn)
            continue;
        n_turns++;
        vms[i].phase = REPAIR_VERIFYING;
    }
    return n_turns;
}

/* All that are on their way end. */
static void
end(struct storm *s, size_t n, bool has_helped, int64_t now_ms)
{
    for (size_t i = 0; i < n; i++) {
        if (!repair_is_running(&vms[i]))
            continue;
        storm_note(s, &vms[i], has_helped, now_ms);
        vms[i].phase = has_helped ? REPAIR_LEFT : REPAIR_WAITING;
        vms[i].n_calls++;
    }
}

static void
test_few(void)
{
    struct storm s = { 0 };
    int64_t wake_ms;

    set_up(9);
    is_int(go(&s, 9, T0, &wake_ms), 8);
    is_int(go(&s, 9, T0, &wake_ms), 0);
    end(&s, 9, false, T0);
    is_int(go(&s, 9, T0, &wake_ms), 8); /* each waits for itself alone */
}

static void
test_storm(void)
{
    struct storm s = { 0 };
    int64_t wake_ms;

    set_up(VMS);
    is_int(go(&s, VMS, T0, &wake_ms), 1);
    ok(vms[1].is_in_storm);
    end(&s, VMS, false, T0);
    is_int(go(&s, VMS, T0 + 9999, &wake_ms), 0);
    is_int(wake_ms, T0 + 10000);
    is_int(go(&s, VMS, T0 + 10000, &wake_ms), 1);
    is_int(vms[0].phase, REPAIR_WAITING); /* another one was tried */
    end(&s, VMS, false, T0 + 10000);
    is_int(go(&s, VMS, T0 + 29999, &wake_ms), 0);
    is_int(go(&s, VMS, T0 + 30000, &wake_ms), 1);
    end(&s, VMS, true, T0 + 30000);
    is_int(go(&s, VMS, T0 + 30000, &wake_ms), 2);
    end(&s, VMS, true, T0 + 30000);
    is_int(go(&s, VMS, T0 + 30000, &wake_ms), 8);
    end(&s, VMS, true, T0 + 30000);
    is_int(go(&s, VMS, T0 + 30000, &wake_ms), 8); /* it is none any more */
}

/* Another cause has turns of its own; a storm that is over is forgotten. */
static void
test_causes(void)
{
    struct storm s = { 0 };
    int64_t wake_ms;

    set_up(VMS);
    vms[3].why = WHY_CRASH;
    is_int(go(&s, VMS, T0, &wake_ms), 2);
    ok(vms[3].phase == REPAIR_VERIFYING && !vms[3].is_in_storm);
    end(&s, VMS, true, T0);
    storm_turns(&s, &rules, sorted, 0, T0, &wake_ms);
    set_up(VMS);
    is_int(go(&s, VMS, T0, &wake_ms), 1);
}

static void
test_order(void)
{
    struct storm s = { 0 };
    int64_t wake_ms;

    set_up(VMS);
    vms[7].priority = 5;
    vms[8].priority = 5;
    vms[7].n_calls = 1;
    is_int(go(&s, VMS, T0, &wake_ms), 1);
    is_int(vms[8].phase, REPAIR_VERIFYING);
}

static void
test_rate(void)
{
    struct restart_rate r = { 0 };

    for (int i = 0; i < 3; i++) {
        ok(!restart_rate_is_full(&r, &rules, T0));
        restart_rate_count(&r, T0);
    }
    ok(restart_rate_is_full(&r, &rules, T0 + 59999));
    ok(!restart_rate_is_full(&r, &rules, T0 + 60000));
    restart_rate_count(&r, T0 + 60000);
    is_int(r.n, 1);
}

TAP_MAIN({ "few VMs do not wait for each other", test_few },
         { "in a storm one is tried first", test_storm },
         { "each cause by itself", test_causes },
         { "by priority, then who was not tried", test_order },
         { "a host has a rate", test_rate })

/* lib/policy: hosts that take no new VMs while they lack what those need. */
#include "scheduling.h"

#include "cleanup.h"
#include "tap.h"

enum { T0 = 1000000 };

#define OURS  "process libvirtd: down " SCHEDULING_TOKEN
#define NODES "node c1 was fenced [vmha 1795419841.000000000]"

static const struct scheduling healthy = { .certainty = NODE_ALIVE,
                                           .is_watched = true };

static enum scheduling_step
next(const struct scheduling *s, int64_t now_ms)
{
    int64_t wake_ms;

    return scheduling_next(s, now_ms, &wake_ms);
}

/* What is done once the service was read. */
static void
test_table(void)
{
    static const struct {
        const char *name;
        bool has_faults, is_there, is_disabled;
        const char *reason;
        enum scheduling_step step;
    } table[] = {
        { "all is well", false, true, false, NULL, SCHEDULING_NOTHING },
        { "a fault", true, true, false, NULL, SCHEDULING_SHUT },
        { "a fault, and shut", true, true, true, OURS, SCHEDULING_NOTHING },
        { "healed", false, true, true, OURS, SCHEDULING_OPEN },
        { "a fault, disabled by the operator", true, true, true, "mine",
          SCHEDULING_NOTHING },
        { "healed, disabled by the operator", false, true, true, "mine",
          SCHEDULING_NOTHING },
        { "healed, disabled without a reason", false, true, true, NULL,
          SCHEDULING_NOTHING },
        { "disabled as its node had failed", false, true, true, NODES,
          SCHEDULING_NOTHING },
        { "enabled, an old reason", false, true, false, OURS,
          SCHEDULING_NOTHING },
        { "no service", true, false, false, NULL, SCHEDULING_NOTHING },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct scheduling s = healthy;

        scheduling_on_report(&s, true, table[i].has_faults);
        is_int(next(&s, T0), SCHEDULING_READ);
        scheduling_on_service(&s, table[i].is_there, table[i].is_disabled,
                              table[i].reason, T0);
        ok_msg(next(&s, T0) == table[i].step, "%s", table[i].name);
    }
}

/* Nothing where something stands in the way, and nothing by what is old. */
static void
test_doubts(void)
{
    struct scheduling s = healthy;

    scheduling_on_report(&s, true, true);
    scheduling_on_service(&s, true, false, NULL, T0);
    is_int(next(&s, T0 + 2000), SCHEDULING_SHUT);
    is_int(next(&s, T0 + 2001), SCHEDULING_READ);
    s.certainty = DISARMED;
    is_int(next(&s, T0), SCHEDULING_NOTHING);
    s.certainty = NODE_ALIVE;
    s.is_busy = true;
    is_int(next(&s, T0), SCHEDULING_NOTHING);
    s.is_busy = false;
    scheduling_on_report(&s, false, false); /* nobody watches it any more */
    is_int(next(&s, T0), SCHEDULING_NOTHING);
}

/* The operator enables it all the same: it stays so. */
static void
test_operator(void)
{
    struct scheduling s = healthy;

    scheduling_on_report(&s, true, true);
    scheduling_on_service(&s, true, false, NULL, T0);
    scheduling_on_put(&s);
    is_int(next(&s, T0), SCHEDULING_READ);
    scheduling_on_service(&s, true, true, OURS, T0);
    scheduling_on_report(&s, true, true);
    is_int(next(&s, T0 + 600000), SCHEDULING_NOTHING);
    scheduling_on_report(&s, true, false);
    is_int(next(&s, T0 + 600000), SCHEDULING_READ);
    scheduling_on_service(&s, true, false, NULL, T0 + 600000);
    is_int(next(&s, T0 + 600000), SCHEDULING_NOTHING);
}

static void
test_trouble(void)
{
    struct scheduling s = healthy;
    int64_t wake_ms;

    scheduling_on_report(&s, true, true);
    scheduling_on_trouble(&s, T0);
    is_int(scheduling_next(&s, T0, &wake_ms), SCHEDULING_NOTHING);
    is_int(wake_ms, T0 + 2000);
    is_int(next(&s, T0 + 2000), SCHEDULING_READ);
    scheduling_on_trouble(&s, T0 + 2000);
    is_int(next(&s, T0 + 5999), SCHEDULING_NOTHING);
    is_int(next(&s, T0 + 6000), SCHEDULING_READ);
}

static void
test_brake(void)
{
    struct scheduling s[4], *list[4];

    for (size_t i = 0; i < N_ELEMENTS(s); i++) {
        s[i] = healthy;
        list[i] = &s[i];
        scheduling_on_report(&s[i], true, true);
        scheduling_on_service(&s[i], true, i == 3, OURS, T0);
    }
    scheduling_brake(list, N_ELEMENTS(s), 2);
    is_int(next(&s[0], T0), SCHEDULING_SHUT);
    is_int(next(&s[1], T0), SCHEDULING_NOTHING);
    is_int(next(&s[2], T0), SCHEDULING_NOTHING);
    scheduling_on_report(&s[3], true, false); /* healed, but still shut */
    scheduling_brake(list, N_ELEMENTS(s), 3);
    is_int(next(&s[1], T0), SCHEDULING_SHUT);
    is_int(next(&s[2], T0), SCHEDULING_NOTHING);
}

static void
test_reasons(void)
{
    static const struct fault faults[] = {
        { FAULT_PROCESS, WHY_DOWN, 1, "libvirtd" },
        { FAULT_MOUNT, WHY_HANG, 1, "/var/lib/nova/instances" },
    };
    char text[SCHEDULING_REASON_MAX + 1];

    scheduling_reason(faults, 1, text);
    is_str(text, "process libvirtd: down [vmha-fault]");
    scheduling_reason(faults + 1, 2, text);
    is_str(text, "mount /var/lib/nova/instances: hang and 1 more "
                 "[vmha-fault]");
}

TAP_MAIN({ "what its service says decides", test_table },
         { "nothing in doubt", test_doubts },
         { "an operator's word stays", test_operator },
         { "a cloud that does not answer", test_trouble },
         { "not too many", test_brake }, { "the reason", test_reasons })

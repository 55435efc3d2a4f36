/* lib/policy: the journal's values. */
#include "cleanup.h"
#include "journal.h"
#include "tap.h"

/* clang-format off */
static const struct {
    const char *value;
    struct journal_host entry;
} good[] = {
    { "v1;F;1795419841.123456789;;",
      { .phase = PHASE_FENCED, .incident_ns = 1795419841123456789 } },
    { "v1;D;1795419841.000000000;fd;",
      { .phase = PHASE_DOWN, .incident_ns = 1795419841000000000,
        .has_forced_down = true, .has_disabled = true } },
    { "v1;E;1795419841.000000001;f;1000-a1b2c3d4",
      { .phase = PHASE_EVACUATING, .incident_ns = 1795419841000000001,
        .has_forced_down = true, .has_mark = true,
        .mark = { 4096, 0xa1b2c3d4 } } },
    { "v1;X;1.000000000;fdb;0-00000000",
      { .phase = PHASE_DONE, .incident_ns = 1000000000,
        .has_forced_down = true, .has_disabled = true, .has_returned = true,
        .has_mark = true } },
    { "v1;R;0.000000000;b;",
      { .phase = PHASE_RELEASED, .has_returned = true } },
    { "v1;F;1.000000000;g;",
      { .phase = PHASE_FENCED, .incident_ns = 1000000000, .may_pass = true } },
    { "v1;E;1.000000000;fo;",
      { .phase = PHASE_EVACUATING, .incident_ns = 1000000000,
        .has_forced_down = true, .is_parking = true } },
    { "v1;E;9223372035.999999999;fdbgo;ffffffff-ffffffff",
      { .phase = PHASE_EVACUATING, .incident_ns = 9223372035999999999,
        .has_forced_down = true, .has_disabled = true, .has_returned = true,
        .may_pass = true, .is_parking = true,
        .has_mark = true, .mark = { UINT32_MAX, UINT32_MAX } } },
    { "v1;X;1795419841.123456789/1795333441;fd;",
      { .phase = PHASE_DONE, .incident_ns = 1795419841123456789,
        .failed_s = 1795333441, .has_forced_down = true,
        .has_disabled = true } },
};
/* clang-format on */

#define LARGEST "v1;E;9223372035.999999999;fdbgo;ffffffff-ffffffff"
#define FENCED_TWICE                                                           \
    "v1;E;9223372035.999999999/9223372034;fdbgo;ffffffff-ffffffff"

static const char *const bad[] = {
    LARGEST ";",
    LARGEST ";0000000a,",
    LARGEST ";0000000a;0000000b",
    LARGEST ";0000000a0000000b",
    LARGEST ";0000000b,0000000a",
    LARGEST ";0000000a,0000000a",
    LARGEST ";0000000A",
    LARGEST ";000000a",
    LARGEST ";00000001,00000002,00000003,00000004,00000005,00000006,00000007,"
            "00000008,00000009,0000000a,0000000b,0000000c,0000000d,0000000e,"
            "0000000f,00000010,00000011",

    "",
    "v1",
    "v1;F;1.000000000",
    "v1;F;1.000000000;",
    "v1;F;1.000000000;;;",
    "v1;F;1.000000000;; ",
    " v1;F;1.000000000;;",
    "v2;F;1.000000000;;",
    "v1;Q;1.000000000;;",
    "v1;f;1.000000000;;",
    "v1;FF;1.000000000;;",
    "v1;;1.000000000;;",
    "v1;F;;;",
    "v1;F;1;;",
    "v1;F;1.0;;",
    "v1;F;1.0000000000;;",
    "v1;F;01.000000000;;",
    "v1;F;-1.000000000;;",
    "v1;F;1.00000000x;;",
    "v1;F;9223372036.000000000;;",
    "v1;F;18446744073709551616.000000000;;",
    "v1;F;2.000000000/;;",
    "v1;F;2.000000000/0;;",
    "v1;F;2.000000000/01;;",
    "v1;F;2.000000000/-1;;",
    "v1;F;2.000000000/1.0;;",
    "v1;F;2.000000000/1/1;;",
    "v1;F;2.000000000/9223372036;;",
    "v1;F;2.000000000/2;;",
    "v1;F;2/1;;",
    "v1;F;1.000000000;df;",
    "v1;F;1.000000000;ff;",
    "v1;F;1.000000000;x;",
    "v1;F;1.000000000;;1000",
    "v1;F;1.000000000;;-a1b2c3d4",
    "v1;F;1.000000000;;1000-a1b2c3d",
    "v1;F;1.000000000;;1000-a1b2c3d4e",
    "v1;F;1.000000000;;1000-A1B2C3D4",
    "v1;F;1.000000000;;01000-a1b2c3d4",
    "v1;F;1.000000000;;100000000-a1b2c3d4",
    "v1;F;1.000000000;;1000-a1b2-3d4",
    "v1;F;111111111111111111111111111111111111111111.000000000;;",
};

static void
test_round_trip(void)
{
    for (size_t i = 0; i < N_ELEMENTS(good); i++) {
        struct journal_host e = { 0 };
        struct vmha_error err = { 0 };
        char value[JOURNAL_HOST_MAX];

        ok_msg(journal_host_parse(good[i].value, &e, &err) == 0, "%s",
               err.text);
        ok(journal_host_equal(&e, &good[i].entry));
        is_int(e.phase, good[i].entry.phase);
        is_int(e.incident_ns, good[i].entry.incident_ns);
        is_int(e.has_mark, good[i].entry.has_mark);
        is_int(e.mark.ram_mb, good[i].entry.mark.ram_mb);
        is_int(e.mark.id, good[i].entry.mark.id);
        journal_host_format(&good[i].entry, value);
        is_str(value, good[i].value);
        ok_msg(strlen(value) <= 49 || good[i].entry.failed_s, "%zu bytes",
               strlen(value));
    }
}

/* VMs that are to be stopped where they arrive come on top, sorted. */
static void
test_stopped(void)
{
    struct journal_host e, again;
    struct vmha_error err;
    char value[JOURNAL_HOST_MAX];

    is_int(journal_host_parse(FENCED_TWICE, &e, &err), 0);
    ok(!journal_host_has_stopped(&e, 7));
    for (uint32_t i = 0; i < JOURNAL_STOPPED_MAX + 1; i++)
        journal_host_add_stopped(&e, UINT32_MAX - (i * 5) % 16);
    is_int(e.n_stopped, JOURNAL_STOPPED_MAX);
    ok(journal_host_has_stopped(&e, UINT32_MAX - 3));
    journal_host_format(&e, value);
    is_str(value, FENCED_TWICE ";fffffff0,fffffff1,fffffff2,fffffff3,fffffff4,"
                               "fffffff5,fffffff6,fffffff7,fffffff8,fffffff9,"
                               "fffffffa,fffffffb,fffffffc,fffffffd,fffffffe,"
                               "ffffffff");
    ok_msg(strlen(value) < JOURNAL_HOST_MAX - 1, "%zu bytes", strlen(value));
    is_int(journal_host_parse(value, &again, &err), 0);
    ok(journal_host_equal(&e, &again));
    journal_host_add_stopped(&e, 1); /* no room: refused, not mixed up */
    ok(journal_host_equal(&e, &again));
}

static void
test_refusals(void)
{
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        struct journal_host e = { .incident_ns = 42 };
        struct vmha_error err = { 0 };

        ok_msg(journal_host_parse(bad[i], &e, &err) == -1, "'%s'", bad[i]);
        is_int(err.kind, VMHA_E_INPUT);
        is_int(e.incident_ns, 42);
    }
}

static void
test_difference(void)
{
    for (size_t i = 0; i < N_ELEMENTS(good); i++)
        for (size_t j = 0; j < N_ELEMENTS(good); j++)
            is_int(journal_host_equal(&good[i].entry, &good[j].entry), i == j);
}

static void
test_time(void)
{
    static const char *const refused[] = {
        "",
        ".",
        "1",
        "1.",
        ".000000001",
        "1.00000000",
        "1.0000000001",
        "01.000000000",
        "1.000000000 ",
        "9223372036.000000000",
    };
    char text[JOURNAL_TIME_MAX];
    int64_t ns = 0;

    is_int(journal_time_parse("1795419841.000000007", &ns), 0);
    is_int(ns, 1795419841000000007);
    journal_time_format(ns, text);
    is_str(text, "1795419841.000000007");
    is_int(journal_time_parse("0.000000000", &ns), 0);
    is_int(ns, 0);
    for (size_t i = 0; i < N_ELEMENTS(refused); i++)
        ok_msg(journal_time_parse(refused[i], &ns) == -1, "'%s'", refused[i]);
}

/* The order of recovery: bigger first, then by UUID. */
static void
test_key_order(void)
{
    static const struct vm_key order[] = {
        { 4096, 1 }, { 4096, 2 }, { 512, 0 }, { 512, UINT32_MAX }, { 0, 5 },
    };

    for (int i = 0; i < (int) N_ELEMENTS(order); i++)
        for (int j = 0; j < (int) N_ELEMENTS(order); j++) {
            int got = vm_key_compare(&order[i], &order[j]);

            is_int((got > 0) - (got < 0), (i > j) - (i < j));
        }
}

static void
test_phases_have_names(void)
{
    for (int p = 0; p < N_PHASES; p++)
        ok(host_phase_name(p)[0] != '\0');
}

TAP_MAIN({ "entries survive a round trip in 49 bytes", test_round_trip },
         { "VMs to be stopped on arrival are noted", test_stopped },
         { "anything else is refused", test_refusals },
         { "entries are equal or not", test_difference },
         { "times are read strictly", test_time },
         { "VMs are ordered", test_key_order },
         { "phases have names", test_phases_have_names })

/* flaps.c: how often a host failed of late. */
#include <string.h>

#include "cleanup.h"
#include "flaps.h"
#include "tap.h"

#define S  INT64_C(1000000000)
#define T0 (INT64_C(1795419841) * S)

static void
test_values(void)
{
    static const struct {
        const char *value;
        bool is_good;
    } table[] = {
        { "v1;", true },
        { "v1;1795419841", true },
        { "v1;0,1795419841,4294967295", true },
        { "v1;1,2,3,4,5,6,7,8,9,10", true },
        { "v1;1,2,3,4,5,6,7,8,9,10,11", false },
        { "v1;2,1", false }, /* not ascending */
        { "v1;1,1", false },
        { "v1;1,", false },
        { "v1;,1", false },
        { "v1;01", false },
        { "v1;-1", false },
        { "v1;4294967296", false },
        { "v1;1795419841.5", false },
        { "v2;1795419841", false },
        { "", false },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct flaps f;
        struct vmha_error err;
        int rc = flaps_parse(table[i].value, &f, &err);

        ok_msg((rc == 0) == table[i].is_good, "'%s'", table[i].value);
    }
}

/* The same fencing, by another clock or asked for twice, is one failure. */
static void
test_once(void)
{
    struct flaps f = { 0 };

    ok(!flaps_have(&f, T0));
    flaps_add(&f, T0 + 1);
    flaps_add(&f, T0 + 1);
    flaps_add(&f, T0 + 4 * S);
    flaps_add(&f, T0 - 4 * S);
    is_int(f.n, 1);
    flaps_add(&f, T0 + 60 * S);
    flaps_add(&f, T0 - 60 * S);
    is_int(f.n, 3);
    is_int(f.at_s[0], T0 / S - 60);
    is_int(f.at_s[2], T0 / S + 60);
}

static void
test_bound(void)
{
    struct flaps f = { 0 };
    char text[FLAPS_TEXT_MAX];

    for (int i = 0; i < 3 * FLAPS_MAX; i++)
        flaps_add(&f, T0 + i * 100 * S);
    is_int(f.n, FLAPS_MAX);
    is_int(f.at_s[0], T0 / S + 2 * FLAPS_MAX * 100);
    flaps_format(&f, text);
    ok(strlen(text) < FLAPS_TEXT_MAX - 1);
    ok(flaps_have(&f, T0)); /* too old to have a place: never to be noted */
    flaps_add(&f, T0);
    is_int(f.at_s[0], T0 / S + 2 * FLAPS_MAX * 100);
}

static void
test_window(void)
{
    struct flaps f = { 0 };

    flaps_add(&f, T0);
    flaps_add(&f, T0 + 100 * S);
    flaps_add(&f, T0 + 200 * S);
    is_int(flaps_count(&f, T0 + 200 * S, 1000000), 3);
    is_int(flaps_count(&f, T0 + 200 * S, 100000), 2);
    is_int(flaps_count(&f, T0 + 200 * S, 99000), 1);
    is_int(flaps_count(&f, T0 + 900 * S, 100000), 0);
}

/* Times are seconds after T0, 0: none. */
static struct flaps
flaps_at(const int *after_s)
{
    struct flaps f = { 0 };

    for (; *after_s; after_s++)
        f.at_s[f.n++] = T0 / S + *after_s;
    return f;
}

static void
test_to_note(void)
{
    static const struct {
        const char *name;
        int noted[3];
        int earlier, back, now;
        bool has_failed, is_off;
        int want[3];
    } table[] = {
        /* clang-format off */
        { "nothing",
          { 0 }, 0, 0, 900, false, false, { 0 } },
        { "a host that is dead",
          { 10 }, 0, 0, 900, true, false, { 10 } },
        { "it returns",
          { 10 }, 0, 500, 510, true, false, { 10, 500 } },
        { "it returns, and that is noted",
          { 10, 500 }, 0, 500, 510, true, false, { 10, 500 } },
        { "it was fenced again on its way back",
          { 0 }, 300, 0, 510, true, false, { 300 } },
        { "the same, and it returns",
          { 0 }, 300, 500, 510, true, false, { 300, 500 } },
        { "one of them counts",
          { 10, 500 }, 0, 0, 1490, false, false, { 10, 500 } },
        { "all are old",
          { 10, 500 }, 0, 0, 1510, false, false, { 0 } },
        { "all are old, and it has failed",
          { 10, 500 }, 0, 0, 1510, true, false, { 10, 500 } },
        { "none is counted",
          { 10, 500 }, 300, 500, 510, true, true, { 0 } },
        /* clang-format on */
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct flaps_facts f = {
            .noted = flaps_at(table[i].noted),
            .earlier_ns = table[i].earlier ? T0 + table[i].earlier * S : 0,
            .back_ns = table[i].back ? T0 + table[i].back * S : 0,
            .has_failed = table[i].has_failed,
            .is_counted = !table[i].is_off,
            .window_ms = 1000000,
            .now_ns = T0 + table[i].now * S,
        };
        struct flaps want = flaps_at(table[i].want), is = flaps_to_note(&f);

        ok_msg(is.n == want.n &&
                   memcmp(is.at_s, want.at_s, want.n * sizeof *is.at_s) == 0,
               "%s", table[i].name);
    }
}

TAP_MAIN({ "values", test_values }, { "a failure counts once", test_once },
         { "the oldest makes room", test_bound },
         { "what is in the window", test_window },
         { "what the journal should have", test_to_note })

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

TAP_MAIN({ "values", test_values }, { "a failure counts once", test_once },
         { "the oldest makes room", test_bound },
         { "what is in the window", test_window })

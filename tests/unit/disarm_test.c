/* lib/policy: what the journal says of vmha being disarmed. */
#include "cleanup.h"
#include "disarm.h"
#include "tap.h"

static void
test_form(void)
{
    struct disarm d = { .since_s = 100, .until_s = 200, .reason = "a;b" }, got;
    char value[DISARM_VALUE_MAX];

    disarm_format(&d, value);
    is_str(value, "v1;100;200;a;b");
    disarm_parse(value, &got);
    ok(!got.is_broken);
    is_int(got.since_s, 100);
    is_int(got.until_s, 200);
    is_str(got.reason, "a;b");
    disarm_parse("v1;100;0;", &got);
    ok(!got.is_broken);
    is_str(got.reason, "");
    snprintf(d.reason, sizeof d.reason, "%s",
             "K\xc3\xbc"
             "che\n");
    disarm_format(&d, value);
    is_str(value, "v1;100;200;K??che?");
    memset(d.reason, 'x', DISARM_REASON_MAX);
    d.since_s = d.until_s = INT64_MAX / 10000;
    disarm_format(&d, value);
    disarm_parse(value, &got);
    is_str(got.reason, d.reason);
}

/* Who wrote it wanted us to keep away: that holds, and is told. */
static void
test_broken(void)
{
    static const char *const values[] = {
        "",         "true",        "v2;1;0;", "v1;1;",
        "v1;1;x;y", "v1;-1;0;",    "v1;;0;",  "v1;1;99999999999999999999;",
        "v1;1;0",   "v1;1;2 3;no",
    };

    for (size_t i = 0; i < N_ELEMENTS(values); i++) {
        struct disarm d;

        disarm_parse(values[i], &d);
        ok_msg(d.is_broken, "'%s' is broken", values[i]);
        ok_msg(!disarm_is_over(&d, INT64_MAX), "'%s' is for good", values[i]);
        has_str(d.reason, values[i]);
        has_str(d.reason, "vmha-disarmed");
    }
}

static void
test_end(void)
{
    struct disarm d = { .since_s = 1000, .until_s = 2000 };

    ok(!disarm_is_over(&d, 1999999));
    ok(disarm_is_over(&d, 2000000));
    ok_msg(!disarm_is_over(&d, 5), "the clock was set back: still disarmed");
    d.until_s = 0;
    ok(!disarm_is_over(&d, INT64_MAX));
}

TAP_MAIN({ "the value is read as it was written", test_form },
         { "a value that makes no sense disarms", test_broken },
         { "it ends with its time, or never", test_end })

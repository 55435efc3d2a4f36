/* lib/core: errors, buffers, strict readers. */
#include <limits.h>

#include "buf.h"
#include "error.h"
#include "file.h"
#include "pace.h"
#include "scan.h"
#include "tap.h"
#include "xalloc.h"

static void
test_error_text(void)
{
    struct vmha_error err = { 0 };

    is_int(vmha_fail(&err, VMHA_E_CONFIG, 2, "open '%s'", "/x"), -1);
    is_str(err.text, "open '/x': No such file or directory");
    is_int(vmha_context(&err, "clouds.yaml"), -1);
    is_str(err.text, "clouds.yaml: open '/x': No such file or directory");
    is_int(err.kind, VMHA_E_CONFIG);
}

static void
test_error_is_cut(void)
{
    struct vmha_error err = { 0 };
    char big[2 * VMHA_ERROR_MAX];

    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    vmha_fail(&err, VMHA_E_INPUT, 5, "%s", big);
    is_int(strlen(err.text), VMHA_ERROR_MAX - 1);
    vmha_context(&err, "%s", big);
    is_int(strlen(err.text), VMHA_ERROR_MAX - 1);
}

static void
test_exit_codes(void)
{
    for (int k = 0; k < VMHA_E_KINDS; k++) {
        ok_msg(vmha_kind_name(k) != NULL, "kind %d has a name", k);
        is_int(vmha_exit_fence(k), k != VMHA_OK);
    }
    is_int(vmha_exit_ocf(VMHA_E_CONFIG), 6);
    is_int(vmha_exit_cli(VMHA_E_AGAIN), 75);
}

static void
test_buf_keeps_its_limit(void)
{
    CLEANUP_BUF struct buf b = BUF_INIT(10);

    is_str(buf_str(&b), "");
    is_int(buf_add_str(&b, "12345"), 0);
    is_int(buf_add_str(&b, "678901"), -1);
    is_str(buf_str(&b), "12345");
    is_int(buf_printf(&b, "%d", 67890), 0);
    is_int(buf_printf(&b, "x"), -1);
    is_str(buf_str(&b), "1234567890");
    CLEANUP_FREE char *s = buf_take(&b);
    is_str(s, "1234567890");
    is_int(buf_add_str(&b, "again"), 0);
}

static void
test_numbers(void)
{
    static const struct {
        const char *text;
        int rc;
        uint64_t value;
    } table[] = {
        { "0", 0, 0 },
        { "18446744073709551615", 0, UINT64_MAX },
        { "18446744073709551616", -1, 0 },
        { "", -1, 0 },
        { " 1", -1, 0 },
        { "+1", -1, 0 },
        { "-1", -1, 0 },
        { "1 ", -1, 0 },
        { "0x1", -1, 0 },
    };
    unsigned u;

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        uint64_t v = 0;

        ok_msg(scan_u64(table[i].text, &v) == table[i].rc &&
                   v == table[i].value,
               "scan_u64 '%s'", table[i].text);
    }
    is_int(scan_uint("4294967296", &u), -1);
    is_int(scan_uint("4294967295", &u), 0);
}

static void
test_durations(void)
{
    static const struct {
        const char *text;
        int rc;
        uint64_t ms;
    } table[] = {
        { "30", 0, 30000 },   { "30s", 0, 30000 },
        { "500ms", 0, 500 },  { "5min", 0, 300000 },
        { "2h", 0, 7200000 }, { "2 h", -1, 0 },
        { "s", -1, 0 },       { "1.5s", -1, 0 },
        { "5d", -1, 0 },      { "18446744073709551615s", -1, 0 },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        uint64_t v = 0;

        ok_msg(scan_duration_ms(table[i].text, &v) == table[i].rc &&
                   v == table[i].ms,
               "scan_duration_ms '%s'", table[i].text);
    }
}

static void
test_times(void)
{
    int64_t ms = 0;

    is_int(scan_utc_ms("2026-11-23T11:33:03Z", &ms), 0);
    is_int(ms, 1795433583000);
    is_int(scan_utc_ms("2026-11-23T11:33:03.123456", &ms), 0);
    is_int(ms, 1795433583123);
    is_int(scan_utc_ms("2026-11-23T11:33:03.", &ms), -1);
    is_int(scan_utc_ms("2026-11-23 11:33:03", &ms), -1);
    is_int(scan_utc_ms("2026-11-23T11:33:03Z ", &ms), -1);
    is_int(scan_utc_ms("1926-11-23T11:33:03Z", &ms), -1);
    is_int(scan_utc_ms("", &ms), -1);
}

static void
test_names(void)
{
    ok(scan_is_uuid("4b2ba6c1-0f65-4e9c-a7f6-3d4ab7d7d5aa"));
    ok(!scan_is_uuid("4b2ba6c1-0f65-4e9c-a7f6-3d4ab7d7d5a"));
    ok(!scan_is_uuid("4b2ba6c1-0f65-4e9c-a7f6-3d4ab7d7d5aag"));
    ok(!scan_is_uuid("4b2ba6c1/0f65-4e9c-a7f6-3d4ab7d7d5aa"));
    ok(scan_is_host_name("compute-1.example.org"));
    ok(!scan_is_host_name(""));
    ok(!scan_is_host_name("-x"));
    ok(!scan_is_host_name("a b"));
    ok(!scan_is_host_name("a'b"));
}

static void
test_bools(void)
{
    bool b = false;

    ok(scan_bool("TRUE", &b) == 0 && b);
    ok(scan_bool("off", &b) == 0 && !b);
    ok(scan_bool("maybe", &b) == -1);
    ok(scan_bool("", &b) == -1);
}

static void
test_pace(void)
{
    static const struct {
        int64_t now_ms, wait_ms; /* the thing is done at NOW if it may be */
    } table[] = {
        { 10000, 0 },   { 10000, 0 },  { 10010, 0 }, /* the burst */
        { 10020, 80 },  { 10099, 1 },  { 10100, 0 }, /* then the gap */
        { 10100, 100 }, { 10199, 1 },  { 10250, 0 }, /* counted from its end */
        { 10250, 50 },  { 10300, 0 },  { 10550, 0 },
        { 10550, 0 },   { 10550, 50 },               /* two gaps of rest: two */
        { 99000, 0 },   { 99000, 0 },  { 99000, 0 }, /* rest is not saved up */
        { 99000, 100 },
    };
    struct pace p = { .burst = 3, .gap_ms = 100 };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        is_int(pace_wait_ms(&p, table[i].now_ms), table[i].wait_ms);
        if (table[i].wait_ms == 0)
            pace_take(&p, table[i].now_ms);
    }
}

static void
test_doubled(void)
{
    static const struct {
        int64_t first_ms;
        unsigned n;
        int64_t max_ms, want_ms;
    } table[] = {
        { 1000, 0, 60000, 1000 },
        { 1000, 1, 60000, 2000 },
        { 1000, 5, 60000, 32000 },
        { 1000, 6, 60000, 60000 },
        { 1000, UINT_MAX, 60000, 60000 },
        { 0, UINT_MAX, 0, 0 },
        { 7, 0, 5, 5 },
        { 30000, 1, 60000, 60000 },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++)
        is_int(pace_doubled_ms(table[i].first_ms, table[i].n, table[i].max_ms),
               table[i].want_ms);
}

static const struct {
    const char *text;
    int rc;
    unsigned value;
    bool is_percent;
} shares[] = {
    { "0", 0, 0, false },     { "5", 0, 5, false },
    { "50%", 0, 50, true },   { "100%", 0, 100, true },
    { "0%", 0, 0, true },     { "101%", -1, 7, false },
    { "", -1, 7, false },     { "%", -1, 7, false },
    { "-1", -1, 7, false },   { "5 %", -1, 7, false },
    { "half", -1, 7, false }, { "99999999999", -1, 7, false },
    { "5%%", -1, 7, false },
};

static void
test_shares(void)
{
    for (size_t i = 0; i < N_ELEMENTS(shares); i++) {
        unsigned value = 7;
        bool is_percent = false;

        is_int(scan_share(shares[i].text, &value, &is_percent), shares[i].rc);
        is_int(value, shares[i].value);
        ok(is_percent == shares[i].is_percent);
    }
}

static void
test_file(void)
{
    CLEANUP_BUF struct buf b = BUF_INIT(4);
    struct vmha_error err;
    FILE *f = tmpfile();

    fputs("12345", f);
    rewind(f);
    is_int(file_read_fd(fileno(f), &b, &err), -1);
    is_str(err.text, "the file is too long");
    is_int(ftruncate(fileno(f), 4), 0);
    rewind(f);
    is_int(file_read_fd(fileno(f), &b, &err), 0);
    is_str(buf_str(&b), "1234");
    fclose(f);
    is_int(file_read("/nowhere/x", &b, &err), -1);
    is_int(err.kind, VMHA_E_ABSENT);
    is_str(err.text, "/nowhere/x: No such file or directory");
    is_int(file_read("/dev", &b, &err), -1);
    is_int(err.kind, VMHA_E_LOCAL);
    is_str(err.text, "/dev: read: Is a directory");
}

TAP_MAIN({ "a file is read up to the limit", test_file },
         { "shares are numbers or per cent", test_shares },
         { "errors keep text, kind and context", test_error_text },
         { "a long error is cut", test_error_is_cut },
         { "each kind has exit codes", test_exit_codes },
         { "a buffer keeps its limit", test_buf_keeps_its_limit },
         { "numbers are read strictly", test_numbers },
         { "durations are read strictly", test_durations },
         { "times are read strictly", test_times },
         { "names are checked", test_names },
         { "booleans are read as Pacemaker does", test_bools },
         { "a pace has a burst, then gaps", test_pace },
         { "a pause doubles up to its limit", test_doubled })

/* tools/vmha: moments as people write them. */
#include <stdlib.h>
#include <time.h>

#include "../../tools/vmha/moment.h"
#include "cleanup.h"
#include "tap.h"

/* 2026-11-23 15:04:05 in Berlin, an hour before UTC. */
enum { NOW_S = 1795442645 };

static const struct {
    const char *text;
    int64_t want_s; /* 0: refused */
} moments[] = {
    { "+30min", NOW_S + 1800 },
    { "+90", NOW_S + 90 },
    { "+1h", NOW_S + 3600 },
    { "+500ms", NOW_S + 1 },
    { "18:00", 1795453200 },
    { "15:05", 1795442700 },
    { "15:04", 1795442640 + 86400 }, /* is over: tomorrow */
    { "09:00", 1795507200 },
    { "2026-11-23 18:00", 1795453200 },
    { "2026-11-23T18:00", 1795453200 },
    { "2026-11-23T18:00:30", 1795453230 },
    { "2027-06-01 12:00", 1811844000 }, /* summer: two hours */
    { "2026-11-23 15:04", 0 },
    { "2020-01-01 00:00", 0 },
    { "2026-11-23", 0 },
    { "2026-13-01 10:00", 0 },
    { "25:00", 0 },
    { "18:00x", 0 },
    { "+", 0 },
    { "+0s", 0 },
    { "30min", 0 },
    { "-5min", 0 },
    { "+99999999999999999h", 0 },
    { "tomorrow", 0 },
    { "", 0 },
};

static void
test_moments(void)
{
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    for (size_t i = 0; i < N_ELEMENTS(moments); i++) {
        struct vmha_error err = { 0 };
        int64_t got = 0;
        int rc = moment_parse(moments[i].text, NOW_S, &got, &err);

        ok_msg(got == moments[i].want_s, "'%s': %lld", moments[i].text,
               (long long) got);
        is_int(rc, moments[i].want_s ? 0 : -1);
        if (rc == -1)
            is_int(err.kind, VMHA_E_CONFIG);
    }
}

TAP_MAIN({ "a moment is what is written, or refused", test_moments })

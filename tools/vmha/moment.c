/* A moment as people write it. */
#include "moment.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "scan.h"

/* strptime() leaves seconds alone that are not in its format. */
static bool
is_date(const char *text, struct tm *ret_tm)
{
    static const char *const formats[] = { "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
                                           "%Y-%m-%d %H:%M:%S",
                                           "%Y-%m-%dT%H:%M:%S" };

    for (size_t i = 0; i < N_ELEMENTS(formats); i++) {
        struct tm tm = { .tm_isdst = -1 };
        const char *end = strptime(text, formats[i], &tm);

        if (end && !*end) {
            *ret_tm = tm;
            return true;
        }
    }
    return false;
}

/* A time of day: today's, or tomorrow's where that is over. */
static bool
is_time(const char *text, int64_t now_s, struct tm *ret_tm)
{
    time_t now = (time_t) now_s;
    struct tm tm;
    const char *end;

    if (!localtime_r(&now, &tm))
        return false;
    tm.tm_sec = 0;
    tm.tm_isdst = -1;
    end = strptime(text, "%H:%M", &tm);
    if (!end || *end)
        return false;
    *ret_tm = tm;
    if (mktime(&tm) <= now)
        ret_tm->tm_mday++;
    return true;
}

int
moment_parse(const char *text, int64_t now_s, int64_t *ret_s,
             struct vmha_error *err)
{
    uint64_t ms;
    int64_t s;
    struct tm tm;

    if (text[0] == '+' && scan_duration_ms(text + 1, &ms) == 0 &&
        ms / 1000 < INT64_MAX / 10000 - (uint64_t) now_s)
        s = now_s + (int64_t) ((ms + 999) / 1000);
    else if (is_date(text, &tm) || is_time(text, now_s, &tm))
        s = mktime(&tm);
    else
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "'%.64s' is no time such as +30min, 18:00 or "
                         "2026-11-23T18:00",
                         text);
    if (s <= now_s)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "'%.64s' is in the past", text);
    *ret_s = s;
    return 0;
}

int
moment_parse_past(const char *text, int64_t now_ms, int64_t *ret_ms,
                  struct vmha_error *err)
{
    uint64_t ago_ms;
    int64_t ms;
    struct tm tm;

    if (scan_duration_ms(text, &ago_ms) == 0)
        ms = ago_ms < (uint64_t) now_ms ? now_ms - (int64_t) ago_ms : 0;
    else if (is_date(text, &tm))
        ms = (int64_t) mktime(&tm) * 1000;
    else
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "'%.64s' is no time such as 2h, 30min or "
                         "2026-11-23T18:00",
                         text);
    if (ms > now_ms)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "'%.64s' is in the future",
                         text);
    *ret_ms = ms;
    return 0;
}

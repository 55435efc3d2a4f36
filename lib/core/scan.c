/* Strict readers of numbers, durations, booleans and times. */
#include "scan.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cleanup.h"

static int
digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* Reads digits up to the first other byte, which *RET_END points to. */
static int
read_digits(const char *s, int base, const char **ret_end, uint64_t *ret_value)
{
    uint64_t v = 0;
    const char *p = s;

    for (; digit_value(*p) < base; p++)
        if (__builtin_mul_overflow(v, (uint64_t) base, &v) ||
            __builtin_add_overflow(v, (uint64_t) digit_value(*p), &v))
            return -1;
    if (p == s)
        return -1;
    *ret_end = p;
    *ret_value = v;
    return 0;
}

int
scan_u64(const char *s, uint64_t *ret_value)
{
    const char *end;
    uint64_t v;

    if (read_digits(s, 10, &end, &v) == -1 || *end)
        return -1;
    *ret_value = v;
    return 0;
}

int
scan_uint(const char *s, unsigned *ret_value)
{
    uint64_t v;

    if (scan_u64(s, &v) == -1 || v > UINT_MAX)
        return -1;
    *ret_value = (unsigned) v;
    return 0;
}

int
scan_share(const char *s, unsigned *ret_value, bool *ret_is_percent)
{
    char digits[11];
    size_t len = strlen(s);
    bool is_percent = len && s[len - 1] == '%';
    unsigned value;

    len -= is_percent;
    if (len >= sizeof digits)
        return -1;
    memcpy(digits, s, len);
    digits[len] = '\0';
    if (scan_uint(digits, &value) == -1 || (is_percent && value > 100))
        return -1;
    *ret_value = value;
    *ret_is_percent = is_percent;
    return 0;
}

int
scan_hex(const char *s, uint64_t *ret_value)
{
    const char *end;
    uint64_t v;

    if (read_digits(s, 16, &end, &v) == -1 || *end)
        return -1;
    *ret_value = v;
    return 0;
}

int
scan_duration_ms(const char *s, uint64_t *ret_ms)
{
    static const struct {
        const char *suffix;
        uint64_t ms;
    } units[] = {
        { "", 1000 },   { "ms", 1 },      { "s", 1000 },    { "sec", 1000 },
        { "m", 60000 }, { "min", 60000 }, { "h", 3600000 },
    };
    const char *end;
    uint64_t v;

    if (read_digits(s, 10, &end, &v) == -1)
        return -1;
    for (size_t i = 0; i < N_ELEMENTS(units); i++)
        if (strcmp(end, units[i].suffix) == 0) {
            if (__builtin_mul_overflow(v, units[i].ms, &v))
                return -1;
            *ret_ms = v;
            return 0;
        }
    return -1;
}

bool
scan_is_word(const char *s, const char *word)
{
    return strcasecmp(s, word) == 0;
}

int
scan_bool(const char *s, bool *ret_value)
{
    static const char *const words[][2] = {
        { "true", "false" }, { "yes", "no" }, { "on", "off" },
        { "1", "0" },        { "y", "n" },    { "t", "f" },
    };

    for (size_t i = 0; i < N_ELEMENTS(words); i++)
        for (int no = 0; no < 2; no++)
            if (scan_is_word(s, words[i][no])) {
                *ret_value = !no;
                return 0;
            }
    return -1;
}

/* Fraction of a second, ".123456" -> 123 ms; nothing is 0. */
static int
read_fraction_ms(const char *s, const char **ret_end, int64_t *ret_ms)
{
    int64_t ms = 0, weight = 100;

    if (*s == '.') {
        if (!isdigit((unsigned char) *++s))
            return -1;
        for (; isdigit((unsigned char) *s); s++, weight /= 10)
            ms += (*s - '0') * weight;
    }
    *ret_end = s;
    *ret_ms = ms;
    return 0;
}

int
scan_utc_ms(const char *s, int64_t *ret_ms)
{
    struct tm tm = { 0 };
    const char *end = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
    int64_t ms;
    time_t t;

    if (!end || !isdigit((unsigned char) *s) ||
        read_fraction_ms(end, &end, &ms) == -1)
        return -1;
    if (strcmp(end, "") != 0 && strcmp(end, "Z") != 0 &&
        strcmp(end, "+00:00") != 0)
        return -1;
    t = timegm(&tm);
    if (t < 0)
        return -1;
    *ret_ms = (int64_t) t * 1000 + ms;
    return 0;
}

bool
scan_is_uuid(const char *s)
{
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? s[i] != '-' : digit_value(s[i]) > 15)
            return false;
    }
    return s[36] == '\0';
}

bool
scan_is_host_name(const char *s)
{
    size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    return len > 0 && len <= 255 && s[len] == '\0' && *s != '-' && *s != '.';
}

/* vmha is disarmed: the value in the journal, and when it is over. */
#include "disarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

static const char PREFIX[] = "v1;";

/* Seconds up to the next ';', which is stepped over.  -1: there are none. */
static int
next_time(const char **text, int64_t *ret_s)
{
    char digits[21];
    size_t len = strcspn(*text, ";");
    uint64_t s;

    if ((*text)[len] != ';' || len >= sizeof digits)
        return -1;
    memcpy(digits, *text, len);
    digits[len] = '\0';
    /* so that no sum with it, nor its milliseconds, overflow */
    if (scan_u64(digits, &s) == -1 || s > INT64_MAX / 10000)
        return -1;
    *ret_s = (int64_t) s;
    *text += len + 1;
    return 0;
}

void
disarm_parse(const char *value, struct disarm *ret_disarm)
{
    const char *text = value;
    struct disarm d = { 0 };

    if (strncmp(text, PREFIX, strlen(PREFIX)) == 0) {
        text += strlen(PREFIX);
        if (next_time(&text, &d.since_s) == 0 &&
            next_time(&text, &d.until_s) == 0 &&
            strlen(text) <= DISARM_REASON_MAX) {
            memcpy(d.reason, text, strlen(text) + 1);
            *ret_disarm = d;
            return;
        }
    }
    d = (struct disarm){ .is_broken = true };
    snprintf(d.reason, sizeof d.reason,
             "the journal's vmha-disarmed has the value '%.100s'", value);
    *ret_disarm = d;
}

void
disarm_format(const struct disarm *d, char ret_value[DISARM_VALUE_MAX])
{
    size_t start;

    snprintf(ret_value, DISARM_VALUE_MAX, "%s%" PRId64 ";%" PRId64 ";", PREFIX,
             d->since_s, d->until_s);
    start = strlen(ret_value);
    snprintf(ret_value + start, DISARM_VALUE_MAX - start, "%s", d->reason);
    for (char *s = ret_value + start; *s; s++)
        if (*s < ' ' || *s > '~')
            *s = '?';
}

bool
disarm_is_over(const struct disarm *d, int64_t wall_ms)
{
    return d->until_s && wall_ms / 1000 >= d->until_s;
}

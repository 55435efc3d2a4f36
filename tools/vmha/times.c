/* Times for people. */
#include "times.h"

#include <inttypes.h>

#include "date.h"
#include "xalloc.h"

char *
clock_text(int64_t wall_ms)
{
    char text[DATE_MAX];

    date_format(wall_ms, text);
    return xstrdup(text);
}

char *
delay_text(int64_t ms)
{
    const char *sign = ms < 0 ? "-" : "+"; /* clocks of two nodes */
    uint64_t v = ms < 0 ? -(uint64_t) ms : (uint64_t) ms;
    uint64_t minutes = v / 60000;

    if (minutes < 2)
        return xasprintf("%s%" PRIu64 ".%" PRIu64 " s", sign, v / 1000,
                         v % 1000 / 100);
    if (minutes < 120)
        return xasprintf("%s%" PRIu64 " min %" PRIu64 " s", sign, minutes,
                         v / 1000 % 60);
    return xasprintf("%s%" PRIu64 " h %" PRIu64 " min", sign, minutes / 60,
                     minutes % 60);
}

/* Times as people read them. */
#include "date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void
date_format(int64_t wall_ms, char ret_text[DATE_MAX])
{
    time_t seconds = (time_t) (wall_ms / 1000);
    struct tm tm;

    if (!localtime_r(&seconds, &tm) ||
        strftime(ret_text, DATE_MAX, "%F %T", &tm) == 0)
        snprintf(ret_text, DATE_MAX, "?");
}

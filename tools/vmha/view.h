/* What the daemons answered, as text for people. */
#ifndef VMHA_VIEW_H
#define VMHA_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

/* One instance's answer. */
struct report {
    char *instance;       /* as the reply's header names it */
    char *trouble;        /* why there is no status, or NULL */
    struct status status; /* empty where there is trouble */
};

struct view_style {
    bool is_utf8;    /* of the terminal; the locale is, too */
    bool has_colour; /* it may be used */
    size_t columns;  /* lines are cut to it; 0: they are not */
    size_t bar;      /* cells of a progress bar, at most 40; 0: none */
};

/* All N reports, or what they say of HOST where it is not NULL; the caller
 * frees it.  Times are in the local time zone.  Whatever the reports hold, the
 * text has no control characters but line ends and, with has_colour, colours.
 */
char *view_text(const struct report *list, size_t n, const char *host,
                const struct view_style *style);

void reports_clear(struct report *list, size_t n);

#endif

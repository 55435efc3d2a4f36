/* A moment as people write it. */
#ifndef VMHA_MOMENT_H
#define VMHA_MOMENT_H

#include <stdint.h>

#include "error.h"

/* +30min, 18:00 (the next one), 2026-11-23 18:00 or 2026-11-23T18:00:30 in the
 * local time zone -> seconds since the epoch.  VMHA_E_CONFIG: none of these, or
 * not after NOW_S.
 */
int moment_parse(const char *text, int64_t now_s, int64_t *ret_s,
                 struct vmha_error *err);

/* When it began: 2h, 30min (before now), or a date as above, in the past ->
 * milliseconds.
 */
int moment_parse_past(const char *text, int64_t now_ms, int64_t *ret_ms,
                      struct vmha_error *err);

#endif

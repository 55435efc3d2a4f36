/* Times for people; the caller frees texts. */
#ifndef VMHA_TIMES_H
#define VMHA_TIMES_H

#include <stdint.h>

/* 2026-11-23 07:44:01, in the local time zone. */
char *clock_text(int64_t wall_ms);
/* +0.2 s, +3 min 12 s, +2 h 5 min */
char *delay_text(int64_t ms);

#endif

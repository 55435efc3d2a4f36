/* Times as people read them. */
#ifndef VMHA_DATE_H
#define VMHA_DATE_H

#include <stdint.h>

enum { DATE_MAX = 32 };

/* Local time, "2026-11-23 15:00:00"; "?" where it has none. */
void date_format(int64_t wall_ms, char ret_text[DATE_MAX]);

#endif

/* Limits on how often something is done. */
#ifndef VMHA_PACE_H
#define VMHA_PACE_H

#include <stdint.h>

/* BURST times at once, and then once in each GAP_MS. */
struct pace {
    unsigned burst; /* at least 1 */
    int64_t gap_ms;
    int64_t next_ms; /* state: from then on it may be done; starts as 0 */
};

/* How long to wait before it may be done. */
int64_t pace_wait_ms(const struct pace *p, int64_t now_ms);

/* It is being done. */
void pace_take(struct pace *p, int64_t now_ms);

/* FIRST_MS, doubled N times, but no more than MAX_MS. */
int64_t pace_doubled_ms(int64_t first_ms, unsigned n, int64_t max_ms);

#endif

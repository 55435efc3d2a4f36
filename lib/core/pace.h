/* A limit on how often something is done: BURST times at once, and then once
 * in each GAP_MS.
 */
#ifndef VMHA_PACE_H
#define VMHA_PACE_H

#include <stdint.h>

struct pace {
    unsigned burst; /* at least 1 */
    int64_t gap_ms;
    int64_t next_ms; /* state: from then on it may be done; starts as 0 */
};

/* How long to wait before it may be done. */
int64_t pace_wait_ms(const struct pace *p, int64_t now_ms);

/* It is being done. */
void pace_take(struct pace *p, int64_t now_ms);

#endif

/* Limits on how often something is done. */
#include "pace.h"

int64_t
pace_wait_ms(const struct pace *p, int64_t now_ms)
{
    return p->next_ms > now_ms ? p->next_ms - now_ms : 0;
}

void
pace_take(struct pace *p, int64_t now_ms)
{
    int64_t rested_ms = now_ms - (p->burst - 1) * p->gap_ms;

    if (p->next_ms < rested_ms)
        p->next_ms = rested_ms;
    p->next_ms += p->gap_ms;
}

int64_t
pace_doubled_ms(int64_t first_ms, unsigned n, int64_t max_ms)
{
    int64_t ms = first_ms;

    for (unsigned i = 0; i < n && ms < max_ms; i++)
        ms *= 2;
    return ms < max_ms ? ms : max_ms;
}

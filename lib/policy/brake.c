/* The brake: a mass failure is not made worse. */
#include "brake.h"

unsigned
brake_limit_of(struct brake_limit limit, unsigned n_hosts)
{
    unsigned share;

    if (!limit.is_percent)
        return limit.value;
    share = (unsigned) ((uint64_t) n_hosts * limit.value / 100);
    return share > BRAKE_SHARE_MIN ? share : BRAKE_SHARE_MIN;
}

bool
brake_counts(const struct journal_host *e)
{
    return e->phase != PHASE_RELEASED && !e->has_returned;
}

bool
brake_counts_unproven(enum certainty c)
{
    return c == FENCING_UNSEEN || c == FENCING_FAILED || c == FENCING_BY_HAND ||
           c == NAME_SHARED;
}

bool
brake_is_too_late(const struct journal_host *e)
{
    return e->phase == PHASE_EVACUATING && e->has_mark;
}

/* Those from START_NS on, for the length of a window. */
static unsigned
count_from(const int64_t *times_ns, size_t n, int64_t start_ns,
           int64_t window_ms)
{
    unsigned count = 0;

    for (size_t i = 0; i < n; i++)
        count += times_ns[i] >= start_ns &&
                 (times_ns[i] - start_ns) / 1000000 <= window_ms;
    return count;
}

/* The fullest window begins with one of the failures. */
unsigned
brake_crowd(const int64_t *times_ns, size_t n, int64_t at_ns, int64_t window_ms)
{
    unsigned most = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned count;

        if (times_ns[i] > at_ns || (at_ns - times_ns[i]) / 1000000 > window_ms)
            continue;
        count = count_from(times_ns, n, times_ns[i], window_ms);
        if (count > most)
            most = count;
    }
    return most;
}

struct brake_answer
brake_of(const struct brake_facts *f, const struct brake_rules *rules,
         int64_t at_ns)
{
    const struct {
        enum brake brake;
        struct brake_limit limit;
        size_t n;
        unsigned hosts;
    } circles[] = {
        { BRAKE_SEGMENT, rules->segment, f->n_segment, f->segment_hosts },
        { BRAKE_TOTAL, rules->total, f->n_total, f->total_hosts },
    };

    for (size_t i = 0; i < sizeof circles / sizeof circles[0]; i++) {
        unsigned allowed = brake_limit_of(circles[i].limit, circles[i].hosts);
        unsigned failed;

        if (circles[i].n <= allowed)
            continue; /* the common case */
        failed =
            brake_crowd(f->times_ns, circles[i].n, at_ns, rules->window_ms);
        if (failed > allowed)
            return (struct brake_answer){ circles[i].brake, failed,
                                          circles[i].hosts, allowed };
    }
    return (struct brake_answer){ .brake = BRAKE_OFF };
}

bool
brake_is_over(const struct brake_rules *rules, int64_t at_ns, int64_t wall_ms)
{
    return rules->release_after_ms &&
           wall_ms - at_ns / 1000000 >= rules->release_after_ms;
}

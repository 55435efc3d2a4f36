/* Which VMs may be restarted at once? */
#include "storm.h"

#include <stdlib.h>
#include <string.h>

#include "pace.h"

enum {
    MINUTE_MS = 60000,
    TRY_MS = 10000, /* after a failed try; doubles with each */
    TRY_MAX_MS = 300000,
    SURE = 16, /* doublings of what is tried at once: all of it */
};

void
storm_note(struct storm *s, const struct repair *r, bool has_helped,
           int64_t now_ms)
{
    struct cause *c = &s->causes[r->why];

    if (has_helped) {
        c->n_failures = 0;
        c->n_successes++;
    } else {
        c->n_successes = 0;
        c->n_failures++;
        c->failed_ms = now_ms;
    }
}

/* No try of this cause before. */
static int64_t
next_try_ms(const struct cause *c)
{
    if (!c->n_failures)
        return 0;
    return c->failed_ms +
           pace_doubled_ms(TRY_MS, c->n_failures - 1, TRY_MAX_MS);
}

/* How many may be under way. */
static unsigned
room_of(const struct cause *c, bool is_storm, const struct storm_rules *rules)
{
    unsigned room;

    if (!is_storm || c->n_successes >= SURE)
        return rules->max_restarts;
    room = 1u << c->n_successes;
    return room < rules->max_restarts ? room : rules->max_restarts;
}

static int
compare(const void *left, const void *right)
{
    const struct repair *a = *(struct repair *const *) left,
                        *b = *(struct repair *const *) right;

    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    if (a->n_calls != b->n_calls)
        return a->n_calls < b->n_calls ? -1 : 1;
    if (a->since_s != b->since_s)
        return a->since_s < b->since_s ? -1 : 1;
    return strcmp(a->id, b->id);
}

/* Those of one cause. */
static void
take_turns(struct cause *c, enum fault_why why, const struct storm_rules *rules,
           struct repair **r, size_t n, int64_t now_ms, int64_t *ret_wake_ms)
{
    int64_t try_ms = next_try_ms(c);
    unsigned n_vms = 0, n_running = 0, room;
    bool is_storm;

    for (size_t i = 0; i < n; i++) {
        n_vms += r[i]->why == why && r[i]->phase != REPAIR_LEFT;
        n_running += r[i]->why == why && repair_is_running(r[i]);
    }
    is_storm = n_vms >= rules->min_vms;
    if (!n_vms)
        *c = (struct cause){ 0 };
    room = room_of(c, is_storm, rules);
    for (size_t i = 0; i < n; i++) {
        if (r[i]->why != why)
            continue;
        r[i]->around.has_turn = false;
        r[i]->is_in_storm = is_storm;
        if (!repair_wants_turn(r[i], now_ms) || n_running >= room)
            continue;
        if (is_storm && now_ms < try_ms) {
            if (!*ret_wake_ms || try_ms < *ret_wake_ms)
                *ret_wake_ms = try_ms;
            continue;
        }
        r[i]->around.has_turn = true;
        n_running++;
    }
}

void
storm_turns(struct storm *s, const struct storm_rules *rules, struct repair **r,
            size_t n, int64_t now_ms, int64_t *ret_wake_ms)
{
    *ret_wake_ms = 0;
    if (n)
        qsort(r, n, sizeof *r, compare);
    for (int why = 0; why < N_FAULT_WHYS; why++)
        take_turns(&s->causes[why], (enum fault_why) why, rules, r, n, now_ms,
                   ret_wake_ms);
}

bool
restart_rate_is_full(const struct restart_rate *r,
                     const struct storm_rules *rules, int64_t now_ms)
{
    return now_ms - r->began_ms < MINUTE_MS && r->n >= rules->host_rate;
}

void
restart_rate_count(struct restart_rate *r, int64_t now_ms)
{
    if (now_ms - r->began_ms >= MINUTE_MS)
        *r = (struct restart_rate){ .began_ms = now_ms };
    r->n++;
}

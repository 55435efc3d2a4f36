/* Which VMs may be restarted at once?
 *
 * Where many fail by the same cause (shared storage is gone, say), restarts do
 * not help until the cause is gone: then one is tried, and only when that has
 * helped two, then four, in order of their priority.  Nor may one host, which
 * could lie, keep the cloud busy.
 */
#ifndef VMHA_STORM_H
#define VMHA_STORM_H

#include "repair.h"

struct storm_rules {
    unsigned max_restarts; /* under way at once, for each cause */
    unsigned min_vms;      /* that have failed by one cause: a storm */
    unsigned host_rate;    /* restarts on one host within a minute */
};

/* How restarts of VMs that failed by one cause went of late. */
struct cause {
    unsigned n_failures;  /* in a row... */
    unsigned n_successes; /* ...or these, since */
    int64_t failed_ms;    /* the newest failure */
};

struct storm {
    struct cause causes[N_FAULT_WHYS];
};

/* A restart of R ended. */
void storm_note(struct storm *s, const struct repair *r, bool has_helped,
                int64_t now_ms);

/* Set around.has_turn of the N repairs at R, which are sorted here by their
 * order. Ask again at *RET_WAKE_MS; 0: no need.
 */
void storm_turns(struct storm *s, const struct storm_rules *rules,
                 struct repair **r, size_t n, int64_t now_ms,
                 int64_t *ret_wake_ms);

/* Restarts on one host. */
struct restart_rate {
    int64_t began_ms; /* of the minute */
    unsigned n;
};
bool restart_rate_is_full(const struct restart_rate *r,
                          const struct storm_rules *rules, int64_t now_ms);
void restart_rate_count(struct restart_rate *r, int64_t now_ms);

#endif

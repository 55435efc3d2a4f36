/* What becomes of a VM of a dead host, by the state that Nova shows (N8-N11,
 * N13, N30): one table.
 */
#ifndef VMHA_STATE_H
#define VMHA_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server_fact;

enum state_plan {
    STATE_EVACUATE,
    STATE_RESET,   /* Nova takes it from ERROR only: reset, then evacuate */
    STATE_CONFIRM, /* confirm its resize, then evacuate; else as RESET */
    STATE_HOLD,    /* not as long as it is in this state */
    STATE_SKIP,    /* its owner is done with it */
    STATE_BLOCK,   /* Nova never will */
};

struct state_rule {
    enum state_plan plan;
    bool ends_stopped; /* else it runs where it arrives */
    bool is_unclear;   /* ends_stopped is a guess: its actions tell */
    const char *why;   /* NULL: the state is unknown to us */
};

/* Borrowed for ever; never NULL. */
const struct state_rule *state_rule_of(const struct server_fact *s);

/* What was done to a VM, by Nova's record of it. */
struct action_fact {
    const char *name;
    bool is_by_nova;    /* no user asked for it */
    int64_t started_ms; /* the cloud's clock, whole seconds; 0 unknown */
    bool is_ours;       /* we asked for it */
};

/* Its actions that did not fail, newest first: was it asked last not to run?
 * What Nova did by itself since SINCE_MS (the cloud's clock) nobody asked for:
 * nova-compute stops a VM whose guest has died.  Before that a guest may have
 * shut itself down, and it was off when its host failed.
 */
bool state_was_stopped_by(const struct action_fact *a, size_t n,
                          int64_t since_ms);

#endif

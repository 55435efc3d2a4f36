/* What becomes of a VM of a dead host, by the state that Nova shows (N8-N11,
 * N13, N30): one table.
 */
#ifndef VMHA_STATE_H
#define VMHA_STATE_H

#include <stdbool.h>
#include <stddef.h>

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

/* The names of a VM's actions that did not fail, newest first: was it asked
 * last not to run?
 */
bool state_was_stopped_by(const char *const *actions, size_t n);

#endif

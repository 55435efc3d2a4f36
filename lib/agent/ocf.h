/* An OCF resource agent (resource agent API 1.1) from its tables.
 *
 * A program is a table of parameters, a table of actions, and
 *     OCF_AGENT(agent)
 * The first argument names the action.  meta-data, usage and unknown actions
 * need no code; validate-all without a function checks the parameters only.
 * Parameters are read, checked and released around the action; where they are
 * wrong, only lenient actions run (with defaults in the place of what is
 * wrong): a probe and a stop must work on every node.
 *
 * An action returns 0, a code below, or -1 with the error, whose kind gives
 * the exit code.  The error's text becomes the exit reason, with a code below,
 * too, where the action filled it in.
 */
#ifndef VMHA_OCF_H
#define VMHA_OCF_H

#include <stdbool.h>
#include <stdint.h>

#include "agent.h"

/* Answers that are no errors of ours (errors: see vmha_exit_ocf). */
enum ocf_code {
    OCF_RUNNING = 0,
    OCF_UNIMPLEMENTED = 3,
    OCF_NOT_RUNNING = 7,
    OCF_DEGRADED = 190, /* runs, and Pacemaker shows why it is not well */
};

enum { OCF_REASON_MAX = 128 }; /* bytes that Pacemaker keeps */

int ocf_main(const struct agent *a, int argc, char **argv);

#define OCF_AGENT(agent)                                                       \
    int main(int argc, char **argv)                                            \
    {                                                                          \
        return ocf_main(&(agent), argc, argv);                                 \
    }

/* Name of the resource instance, "default" when run by hand; clones are
 * "name:0".  NULL with an error where it is unfit for a file name.
 */
const char *ocf_instance(struct vmha_error *err);

/* Depth of this monitor, 0 when not given. */
unsigned ocf_check_level(void);

/* Time allowed for this action by the cluster, or FALLBACK_MS. */
uint64_t ocf_timeout_ms(uint64_t fallback_ms);

/* Name of the node that the action is for, or NULL when run by hand. */
const char *ocf_node(void);

#endif

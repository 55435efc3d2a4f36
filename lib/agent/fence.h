/* A fence agent (fence-agents' API) from its tables.
 *
 * A program is a table of parameters, one of them "action", a table of
 * actions, and
 *     FENCE_AGENT(agent)
 * Without arguments key=value lines are read from standard input, as the
 * fencer writes them; names that are not in the table are ignored with a
 * warning, since the fencer passes more than an agent asks for.  With
 * arguments only they count, and an unknown one is an error.  metadata needs
 * no code; validate-all without a function checks the parameters only.
 *
 * An action returns 0, FENCE_IS_OFF, or -1 with the error.
 */
#ifndef VMHA_FENCE_H
#define VMHA_FENCE_H

#include "agent.h"

enum { FENCE_IS_OFF = 2 }; /* answer to status and monitor only */

/* Standard input must end within this time. */
enum { FENCE_STDIN_MS = 1000 };

int fence_main(const struct agent *a, int argc, char **argv);

#define FENCE_AGENT(agent)                                                     \
    int main(int argc, char **argv)                                            \
    {                                                                          \
        return fence_main(&(agent), argc, argv);                               \
    }

#endif

/* The life of a daemon that an agent runs (service.h): log, lock, loop. */
#ifndef VMHA_LIFE_H
#define VMHA_LIFE_H

#include <stdbool.h>

#include "control-server.h"
#include "error.h"

/* All functions get ARG. */
struct life {
    const char *program, *instance, *rundir;
    bool to_stderr;
    /* Read what it is told, before there is a log. */
    int (*configure)(void *arg, bool *ret_is_debug, struct vmha_error *err);
    int (*open)(void *arg, struct vmha_error *err);
    void (*begin)(void *arg); /* all is there, the loop is next; or NULL */
    control_fn *answer;       /* the agent's requests */
    void (*close)(void *arg); /* also where it was opened in part, or not */
};

/* Live until SIGTERM or SIGINT; the exit status.  Why it could not begin is
 * logged, and is the only line on standard error: the agent's exit reason.
 */
int life_run(const struct life *life, void *arg);

#endif

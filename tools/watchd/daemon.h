/* The watch daemon. */
#ifndef VMHA_WATCHD_H
#define VMHA_WATCHD_H

#include <stdbool.h>

struct watchd_args {
    char *instance, *rundir;
    bool to_stderr;
    char *ask; /* be a worker that asks at this URI */
    unsigned agent_timeout_s;
    char *probe; /* ask the mount there, and end */
    bool is_writable;
    const char *program; /* to start a worker with */
};

/* Run until a signal ends it; returns an exit status. */
int watchd_run(const struct watchd_args *args);

#endif

/* Start a daemon from an agent. */
#ifndef VMHA_LAUNCH_H
#define VMHA_LAUNCH_H

#include <sys/types.h>

#include "error.h"

/* Run ARGV (ARGV[0] is a path, or looked for in PATH) in a session of its own,
 * with standard input and output from and to /dev/null, standard error to the
 * file ERRORS (made empty, mode 0600), all other descriptors closed, and
 * default signals.  It is a child of ours until we end.  Returns its process
 * id, or -1.
 */
pid_t launch_daemon(char *const argv[], const char *errors,
                    struct vmha_error *err);

#endif

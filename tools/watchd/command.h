/* Run a command of the administrator's on the GLib loop: as a user, with a
 * clean environment, in a process group of its own, which is killed on its
 * deadline.
 */
#ifndef VMHA_WATCHD_COMMAND_H
#define VMHA_WATCHD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { COMMAND_OUTPUT_MAX = 4096 }; /* bytes that are kept; more is dropped */

struct command; /* NULL: nothing runs */

/* How it ended, once, from the main loop: WHY it failed, or NULL, and what it
 * wrote, in which control characters are '?'.  Both live for the call.
 */
typedef void command_fn(const char *why, const char *output, void *arg);

/* Put what a command of process NAME wrote into the log, or its beginning. */
void command_log(const char *name, const char *output);

/* Run ARGV as USER (NULL: ours) for at most LIMIT_MS.  *PLACE is NULL again
 * when FN is called.  What it starts and leaves may run on, but its output is
 * closed.
 */
void command_run(struct command **place, char *const argv[], const char *user,
                 int64_t limit_ms, command_fn *fn, void *arg);

/* The same for PID, which a daemon before us has run: how it ends is not known,
 * so it counts as a success.
 */
void command_adopt(struct command **place, pid_t pid, int64_t limit_ms,
                   command_fn *fn, void *arg);

/* Its process, and so its group; 0 where none runs. */
pid_t command_pid(const struct command *c);

/* Kill its whole group; its end is told as ever, though perhaps late. */
void command_kill(struct command *c);

/* Forget it: it runs on unwatched, or, with IS_KILLED, is killed. */
void command_forget(struct command **place, bool is_killed);

#endif

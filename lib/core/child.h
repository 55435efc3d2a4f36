/* Run another program from the GLib loop. */
#ifndef VMHA_CHILD_H
#define VMHA_CHILD_H

#include <stdint.h>
#include <sys/types.h>

struct child; /* NULL: nothing runs */

/* Called once, from the main loop: the program has ended with STATUS (as by
 * waitpid), or could not be run (-1, or an exit status of 127).
 */
typedef void child_fn(int status, void *arg);

/* Run ARGV, looked for in PATH, with OUT (-1: /dev/null) as its standard
 * output, and default signals.  After LIMIT_MS of our time it is killed.  *S is
 * the place of the running program: it is NULL again when FN is called.  A
 * place that is in use must not be used again.
 */
void child_run(struct child **s, char *const argv[], int out, int64_t limit_ms,
               child_fn *fn, void *arg);

/* The same for a program of the administrator's: as child_start_apart, but IN
 * is its standard input and /dev/null its output; its group is killed whole.
 */
void child_run_apart(struct child **s, char *const argv[], int in,
                     char *const env[], int64_t limit_ms, child_fn *fn,
                     void *arg);

/* Let it run on unwatched, and forget its answer. */
void child_forget(struct child **s);

/* Start ARGV with IN and OUT (-1: /dev/null) as its standard input and output.
 * Standard error is ours.  Returns its process id, or -1 with errno.
 */
pid_t child_start(char *const argv[], int in, int out);

/* The same for a command of the administrator's: IN is /dev/null, OUT its
 * standard error, too; ENV is its environment, / its directory.  It has a
 * process group of its own, which has its id.  SIGPIPE stays ignored where we
 * ignore it, as for a service of systemd's: its output may be closed.
 */
pid_t child_start_apart(char *const argv[], int out, char *const env[]);

#endif

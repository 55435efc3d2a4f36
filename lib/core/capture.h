/* Run another program from the GLib loop, and read what it prints. */
#ifndef VMHA_CAPTURE_H
#define VMHA_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

struct capture; /* NULL: nothing runs */

/* Called once, from the main loop, when the program has ended: STATUS is
 * child_run's; OUTPUT is all that it printed, or NULL where that was more than
 * allowed.
 */
typedef void capture_fn(int status, const char *output, void *arg);

/* As child_run; MAX is less than what a pipe holds (64 KiB). */
void capture_run(struct capture **place, char *const argv[], size_t max,
                 int64_t limit_ms, capture_fn *fn, void *arg);

/* Let it run on unwatched, and forget its answer. */
void capture_forget(struct capture **c);

#endif

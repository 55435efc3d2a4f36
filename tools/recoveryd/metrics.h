/* What the daemon counts, and where monitoring finds it: a file for the text
 * collector of Prometheus' node exporter.
 */
#ifndef VMHA_METRICS_H
#define VMHA_METRICS_H

#include "daemon.h"
#include "tidings.h"

/* From the end of the fencing until... */
enum span { SPAN_DOWN, SPAN_FIRST_CALL, SPAN_FIRST_VM, SPAN_DONE, N_SPANS };

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/* Events; nothing is done where M is NULL. */
void metrics_tiding(struct metrics *m, enum tiding t);
void metrics_vm(struct metrics *m, enum vm_phase end);
void metrics_span(struct metrics *m, enum span s, int64_t ms);
void metrics_repair(struct metrics *m, const char *outcome);
void metrics_hook(struct metrics *m, const char *hook, const char *result);
/* For nova_watch; ARG is the metrics. */
void metrics_nova(const char *what, const struct nova_result *r, void *arg);

/* All families as text (caller frees). */
char *metrics_text(const struct daemon *d);
/* The same table for the manual, as POD. */
void metrics_print_pod(void);

/* --- metrics-file.c --- */
/* Write the file now and then, where the configuration says: at start and
 * after a change of it.
 */
void metrics_start(struct daemon *d);
/* Remove it: what it says is not so any more. */
void metrics_stop(struct daemon *d);

#endif

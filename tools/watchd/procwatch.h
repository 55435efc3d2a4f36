/* The processes that VMs need, as vmha-processes.conf(5) lists them. */
#ifndef VMHA_PROCWATCH_H
#define VMHA_PROCWATCH_H

#include "processes-conf.h"
#include "report.h"

struct procwatch;

/* Watch CONF's processes (borrowed, until another list is used, or this ends).
 * NOTES is a file of ours that the next daemon reads: what was tried, and what
 * runs.  CHANGED is called from the main loop when what the functions below
 * tell has changed.
 */
struct procwatch *procwatch_new(const struct processes_conf *conf,
                                const char *notes, void (*changed)(void *arg),
                                void *arg);

/* Watch these from now on.  What is known of those that were in the list before
 * stays; one whose section has changed is looked for anew.
 */
void procwatch_use(struct procwatch *pw, const struct processes_conf *conf);

/* Commands that run go on; the next daemon finds them. */
void procwatch_free(struct procwatch *pw);

/* Put the lasting faults that close the host into R. */
void procwatch_report(const struct procwatch *pw, struct report *r);

/* What is wrong, for people; NULL: nothing.  The caller frees it. */
char *procwatch_trouble(const struct procwatch *pw);

#endif

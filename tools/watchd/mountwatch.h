/* The mounts that VMs need, as vmha-processes.conf(5) lists them. */
#ifndef VMHA_MOUNTWATCH_H
#define VMHA_MOUNTWATCH_H

#include "processes-conf.h"
#include "report.h"

struct mountwatch;

/* Watch CONF's mounts (borrowed, until another list is used, or this ends).
 * PROGRAM is run as "PROGRAM --probe=PATH".  CHANGED is called from the main
 * loop when what the functions below tell has changed.
 */
struct mountwatch *mountwatch_new(const struct processes_conf *conf,
                                  const char *program,
                                  void (*changed)(void *arg), void *arg);
void mountwatch_free(struct mountwatch *mw);

/* Watch these from now on.  What is known of those that were in the list before
 * stays; one whose section has changed is asked anew.
 */
void mountwatch_use(struct mountwatch *mw, const struct processes_conf *conf);

/* Put the lasting faults that close the host into R. */
void mountwatch_report(const struct mountwatch *mw, struct report *r);

/* What is wrong, for people; NULL: nothing.  The caller frees it. */
char *mountwatch_trouble(const struct mountwatch *mw);

#endif

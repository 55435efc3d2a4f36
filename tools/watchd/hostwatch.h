/* What VMs need of this host: processes and mounts. */
#ifndef VMHA_HOSTWATCH_H
#define VMHA_HOSTWATCH_H

#include <stdbool.h>

#include "error.h"
#include "report.h"

struct hostwatch;

/* Watch what the file PATH lists (NULL: nothing), and keep notes for the next
 * daemon in RUNDIR.  PROGRAM is vmha-watchd.  CHANGED is called from the main
 * loop when what the functions below tell has changed.  NULL with ERR where the
 * file cannot be read.
 */
struct hostwatch *hostwatch_new(const char *path, const char *rundir,
                                const char *program, void (*changed)(void *arg),
                                void *arg, struct vmha_error *err);
void hostwatch_free(struct hostwatch *h);

/* Read the list again, from PATH.  -1: the one that was read before holds. */
int hostwatch_reload(struct hostwatch *h, const char *path,
                     struct vmha_error *err);

/* Put the lasting faults that close the host into R, before those of VMs.
 * Returns whether there are any.
 */
bool hostwatch_report(const struct hostwatch *h, struct report *r);

/* What is wrong, for people; NULL: nothing.  The caller frees it. */
char *hostwatch_trouble(const struct hostwatch *h);

#endif

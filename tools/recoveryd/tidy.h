/* Have Pacemaker forget that a resource failed on a node. */
#ifndef VMHA_TIDY_H
#define VMHA_TIDY_H

/* By crm_resource --cleanup, in the background, one after the other; what fails
 * is logged.  The gate's failure-timeout does the same, later.
 */
void tidy_up(const char *resource, const char *node);

/* Forget those that run. */
void tidy_forget(void);

#endif

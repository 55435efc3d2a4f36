/* In which order the VMs of a failed host are evacuated. */
#ifndef VMHA_ORDER_H
#define VMHA_ORDER_H

#include "vm.h"

/* Priorities: the greater comes first; medium is 0, so that it is what a VM has
 * of which nothing is known.
 */
enum { PRIORITY_MIN = -500, PRIORITY_MAX = 500 };

/* Red Hat's agent reads this one; ours counts where a VM has both. */
#define REDHAT_PRIORITY_KEY "instanceha:restart_priority"

/* first, high, medium, low, last, or 0 to 1000 (medium is 500). */
int order_priority_parse(const char *text, int *ret_priority);

/* The priority that the metadata of S asks for.  WARNING (SIZE bytes) says what
 * makes no sense there; it is untouched where all does.
 */
int order_priority(const struct server_fact *s, const char *key, char *warning,
                   size_t size);

/* < 0 where A is to be evacuated before B: by priority, then as the journal's
 * mark sees them.
 */
int order_compare(const struct vm *a, const struct vm *b);

#endif

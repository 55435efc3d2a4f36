/* VMs that Nova will refuse to evacuate (N15), as far as its list of servers
 * tells.  For people only: a call that is refused does no harm, and a later
 * release may take it.
 */
#ifndef VMHA_REFUSAL_H
#define VMHA_REFUSAL_H

#include "vm.h"

/* Why, or NULL; borrowed for ever. */
const char *refusal_of(const struct server_fact *s);

#endif

/* Conformance of what VMs are that arrive stopped, and how they are started. */
#ifndef VMHA_CONFORMANCE_PARKING_H
#define VMHA_CONFORMANCE_PARKING_H

#include <stdbool.h>

#include "nova.h"

/* The state in which a VM must have arrived (N24). */
const char *parking_state(const struct nova *nova, const char *before,
                          bool was_in_error);

/* Its actions tell of a stop only where its tenant had stopped it: Nova's own,
 * before it arrives, is none.  STARTS: where it is stopped it is started, and
 * its actions tell.
 */
void parking_check(struct nova *nova, const char *id, bool was_stopped,
                   bool starts);

/* Who asked for its newest action, for a VM that is in STATE since it was made:
 * a user, in this test run.
 */
void parking_check_actions(struct nova *nova, const char *id,
                           const char *state);

#endif

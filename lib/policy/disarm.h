/* vmha is disarmed: the cluster goes on, the cloud is not touched.
 *
 * One nvpair of the journal, vmha-disarmed, says so to every instance:
 *     v1;1795419841;1795423441;network work
 *     version; since; until, 0: for good; reason
 * Times are seconds of the wall clock.
 */
#ifndef VMHA_DISARM_H
#define VMHA_DISARM_H

#include <stdbool.h>
#include <stdint.h>

enum { DISARM_REASON_MAX = 200, DISARM_VALUE_MAX = 256 };

struct disarm {
    int64_t since_s;
    int64_t until_s; /* 0: until vmha arm */
    bool is_broken;  /* the value makes no sense: the reason says so */
    char reason[DISARM_REASON_MAX + 1]; /* may be empty */
};

/* Any VALUE at all disarms: who wrote it wanted us to keep away. */
void disarm_parse(const char *value, struct disarm *ret_disarm);

/* What is not printable ASCII becomes a '?'. */
void disarm_format(const struct disarm *d, char ret_value[DISARM_VALUE_MAX]);

/* Its time is over.  Only a clock can tell, and clocks are set: the value is
 * deleted then, so that it does not come back when the clock goes back.
 */
bool disarm_is_over(const struct disarm *d, int64_t wall_ms);

#endif

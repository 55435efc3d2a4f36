/* How often a host has failed of late: where it was too often, it comes back,
 * but is not used again before an administrator says so (quarantine).
 *
 * vmha-failures-<node> holds the failures that the host came back from:
 *     v1;1795419841,1795506241
 *     version; the ends of their fencings in seconds, ascending
 * A failure is noted when it is over, as its time does not change any more, and
 * before its entry goes.  The value has less than 128 bytes.
 */
#ifndef VMHA_FLAPS_H
#define VMHA_FLAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum { FLAPS_MAX = 10, FLAPS_TEXT_MAX = 128 };

struct flaps {
    int64_t at_s[FLAPS_MAX];
    unsigned n;
};

/* VALUE must be exactly what flaps_format writes, else VMHA_E_INPUT. */
int flaps_parse(const char *value, struct flaps *ret_flaps,
                struct vmha_error *err);
void flaps_format(const struct flaps *f, char ret_value[FLAPS_TEXT_MAX]);

/* Does it have the failure of the fencing at NS, or is that older than all for
 * which there is room?
 */
bool flaps_have(const struct flaps *f, int64_t ns);
/* Note it, once; the oldest makes room. */
void flaps_add(struct flaps *f, int64_t ns);

/* What decides what the journal should have. */
struct flaps_facts {
    struct flaps noted; /* what it has */
    int64_t earlier_ns; /* one that the newest incident followed upon, or 0 */
    int64_t back_ns;   /* the one that the host is on its way back from, or 0 */
    bool has_failed;   /* it has an incident */
    bool is_counted;   /* else there is no quarantine */
    int64_t window_ms; /* older ones do not count */
    int64_t now_ns;
};

/* None: the value is to go. */
struct flaps flaps_to_note(const struct flaps_facts *f);

/* How many are at most WINDOW_MS older than NS? */
unsigned flaps_count(const struct flaps *f, int64_t ns, int64_t window_ms);

#endif

/* The journal's value for a reserved host that was taken: text <-> struct.
 *
 * vmha-reserve-<node> is written before the first change in Nova and says all
 * that must be undone:
 *     v1;T;1795419841.123456789;3,17
 *     version; taken or used; the failure that it was taken for first; the
 *     aggregates that we add it to
 * and, where the operator had given one, ';' and the reason why it is disabled,
 * which Nova forgets when it is enabled: with %XX for control characters and %.
 * It is an entry of its own, not a part of the failed host's: one reserved host
 * takes the VMs of several failed hosts, and outlives their entries.  One
 * process writes it, the owner of the segment; it has less than 120 bytes, and
 * the reason.
 */
#ifndef VMHA_JOURNAL_RESERVE_H
#define VMHA_JOURNAL_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum {
    RESERVE_SETS_MAX = 8,
    RESERVE_REASON_MAX = 255 * 4 + 1, /* Nova's limit, in UTF-8 */
    JOURNAL_RESERVE_MAX = 128 + 3 * RESERVE_REASON_MAX,
};

struct journal_reserve {
    bool is_used;                   /* VMs went there: it stays as it is */
    int64_t incident_ns;            /* see struct journal_host */
    int64_t sets[RESERVE_SETS_MAX]; /* aggregates by id, ascending */
    unsigned n_sets;
    char reason[RESERVE_REASON_MAX]; /* the operator's; "": none */
};

/* VALUE must be exactly what journal_reserve_format writes. */
int journal_reserve_parse(const char *value, struct journal_reserve *ret_entry,
                          struct vmha_error *err);
void journal_reserve_format(const struct journal_reserve *e,
                            char ret_value[JOURNAL_RESERVE_MAX]);
bool journal_reserve_equal(const struct journal_reserve *a,
                           const struct journal_reserve *b);

/* NULL: none was given. */
void journal_reserve_set_reason(struct journal_reserve *e, const char *reason);
const char *journal_reserve_reason(const struct journal_reserve *e);

bool journal_reserve_has_set(const struct journal_reserve *e, int64_t id);
/* False where there is no room for one more. */
bool journal_reserve_add_set(struct journal_reserve *e, int64_t id);

#endif

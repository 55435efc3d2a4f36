/* What reserve.c and reserve-plan.c share. */
#ifndef VMHA_RESERVE_RULES_H
#define VMHA_RESERVE_RULES_H

#include "reserve.h"

enum { RESERVE_FRESH_MS = 10000 };

bool reserve_is_fresh(const struct reserve_pool *p, const struct reserve *r);

/* Must its entry be written (anew)?  *RET (or NULL) is what it must hold. */
bool reserve_wants_entry(const struct reserve_pool *p, const struct reserve *r,
                         struct journal_reserve *ret);

/* Is there an aggregate to add it to still? */
bool reserve_set_to_join(const struct reserve_pool *p, const struct reserve *r,
                         int64_t *ret_set);

/* HOST's VMs want reserved hosts: so they should be in its aggregates. */
void reserve_want_sets(struct reserve_pool *p, const char *host);
void reserve_forget_sets(struct reserve_pool *p);

#endif

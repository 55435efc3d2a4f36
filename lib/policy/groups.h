/* Server groups: members of one anti-affinity group are never in flight
 * together, not even those of several hosts.  Nova would let them race for the
 * same host, and put the loser into ERROR (N18).
 *
 * Of an affinity group Nova puts a member only where another is.  Where all are
 * on hosts that failed, there is no such place, and an evacuation ends in
 * ERROR: they wait for their hosts.  To pass the scheduler by ("force", N19)
 * would help one that is alone; a second one is refused by the host itself, and
 * the first would be put where no filter has looked.
 */
#ifndef VMHA_GROUPS_H
#define VMHA_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "pairs.h"
#include "vm.h"

struct incident;
struct recovery_rules;

/* The anti-affinity groups that VMs under recovery are members of. */
struct group_state {
    char id[UUID_MAX];
    unsigned n_in_flight;
};

struct groups {
    struct group_state *items; /* vm->group is an index from 1 */
    size_t n;
    bool tries_tied; /* evacuate them, whatever is known of their group */
};

/* A group as Nova tells it. */
struct group_fact {
    const char *id, *name, *policy;
    struct pairs members; /* borrowed */
};

void groups_clear_all(struct groups *g);

/* Are there VMs to be evacuated of which it is not known, or was long ago? */
bool groups_are_unknown(const struct incident *inc,
                        const struct recovery_rules *rules, int64_t now_ms);

/* All groups were read, or (N is 0) cannot be: what the VMs of ONLY are in, or
 * (NULL) those of all incidents.
 */
void groups_learn(struct groups *g, const struct incident *only,
                  struct incident *const *incidents, size_t n_incidents,
                  const struct group_fact *facts, size_t n, int64_t now_ms);
/* A tied VM is looked at again then. */
int64_t groups_again_ms(const struct vm *v, const struct recovery_rules *rules);

/* Count anew who is in flight: none, then those of each incident. */
void groups_reset(struct groups *g);
void groups_count(struct groups *g, const struct incident *inc);

/* V is being evacuated: as if counted. */
void groups_post(struct groups *g, const struct vm *v);

/* May V be evacuated as far as its group goes?  G NULL: groups do not count. */
bool groups_allow(const struct groups *g, const struct vm *v);

#endif

/* Room for VMs that wait for it: seen by two readings of the hypervisors.
 *
 * Free RAM says nothing of why a VM found no place (traits, groups, CPUs): it
 * only tells when it is worth to ask again before the back-off is over.
 */
#ifndef VMHA_CAPACITY_H
#define VMHA_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm.h"

struct capacity_fact {
    const char *host;
    int64_t free_ram_mb; /* may be below 0: overcommitted */
    bool is_usable;      /* up and enabled */
};

struct capacity_host {
    char *host;
    int64_t room_mb; /* 0 where it is not usable */
};

/* The newest reading. */
struct capacity {
    struct capacity_host *hosts; /* by name */
    size_t n;
    bool is_known;
};

struct capacity_gain {
    int64_t sum_mb;     /* room that has appeared */
    int64_t largest_mb; /* most room that one host with new room has in all */
};

/* A reading; what has appeared since the one before it (the first one only
 * notes what there is).
 */
struct capacity_gain capacity_read(struct capacity *c,
                                   const struct capacity_fact *f, size_t n);
/* Nobody waits: what happens now is of no interest. */
void capacity_forget(struct capacity *c);

/* Waits it for a place?  It was refused, and its back-off runs. */
bool capacity_is_awaited(const struct vm *v, int64_t now_ms);

/* Let as many of the N VMs be tried now as may fit, in their order; the others
 * keep their time, so that they do not all come at once.  How many.
 */
size_t capacity_wake(struct vm *const *vms, size_t n,
                     const struct capacity_gain *gain, int64_t now_ms);

#endif

/* May a host start nova-compute and VMs?  Closed unless it is certain that no
 * VM of it is being, or may yet be, started elsewhere (N31, N35).
 */
#ifndef VMHA_GATE_H
#define VMHA_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"

/* What the cluster says of the host. */
struct gate_facts {
    bool has_intent; /* the hook's note of a fencing that nobody answered */
    bool has_entry;  /* of the journal; with the fields behind it */
    bool is_entry_broken;
    struct journal_host entry;
    bool has_seen; /* some vmha-recoveryd has worked for this segment */
    int64_t seen_ns;
    bool has_fencing;   /* off or reboot that succeeded, by whomever... */
    int64_t fencing_ns; /* ...the newest */
};

/* Why the gate is closed, or NULL: it is open. */
const char *gate_closed_by(const struct gate_facts *f);

#endif

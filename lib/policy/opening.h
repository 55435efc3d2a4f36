/* Which hosts are failed: is it a new failure, an old one, one to resume? */
#ifndef VMHA_OPENING_H
#define VMHA_OPENING_H

#include "certainty.h"
#include "journal.h"

/* What the cluster and the journal say of one host that is ours. */
struct opening_facts {
    const struct death_facts *death;
    bool has_entry; /* the journal has a readable entry... */
    enum host_phase entry_phase;
    bool is_entry_broken; /* ...or one that cannot be read */
};

enum opening {
    OPEN_NOTHING,
    OPEN_RESUME, /* go on with the entry (also in phase done) */
    OPEN_NEW,    /* a failure that no entry answers (incident_renew, if any) */
    OPEN_FORGET, /* a released entry, the node is back or removed: delete it */
    OPEN_HELD,   /* looks dead, but the rule does not hold: tell people */
};

enum opening opening_of(const struct opening_facts *f);

#endif

/* May a host start nova-compute and VMs? */
#include "gate.h"

#include <stddef.h>

#include "certainty.h"

/* An entry that is not about to be evacuated any more. */
static bool
is_letting_in(const struct gate_facts *f)
{
    return f->entry.phase == PHASE_RETURNING ||
           f->entry.phase == PHASE_RELEASED;
}

const char *
gate_closed_by(const struct gate_facts *f)
{
    int64_t known_ns = f->seen_ns;

    if (f->has_intent)
        return "it was fenced, and vmha-recoveryd did not answer that yet";
    if (f->is_entry_broken)
        return "its entry in the journal cannot be read";
    if (f->has_entry && !is_letting_in(f))
        return "its instances are being recovered";
    if (f->has_entry && f->entry.incident_ns > known_ns)
        known_ns = f->entry.incident_ns;
    if (!f->has_seen && !f->has_entry)
        return "no vmha-recoveryd has worked for its segment yet";
    if (f->has_fencing && fencing_is_later(f->fencing_ns, known_ns))
        return "its newest fencing was not looked at by vmha-recoveryd yet";
    return NULL;
}

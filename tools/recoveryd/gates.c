/* When the journal opens a host's gate, its start has failed already: have
 * Pacemaker try again now, not when the failure has timed out.
 */
#include <stddef.h>

#include "daemon.h"
#include "gate.h"
#include "journal-names.h"
#include "log.h"
#include "tidy.h"
#include "xalloc.h"

/* As the gate itself would see it. */
static bool
is_shut(const struct daemon *d, const struct cluster_view *v,
        const struct host *h)
{
    CLEANUP_FREE char *name = journal_host_name(h->node);
    const struct cluster_entry *e = cluster_view_entry(v, name);
    struct gate_facts f = {
        .has_intent = h->intent != NULL,
        .has_seen = d->has_seen,
        .seen_ns = d->seen_ns,
        .has_fencing = h->death.has_fencing && h->death.fencing_succeeded,
        .fencing_ns = h->death.fencing_ns,
    };
    struct vmha_error unused;

    f.has_entry = e && journal_host_parse(e->value, &f.entry, &unused) == 0;
    f.is_entry_broken = e && !f.has_entry;
    return gate_closed_by(&f) != NULL;
}

void
gates_observe(struct daemon *d, const struct cluster_view *v)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        struct host *h = d->hosts[i];
        /* a process before this one may have died right after it opened it */
        bool was_shut =
            h->is_gate_known ? h->is_gate_shut : h->death.entry_ns != 0;

        /* the first watermark ever would open all of them at once */
        h->is_gate_shut = d->has_seen && is_shut(d, v, h);
        h->is_gate_known = true;
        if (!was_shut || h->is_gate_shut || !h->death.is_online)
            continue;
        for (size_t k = 0; k < v->n_gates; k++) {
            log_info("its gate is open: node='%s' resource='%s'", h->node,
                     v->gates[k]);
            tidy_up(v->gates[k], h->node);
        }
    }
}

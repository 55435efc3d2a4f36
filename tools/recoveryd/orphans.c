/* Guests that failed evacuations may have left (lib/policy/orphan.h): what are
 * their destinations now?
 */
#include "orphan.h"

#include <string.h>

#include "daemon.h"
#include "live.h"

/* A host that is away may be dead soon, or tell later.  One that is there and
 * not watched never will.
 */
static enum orphan_dest
dest_of(const struct daemon *d, const char *nova_host)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct host *h = d->hosts[i];

        if (strcmp(h->nova_host, nova_host) != 0)
            continue;
        /* before Nova knows it, too, its scheduler may choose it again */
        if (live_is_dead(h->incident, nova_host) && h->incident->is_down)
            return DEST_DEAD;
        return h->is_listed &&
                       (h->watched.text || h->incident || !h->death.is_online)
                   ? DEST_TELLS
                   : DEST_SILENT;
    }
    return DEST_SILENT;
}

void
orphans_look(const struct daemon *d, struct incident *inc)
{
    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm *v = inc->by_key[i];
        const char *dest;

        if (v->phase != VM_WAITING && v->phase != VM_STARTING)
            continue;
        dest = orphan_host(inc, v);
        orphan_on_dest(inc, v, dest ? dest_of(d, dest) : DEST_SILENT);
    }
}

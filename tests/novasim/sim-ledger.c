/* Guests on hypervisors, and the ledger of their changes. */
#include "sim-ledger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static FILE *ledger;

void
sim_ledger_open(const char *path)
{
    if (!*path)
        return;
    ledger = fopen(path, "ae");
    if (!ledger)
        sim_die("%s: %s", path, strerror(errno));
}

void
sim_ledger_flush(void)
{
    if (ledger)
        fflush(ledger);
}

static void
note(const struct sim_guest *g, const char *word)
{
    int64_t now = sim_wall_ms();

    if (ledger)
        fprintf(ledger, "%lld.%03d %s %s %s\n", (long long) (now / 1000),
                (int) (now % 1000), g->host->name, g->vm->uuid, word);
}

struct sim_guest *
sim_guest_find(struct sim_vm *v, const struct sim_host *h)
{
    for (GSList *i = v->guests; i; i = i->next) {
        struct sim_guest *g = i->data;

        if (g->host == h)
            return g;
    }
    return NULL;
}

void
sim_guest_set(struct sim_vm *v, struct sim_host *h, bool is_on)
{
    struct sim_guest *g = sim_guest_find(v, h);
    bool is_new = !g;

    if (is_new) {
        g = g_new0(struct sim_guest, 1);
        g->vm = v;
        g->host = h;
        v->guests = g_slist_prepend(v->guests, g);
        g_hash_table_add(h->local, g);
    }
    if (!is_new && g->is_on == is_on)
        return;
    g->is_on = is_on;
    note(g, is_on ? "on" : "off");
}

void
sim_guest_destroy(struct sim_vm *v, struct sim_host *h)
{
    struct sim_guest *g = sim_guest_find(v, h);

    if (!g)
        return;
    note(g, "gone");
    v->guests = g_slist_remove(v->guests, g);
    g_hash_table_remove(h->local, g);
    g_free(g);
}

void
sim_guests_lose_power(struct sim_host *h)
{
    GHashTableIter i;
    gpointer key;

    g_hash_table_iter_init(&i, h->local);
    while (g_hash_table_iter_next(&i, &key, NULL)) {
        struct sim_guest *g = key;

        if (g->is_on)
            note(g, "gone");
        g->is_on = false;
    }
}

unsigned
sim_guest_runs(const struct sim_vm *v)
{
    unsigned n = 0;

    for (GSList *i = v->guests; i; i = i->next)
        n += ((struct sim_guest *) i->data)->is_on;
    return n;
}

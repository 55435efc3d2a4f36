/* Look-ups in a view of the cluster, and its release. */
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "xalloc.h"

size_t
cluster_view_place(const struct cluster_view *v, const char *name)
{
    size_t low = 0, high = v->n_nodes;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(v->nodes[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct cluster_node *
cluster_view_node(const struct cluster_view *v, const char *name)
{
    size_t i = cluster_view_place(v, name);

    return i < v->n_nodes && strcmp(v->nodes[i].name, name) == 0 ? &v->nodes[i]
                                                                 : NULL;
}

const struct cluster_entry *
cluster_view_entry(const struct cluster_view *v, const char *name)
{
    for (size_t i = 0; i < v->n_entries; i++)
        if (strcmp(v->entries[i].name, name) == 0)
            return &v->entries[i];
    return NULL;
}

enum fence_action
cluster_fence_action(const char *name)
{
    static const char *const names[] = {
        [FENCE_ON] = "on", [FENCE_OFF] = "off", [FENCE_REBOOT] = "reboot"
    };

    for (size_t i = FENCE_ON; name && i <= FENCE_REBOOT; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum fence_action) i;
    return FENCE_OTHER;
}

struct cluster_fencing *
cluster_view_add_fencing(struct cluster_view *v)
{
    v->fencings = xrealloc(v->fencings, v->n_fencings + 1, sizeof *v->fencings);
    v->fencings[v->n_fencings] = (struct cluster_fencing){ 0 };
    return &v->fencings[v->n_fencings++];
}

static int
compare_fencings(const void *a, const void *b)
{
    const struct cluster_fencing *x = a, *y = b;
    bool x_pending = x->state == FENCE_PENDING;
    bool y_pending = y->state == FENCE_PENDING;

    if (x_pending != y_pending)
        return x_pending ? 1 : -1;
    if (x->completed_ns != y->completed_ns)
        return x->completed_ns < y->completed_ns ? 1 : -1;
    return strcmp(x->target, y->target);
}

void
cluster_view_sort_fencings(struct cluster_view *v)
{
    if (v->n_fencings)
        qsort(v->fencings, v->n_fencings, sizeof *v->fencings,
              compare_fencings);
}

void
cluster_view_clear(struct cluster_view *v)
{
    for (size_t i = 0; i < v->n_nodes; i++) {
        free(v->nodes[i].name);
        free(v->nodes[i].segment);
        free(v->nodes[i].host);
        free(v->nodes[i].faults);
    }
    free(v->nodes);
    for (size_t i = 0; i < v->n_entries; i++) {
        free(v->entries[i].id);
        free(v->entries[i].name);
        free(v->entries[i].value);
    }
    free(v->entries);
    for (size_t i = 0; i < v->n_instances; i++) {
        free(v->instances[i].id);
        free(v->instances[i].segment);
        free(v->instances[i].method);
    }
    free(v->instances);
    for (size_t i = 0; i < v->n_gates; i++)
        free(v->gates[i]);
    free(v->gates);
    for (size_t i = 0; i < v->n_fencings; i++)
        free(v->fencings[i].target);
    free(v->fencings);
    free(v->problem);
    *v = (struct cluster_view){ 0 };
}

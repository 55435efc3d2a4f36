/* One failed host under recovery: its newest evacuation record of each VM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "incident.h"
#include "xalloc.h"

const struct vm_record *
incident_record(const struct incident *inc, const char *vm_id)
{
    size_t low = 0, high = inc->n_records;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(vm_id, inc->records[mid].instance);

        if (order == 0)
            return &inc->records[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* The newest of a VM counts; an older one may change, too: done -> completed.
 */
static void
update(struct vm_record *r, const struct record_fact *f)
{
    if (strcmp(r->uuid, f->uuid) != 0 && f->created_ms < r->created_ms)
        return;
    free(r->dest);
    *r =
        (struct vm_record){ .state = record_state_of(f->status),
                            .is_completed = strcmp(f->status, "completed") == 0,
                            .created_ms = f->created_ms };
    if (r->state == RECORD_FAILED)
        xstrset(&r->dest, f->dest);
    snprintf(r->instance, sizeof r->instance, "%s", f->instance);
    snprintf(r->uuid, sizeof r->uuid, "%s", f->uuid);
}

/* By instance; of one instance the newest, which is told first, last. */
static int
compare_facts(const void *a, const void *b)
{
    const struct record_fact *x = *(const struct record_fact *const *) a,
                             *y = *(const struct record_fact *const *) b;
    int order = strcmp(x->instance, y->instance);

    return order ? order : x < y ? 1 : -1;
}

void
incident_store_records(struct incident *inc, const struct record_fact *f,
                       size_t n)
{
    CLEANUP_FREE const struct record_fact **sorted =
        xcalloc(n + 1, sizeof *sorted);
    struct vm_record *old = inc->records;
    struct vm_record *all = xcalloc(inc->n_records + n, sizeof *all);
    size_t i = 0, k = 0, n_all = 0;

    for (size_t j = 0; j < n; j++)
        sorted[j] = &f[j];
    qsort(sorted, n, sizeof *sorted, compare_facts);
    while (i < inc->n_records || k < n) {
        struct vm_record *r = &all[n_all++];

        if (k == n || (i < inc->n_records &&
                       strcmp(old[i].instance, sorted[k]->instance) <= 0))
            *r = old[i++];
        else
            update(r, sorted[k++]);
        while (k < n && strcmp(sorted[k]->instance, r->instance) == 0)
            update(r, sorted[k++]);
    }
    free(old);
    inc->records = all;
    inc->n_records = n_all;
}

void
incident_drop_records(struct incident *inc)
{
    for (size_t i = 0; i < inc->n_records; i++)
        free(inc->records[i].dest);
    free(inc->records);
    inc->records = NULL;
    inc->n_records = 0;
}

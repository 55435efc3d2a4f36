/* Hosts, servers, migration records, instance actions. */
#include "sim-state.h"

#include <string.h>

GPtrArray *sim_hosts, *sim_vms, *sim_records, *sim_groups;

static GHashTable *host_by_name, *host_by_uuid, *vm_by_uuid, *record_by_uuid;
static GPtrArray *vms_by_age; /* those that are not deleted */
static bool vms_by_age_unsorted;

void
sim_state_init(void)
{
    sim_hosts = g_ptr_array_new();
    sim_vms = g_ptr_array_new();
    sim_records = g_ptr_array_new();
    sim_groups = g_ptr_array_new();
    vms_by_age = g_ptr_array_new();
    host_by_name = g_hash_table_new(g_str_hash, g_str_equal);
    host_by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    vm_by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    record_by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
}

/* --- hosts --- */

struct sim_host *
sim_host_new(const char *name, const char *zone)
{
    struct sim_host *h = g_new0(struct sim_host, 1);

    h->name = g_intern_string(name);
    h->zone = g_intern_string(zone);
    h->id = (int) sim_hosts->len + 5; /* after conductor and scheduler */
    sim_uuid(h->uuid);
    h->created_ms = h->beating_since_ms = sim_now_ms();
    h->is_powered = h->is_running = true;
    h->cap_vms = h->cap_ram = h->real_ram = -1;
    h->vms = g_ptr_array_new();
    h->local = g_hash_table_new(NULL, NULL);
    g_queue_init(&h->waiting);
    g_ptr_array_add(sim_hosts, h);
    g_hash_table_insert(host_by_name, g_strdup(name), h);
    g_hash_table_insert(host_by_uuid, h->uuid, h);
    return h;
}

struct sim_host *
sim_host_find(const char *name)
{
    return name ? g_hash_table_lookup(host_by_name, name) : NULL;
}

struct sim_host *
sim_host_by_uuid(const char *uuid)
{
    return g_hash_table_lookup(host_by_uuid, uuid);
}

/* Heartbeats are computed, not sent: one every report_ms since the start. */
int64_t
sim_host_seen_ms(const struct sim_host *h)
{
    int64_t interval = MAX(sim_scaled(sim_set.report_ms), 1);
    int64_t age = sim_now_ms() - h->beating_since_ms;

    if (!h->beating_since_ms)
        return h->last_beat_ms;
    return h->beating_since_ms + age / interval * interval;
}

bool
sim_host_is_up(const struct sim_host *h)
{
    int64_t age = sim_now_ms() - sim_host_seen_ms(h);

    return !h->is_forced_down && ABS(age) <= sim_scaled(sim_set.down_ms);
}

/* --- servers --- */

const struct sim_flavor *
sim_flavor_get(const char *name, int64_t ram, int64_t vcpus, int64_t disk)
{
    static GPtrArray *flavors;
    struct sim_flavor *f;

    if (!flavors)
        flavors = g_ptr_array_new();
    for (guint i = 0; i < flavors->len; i++) {
        f = flavors->pdata[i];
        if (sim_is(f->name, name) && f->ram == ram && f->vcpus == vcpus &&
            f->disk == disk)
            return f;
    }
    f = g_new0(struct sim_flavor, 1);
    *f = (struct sim_flavor){ g_intern_string(name), ram, vcpus, disk };
    g_ptr_array_add(flavors, f);
    return f;
}

static gint
by_age(gconstpointer a, gconstpointer b)
{
    const struct sim_vm *v = *(const struct sim_vm *const *) a;
    const struct sim_vm *w = *(const struct sim_vm *const *) b;
    int64_t s = v->created_ms / 1000, t = w->created_ms / 1000;

    return s != t ? (s < t ? 1 : -1) : strcmp(v->uuid, w->uuid);
}

static guint
sorted_place(GPtrArray *list, const struct sim_vm *v)
{
    guint low = 0, high = list->len;

    while (low < high) {
        guint mid = (low + high) / 2;

        if (by_age(&list->pdata[mid], &v) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void
list_sort(GPtrArray *list, bool *is_unsorted)
{
    if (*is_unsorted)
        g_ptr_array_sort(list, by_age);
    *is_unsorted = false;
}

static void
list_remove(GPtrArray *list, bool *is_unsorted, struct sim_vm *v)
{
    guint i;

    list_sort(list, is_unsorted);
    i = sorted_place(list, v);
    if (i < list->len && list->pdata[i] == v)
        g_ptr_array_remove_index(list, i);
}

GPtrArray *
sim_vms_sorted(struct sim_host *h)
{
    list_sort(h ? h->vms : vms_by_age,
              h ? &h->is_unsorted : &vms_by_age_unsorted);
    return h ? h->vms : vms_by_age;
}

GPtrArray *
sim_vms_with_deleted(void)
{
    GPtrArray *list = g_ptr_array_sized_new(sim_vms->len);

    g_ptr_array_extend(list, sim_vms, NULL, NULL);
    g_ptr_array_sort(list, by_age);
    return list;
}

guint
sim_vms_after(GPtrArray *list, const struct sim_vm *v)
{
    guint i = sorted_place(list, v);

    return i < list->len && list->pdata[i] == v ? i + 1 : i;
}

struct sim_vm *
sim_vm_new(struct sim_host *h, const char *name,
           const struct sim_flavor *flavor)
{
    struct sim_vm *v = g_new0(struct sim_vm, 1);

    sim_uuid(v->uuid);
    v->id = sim_vms->len + 1;
    v->name = g_strdup(name);
    v->flavor = flavor;
    v->vm_state = "active";
    v->power_state = 1;
    v->created_ms = v->updated_ms = v->launched_ms = sim_now_ms();
    v->is_image_backed = true;
    v->spawn_ms = -1;
    v->host = h;
    g_ptr_array_add(sim_vms, v);
    g_ptr_array_add(vms_by_age, v);
    vms_by_age_unsorted = true;
    g_hash_table_insert(vm_by_uuid, v->uuid, v);
    if (h) {
        g_ptr_array_add(h->vms, v);
        h->is_unsorted = true;
        sim_allocate(v, h);
    }
    return v;
}

struct sim_vm *
sim_vm_find(const char *uuid)
{
    return g_hash_table_lookup(vm_by_uuid, uuid);
}

void
sim_vm_save(struct sim_vm *v, const char *vm_state, const char *task)
{
    v->vm_state = g_intern_string(vm_state);
    v->task_state = g_intern_string(task);
    v->updated_ms = sim_now_ms();
}

void
sim_vm_move(struct sim_vm *v, struct sim_host *to)
{
    if (v->host)
        list_remove(v->host->vms, &v->host->is_unsorted, v);
    v->host = to;
    v->updated_ms = sim_now_ms();
    list_sort(to->vms, &to->is_unsorted);
    g_ptr_array_insert(to->vms, (gint) sorted_place(to->vms, v), v);
}

/* Nova deletes the row softly, and its migration records with it
 * (nova/db/main/api.py instance_destroy): they vanish from os-migrations.
 */
void
sim_vm_delete(struct sim_vm *v)
{
    if (v->is_deleted)
        return;
    list_remove(vms_by_age, &vms_by_age_unsorted, v);
    if (v->host)
        list_remove(v->host->vms, &v->host->is_unsorted, v);
    while (v->allocations)
        sim_deallocate(v, v->allocations->data);
    for (guint i = 0; v->records && i < v->records->len; i++)
        ((struct sim_record *) v->records->pdata[i])->is_deleted = true;
    if (v->group)
        g_ptr_array_remove(v->group->members, v);
    sim_vm_save(v, "deleted", NULL);
    v->terminated_ms = sim_now_ms();
    v->is_deleted = true;
}

void
sim_vm_fault(struct sim_vm *v, int code, const char *message)
{
    g_free(v->fault.message);
    v->fault = (struct sim_fault){ code, sim_now_ms(), g_strdup(message) };
}

/* --- Placement --- */

bool
sim_host_has_room(const struct sim_host *h, const struct sim_vm *v)
{
    if (h->cap_vms >= 0 && h->used_vms + 1 > h->cap_vms)
        return false;
    return h->cap_ram < 0 || h->used_ram + v->flavor->ram <= h->cap_ram;
}

void
sim_allocate(struct sim_vm *v, struct sim_host *h)
{
    if (g_slist_find(v->allocations, h))
        return;
    v->allocations = g_slist_prepend(v->allocations, h);
    h->used_vms++;
    h->used_ram += v->flavor->ram;
}

void
sim_deallocate(struct sim_vm *v, struct sim_host *h)
{
    GSList *at = g_slist_find(v->allocations, h);

    if (!at)
        return;
    v->allocations = g_slist_delete_link(v->allocations, at);
    h->used_vms--;
    h->used_ram -= v->flavor->ram;
}

/* --- migration records --- */

struct sim_record *
sim_record_new(struct sim_vm *v, const char *type, const char *status)
{
    struct sim_record *m = g_new0(struct sim_record, 1);

    m->id = sim_records->len + 1;
    sim_uuid(m->uuid);
    m->vm = v;
    m->source = v->host ? v->host->name : NULL;
    m->type = g_intern_string(type);
    m->status = g_intern_string(status);
    m->created_ms = sim_now_ms();
    g_ptr_array_add(sim_records, m);
    g_hash_table_insert(record_by_uuid, m->uuid, m);
    if (!v->records)
        v->records = g_ptr_array_new();
    g_ptr_array_add(v->records, m);
    return m;
}

struct sim_record *
sim_record_find(const char *uuid)
{
    return g_hash_table_lookup(record_by_uuid, uuid);
}

void
sim_record_save(struct sim_record *m, const char *status)
{
    m->status = g_intern_string(status);
    m->updated_ms = sim_now_ms();
}

struct sim_record *
sim_record_of(struct sim_vm *v, const char *type, const char *status)
{
    for (guint i = 0; v->records && i < v->records->len; i++) {
        struct sim_record *m = v->records->pdata[i];

        if (!m->is_deleted && sim_is(m->type, type) &&
            sim_is(m->status, status))
            return m;
    }
    return NULL;
}

struct sim_record *
sim_record_first(struct sim_vm *v, const char *status)
{
    return sim_record_of(v, "evacuation", status);
}

/* --- instance actions --- */

struct sim_action *
sim_action_new(struct sim_vm *v, const char *name, const char *request_id,
               const char *user, const char *project)
{
    struct sim_action *a = g_new0(struct sim_action, 1);

    a->name = g_intern_string(name);
    g_strlcpy(a->request_id, request_id, sizeof a->request_id);
    a->user = g_intern_string(user);
    a->project = g_intern_string(project);
    a->start_ms = a->updated_ms = sim_now_ms();
    if (!v->actions)
        v->actions = g_ptr_array_new();
    g_ptr_array_add(v->actions, a);
    return a;
}

void
sim_action_end(struct sim_action *a, const char *event, const char *host,
               const char *failure)
{
    a->event = g_intern_string(event);
    a->host = host;
    a->finish_ms = a->updated_ms = sim_now_ms();
    a->is_error = failure != NULL;
    g_free(a->details);
    a->details = g_strdup(failure);
}

void
sim_vm_note_cause(struct sim_vm *v)
{
    static const char *const causes[][2] = {
        { "stopped", "stop" },      { "paused", "pause" },
        { "suspended", "suspend" }, { "rescued", "rescue" },
        { "shelved", "shelve" },
    };
    char id[SIM_REQUEST_ID_LEN + 1];

    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++)
        if (sim_is(v->vm_state, causes[i][0])) {
            sim_request_id(id);
            sim_action_end(sim_action_new(v, causes[i][1], id, v->user,
                                          v->project),
                           NULL, NULL, NULL);
        }
}

struct sim_group *
sim_group_new(const char *name, const char *policy)
{
    struct sim_group *g = g_new0(struct sim_group, 1);

    sim_uuid(g->uuid);
    g->name = g_intern_string(name);
    g->policy = g_intern_string(policy);
    g->members = g_ptr_array_new();
    g_ptr_array_add(sim_groups, g);
    return g;
}

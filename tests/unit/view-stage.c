/* The cluster as a struct, for tests of tools/recoveryd's views. */
#include "view-stage.h"

#include <stdlib.h>

#include "clock.h"
#include "tap.h"
#include "xalloc.h"

char c1[] = "c1", c2[] = "c2", vmha[] = "vmha", vmha_b[] = "vmha-b", b[] = "b";

struct stage s;

/* --- the cluster ------------------------------------------------------- */

struct cluster *
cluster_new(const char *name, cluster_view_fn *fn, void *arg)
{
    (void) name, (void) fn, (void) arg;
    return NULL;
}

void
cluster_free(struct cluster *c)
{
    (void) c;
}

void
cluster_attribute_read(struct cluster *c, const char *node, const char *name,
                       cluster_attribute_fn *fn, void *arg)
{
    (void) c, (void) node, (void) name, (void) fn, (void) arg;
}

void
cluster_attribute_set(struct cluster *c, const char *node, const char *name,
                      const char *value, cluster_attribute_fn *fn, void *arg)
{
    (void) c, (void) node, (void) name, (void) value, (void) fn, (void) arg;
}

void
cluster_refresh(struct cluster *c)
{
    (void) c;
    s.n_refreshes++;
}

static void
add_write(const struct write *w, const char *name, const char *value)
{
    struct write *at = &s.writes[s.n_writes];

    if (!ok(s.n_writes < WRITES))
        return;
    *at = *w;
    snprintf(at->name, sizeof at->name, "%s", name);
    snprintf(at->value, sizeof at->value, "%s", value);
    s.n_writes++;
}

void
cluster_journal_set(struct cluster *c, const char *name, const char *value,
                    cluster_done_fn *fn, void *arg)
{
    (void) c;
    add_write(&(struct write){ .fn = fn, .arg = arg }, name, value);
}

void
cluster_journal_delete(struct cluster *c, const char *name, const char *value,
                       cluster_done_fn *fn, void *arg)
{
    (void) c;
    add_write(&(struct write){ .is_delete = true, .fn = fn, .arg = arg }, name,
              value);
}

/* --- the stage ----------------------------------------------------------- */

void
put_entry(const char *name, const char *value)
{
    size_t i = 0;

    while (i < s.view.n_entries && strcmp(s.names[i], name) != 0)
        i++;
    if (i == s.view.n_entries)
        s.view.n_entries++;
    snprintf(s.names[i], sizeof s.names[i], "%s", name);
    snprintf(s.values[i], sizeof s.values[i], "%s", value);
    s.entries[i] =
        (struct cluster_entry){ s.names[i], s.names[i], s.values[i] };
}

void
drop_entry(const char *name)
{
    for (size_t i = 0; i < s.view.n_entries; i++)
        if (strcmp(s.names[i], name) == 0)
            s.names[i][0] = '\0';
}

const char *
entry(const char *name)
{
    const struct cluster_entry *e = cluster_view_entry(&s.view, name);

    return e ? e->value : NULL;
}

/* All writes take effect, or none does. */
void
end_writes(bool is_good)
{
    struct vmha_error err;

    vmha_fail(&err, VMHA_E_AGAIN, 0, "no quorum");
    for (; s.n_writes; s.n_writes--) {
        struct write w = s.writes[0];

        memmove(s.writes, s.writes + 1, sizeof s.writes - sizeof w);
        if (is_good && !w.is_delete)
            put_entry(w.name, w.value);
        else if (is_good && entry(w.name) &&
                 strcmp(entry(w.name), w.value) == 0)
            drop_entry(w.name);
        w.fn(is_good ? NULL : &err, w.arg);
    }
}

struct cluster_node *
add_node(char *name, bool is_remote)
{
    struct cluster_node *n = &s.nodes[s.view.n_nodes++];

    *n = (struct cluster_node){ .name = name,
                                .is_remote = is_remote,
                                .is_online = true };
    return n;
}

/* The newest fencing is the first. */
void
fence(struct cluster_node *n, int64_t at_ns)
{
    memmove(s.fencings + 1, s.fencings, sizeof s.fencings - sizeof *s.fencings);
    s.fencings[0] = (struct cluster_fencing){ .target = n->name,
                                              .action = FENCE_OFF,
                                              .state = FENCE_DONE,
                                              .completed_ns = at_ns };
    s.view.n_fencings++;
    n->is_online = false;
    n->fenced_s = n->is_remote ? at_ns / 1000000000 : 0;
}

void
return_node(struct cluster_node *n)
{
    n->is_online = true;
    n->fenced_s = 0;
}

void
look(void)
{
    s.view.read_ms = clock_mono_ms() + s.late_ms;
    observe(&s.d, &s.view);
}

struct incident *
incident_of(const char *node)
{
    struct host *h = daemon_host(&s.d, node);

    return h ? h->incident : NULL;
}

/* The daemon's work on the journal, without the cloud. */
void
save(const char *node)
{
    struct incident *inc = incident_of(node);
    struct journal_host e;
    char name[64], value[JOURNAL_HOST_MAX];

    if (!ok(inc != NULL))
        return;
    e = incident_entry(inc);
    journal_host_format(&e, value);
    snprintf(name, sizeof name, "vmha-host-%s", node);
    put_entry(name, value);
    incident_on_saved(inc, &e);
}

static void
clear_hosts(void)
{
    pending_forget(&s.d.pending);
    segment_forget(&s.d);
    reserved_forget(&s.d);
    brake_clear(&s.d);
    for (size_t i = 0; i < s.d.n_hosts; i++)
        host_free(s.d.hosts[i]);
    free(s.d.hosts);
}

/* Another process, on the same cluster. */
void
start_daemon(void)
{
    end_writes(false);
    clear_hosts();
    s.d = (struct daemon){ .instance = s.instances[0].id,
                           .conf.is_enabled = true };
}

void
set_stage(void)
{
    clear_hosts();
    memset(&s, 0, sizeof s);
    s.instances[0].id = vmha;
    s.view = (struct cluster_view){ .has_cib = true,
                                    .has_history = true,
                                    .is_quorate = true,
                                    .nodes = s.nodes,
                                    .entries = s.entries,
                                    .instances = s.instances,
                                    .n_instances = 1,
                                    .fencings = s.fencings };
    start_daemon();
}

/* A stage whose watermark is written. */
void
set_old_stage(void)
{
    set_stage();
    put_entry("vmha-seen", "1790000000.000000000");
}

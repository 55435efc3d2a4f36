/* tools/recoveryd: what each view of the cluster does to hosts, incidents and
 * the journal.  The cluster is a struct here: what is written to the journal
 * waits until the test lets it happen, and is in the next view then.
 */
#include <stdlib.h>

#include "../../tools/recoveryd/daemon.h"
#include "clock.h"
#include "tap.h"
#include "xalloc.h"

enum { NODES = 4, ENTRIES = 8, WRITES = 8, FENCINGS = 8 };

/* Seconds since the epoch, of this morning. */
#define AT(s) ((INT64_C(1790000000) + (s)) * 1000000000)

/* Names that structs of the view may point to. */
static char c1[] = "c1", c2[] = "c2", vmha[] = "vmha", vmha_b[] = "vmha-b",
            b[] = "b";

struct write {
    char name[64], value[JOURNAL_HOST_MAX];
    bool is_delete;
    cluster_done_fn *fn;
    void *arg;
};

static struct {
    struct daemon d;
    struct cluster_node nodes[NODES];
    struct cluster_entry entries[ENTRIES];
    char names[ENTRIES][64], values[ENTRIES][JOURNAL_HOST_MAX];
    struct cluster_instance instances[2];
    struct cluster_fencing fencings[FENCINGS];
    struct cluster_view view;
    struct write writes[WRITES];
    size_t n_writes;
    unsigned n_refreshes;
    int64_t late_ms; /* views are so much later */
} s;

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

static void
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

static void
drop_entry(const char *name)
{
    for (size_t i = 0; i < s.view.n_entries; i++)
        if (strcmp(s.names[i], name) == 0)
            s.names[i][0] = '\0';
}

static const char *
entry(const char *name)
{
    const struct cluster_entry *e = cluster_view_entry(&s.view, name);

    return e ? e->value : NULL;
}

/* All writes take effect, or none does. */
static void
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

static struct cluster_node *
add_node(char *name, bool is_remote)
{
    struct cluster_node *n = &s.nodes[s.view.n_nodes++];

    *n = (struct cluster_node){ .name = name,
                                .is_remote = is_remote,
                                .is_online = true };
    return n;
}

/* The newest fencing is the first. */
static void
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

static void
return_node(struct cluster_node *n)
{
    n->is_online = true;
    n->fenced_s = 0;
}

static void
look(void)
{
    s.view.read_ms = clock_mono_ms() + s.late_ms;
    observe(&s.d, &s.view);
}

static struct incident *
incident_of(const char *node)
{
    struct host *h = daemon_host(&s.d, node);

    return h ? h->incident : NULL;
}

/* The daemon's work on the journal, without the cloud. */
static void
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
    segment_forget(&s.d);
    reserved_forget(&s.d);
    brake_clear(&s.d);
    for (size_t i = 0; i < s.d.n_hosts; i++)
        host_free(s.d.hosts[i]);
    free(s.d.hosts);
}

/* Another process, on the same cluster. */
static void
start_daemon(void)
{
    end_writes(false);
    clear_hosts();
    s.d = (struct daemon){ .instance = s.instances[0].id,
                           .conf.is_enabled = true };
}

static void
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
static void
set_old_stage(void)
{
    set_stage();
    put_entry("vmha-seen", "1790000000.000000000");
}

/* --- whose host it is ------------------------------------------------------
 */

static void
test_other_segment(void)
{
    struct cluster_node *n;

    set_old_stage();
    n = add_node(c1, true);
    fence(n, AT(100));
    look();
    save("c1");
    n->segment = b; /* and we are one of two now */
    s.instances[1] = (struct cluster_instance){ .id = vmha_b, .segment = b };
    s.view.n_instances = 2;
    look();
    ok(!incident_of("c1"));
    ok_msg(entry("vmha-host-c1") != NULL, "its entry stays for the other");
    n->segment = NULL;
    look();
    ok_msg(incident_of("c1") && incident_of("c1")->was_resumed,
           "it is resumed when it is ours again");
    ok_msg(incident_of("c1")->saved.has_mark &&
               incident_of("c1")->saved.mark.id == UINT32_MAX,
           "the other daemon may have posted for any VM since");
}

static void
test_overlap(void)
{
    set_old_stage();
    fence(add_node(c1, true), AT(100));
    s.instances[1] = (struct cluster_instance){ .id = vmha_b };
    s.view.n_instances = 2;
    look();
    is_int(daemon_host(&s.d, "c1")->certainty, NOT_SOLE_OWNER);
    ok(!incident_of("c1"));
    has_str(s.d.rival, "'vmha' and 'vmha-b'");
    s.instances[1].segment = b;
    look();
    ok_msg(incident_of("c1") != NULL, "it goes on when the overlap is mended");
    is_str(s.d.rival, NULL);
    is_int(s.d.n_warnings, 1); /* the other's segment has no hosts */
    has_str(s.d.warnings[0], "segment 'b'");
}

static void
test_resting(void)
{
    struct cluster_node *n, *other;

    set_old_stage();
    n = add_node(c1, false);
    other = add_node(c2, true);
    n->is_resting = true;
    fence(n, AT(100));
    fence(other, AT(200));
    look();
    ok_msg(!incident_of("c1"), "a host in maintenance is left alone");
    is_int(daemon_host(&s.d, "c1")->opening, OPEN_HELD);
    save("c2");
    incident_of("c2")->is_released = true;
    return_node(other);
    save("c2");
    look();
    ok_msg(s.n_writes == 0, "the watermark does not pass it");
    n->is_resting = false;
    look();
    ok_msg(incident_of("c1") != NULL, "it is recovered when that ends");
}

static void
test_shared_name(void)
{
    set_old_stage();
    fence(add_node(c1, true), AT(100));
    add_node(c2, true)->host = c1;
    look();
    is_int(daemon_host(&s.d, "c1")->certainty, NAME_SHARED);
    ok(!incident_of("c1"));
    has_str(s.d.warnings[0], "both host 'c1'");
    s.nodes[1].host = NULL;
    look();
    ok(incident_of("c1") != NULL);
}

static void
test_removed_node(void)
{
    set_old_stage();
    fence(add_node(c1, true), AT(100));
    look();
    save("c1");
    s.view.n_nodes = 0;
    start_daemon();
    s.d.conf.segment = b; /* it is the only instance */
    s.instances[0].segment = b;
    put_entry("vmha-seen-b", "1790000000.000000000");
    look();
    is_int(incident_of("c1")->certainty, NODE_UNKNOWN);
    incident_of("c1")->is_released = true;
    save("c1");
    look(); /* the watermark */
    end_writes(true);
    look(); /* its entry */
    end_writes(true);
    is_str(entry("vmha-host-c1"), NULL);
    look();
    ok(!daemon_host(&s.d, "c1"));
}

static void
test_late_name(void)
{
    struct cluster_node *n;

    set_old_stage();
    n = add_node(c1, true);
    fence(n, AT(100));
    look();
    save("c1");
    n->host = b;
    incident_of("c1")->busy = BUSY_SERVICE;
    look();
    ok_msg(strcmp(incident_of("c1")->host, "c1") == 0,
           "an answer for the old name may be on its way");
    incident_of("c1")->busy = 0;
    look();
    is_str(incident_of("c1")->host, "b");
    incident_on_service(incident_of("c1"), &(struct service_fact){ .id = "u" },
                        clock_mono_ms());
    n->host = NULL;
    look();
    ok_msg(strcmp(incident_of("c1")->host, "b") == 0,
           "once its service was found, the name stays");
}

static void
test_back_in_maintenance(void)
{
    struct cluster_node *n;

    set_old_stage();
    n = add_node(c1, false);
    fence(n, AT(100));
    look();
    save("c1");
    n->is_unmanaged = true;
    return_node(n); /* the administrator starts it, and its VMs... */
    look();
    n->is_online = false; /* ...stops Pacemaker there, without an off... */
    look();
    n->is_unmanaged = false; /* ...and ends the maintenance */
    look();
    is_int(incident_of("c1")->certainty, FENCING_IS_OLD);
}

/* --- the watermark ---------------------------------------------------------
 */

static void
test_watermark_waits(void)
{
    struct cluster_node *back, *dead;

    set_old_stage(); /* two members failed while no daemon ran */
    dead = add_node(c1, false);
    back = add_node(c2, false);
    fence(dead, AT(97));
    fence(back, AT(100));
    return_node(back);
    look();
    end_writes(true);
    start_daemon(); /* it dies before the dead one has an entry */
    look();
    ok_msg(incident_of("c1") != NULL, "the dead one is not forgotten");
    save("c1");
    look();
    end_writes(true);
    is_str(entry("vmha-seen"), "1790000100.000000000");
}

static void
test_first_watermark(void)
{
    struct cluster_node *n;

    set_stage();
    n = add_node(c1, false);
    look();
    end_writes(false); /* the first watermark could not be written */
    fence(n, AT(100));
    look();
    ok_msg(incident_of("c1") != NULL, "what fails since is no old failure");
    end_writes(true);
}

static void
test_no_storm(void)
{
    struct cluster_node *n;

    set_stage();
    n = add_node(c1, true);
    s.view.is_quorate = false;
    look();
    is_int(s.n_writes, 0);
    s.view.is_quorate = true;
    look();
    is_int(s.n_writes, 1);
    end_writes(false);
    is_int(s.n_refreshes, 0);
    look();
    end_writes(true);
    fence(n, AT(100));
    look();
    incident_of("c1")->is_released = true;
    save("c1");
    return_node(n);
    look(); /* the watermark */
    end_writes(true);
    s.n_refreshes = 0;
    look(); /* its entry */
    is_int(s.n_writes, 1);
    end_writes(false);
    is_int(s.n_refreshes, 0);
    ok(host_needs_views(&s.d, daemon_host(&s.d, "c1")));
    look();
    end_writes(true);
    is_str(entry("vmha-host-c1"), NULL);
    ok(!incident_of("c1"));
}

/* Someone restores an older CIB, or edits it: what a next process would read
 * must cover what we did.
 */
static void
test_rolled_back(void)
{
    char value[JOURNAL_HOST_MAX];

    set_old_stage();
    fence(add_node(c1, true), AT(100));
    look();
    save("c1");
    snprintf(value, sizeof value, "%s", entry("vmha-host-c1"));
    put_entry("vmha-host-c1", "v1;F;1790000099.000000000;;");
    look();
    ok_msg(incident_of("c1")->is_saved, "this view may be from before");
    s.late_ms = 2500;
    look();
    ok_msg(!incident_of("c1")->is_saved, "it is written again");
    put_entry("vmha-host-c1", value);
    incident_of("c1")->is_saved = true;
    look();
    drop_entry("vmha-host-c1");
    look();
    s.late_ms += 2500;
    incident_of("c1")->busy = BUSY_JOURNAL;
    look();
    ok_msg(incident_of("c1")->is_saved, "it is being written");
    incident_of("c1")->busy = 0;
    look();
    s.late_ms += 2500;
    look();
    ok_msg(!incident_of("c1")->is_saved, "also one that was deleted");
}

TAP_MAIN(
    { "a host that another instance owns now is let go", test_other_segment },
    { "an overlap is named, and stops both", test_overlap },
    { "a host in maintenance is held, and not forgotten", test_resting },
    { "two nodes with one name in Nova are held", test_shared_name },
    { "a node that was removed keeps its incident until it is released",
      test_removed_node },
    { "vmha-host may be set when the host has failed already", test_late_name },
    { "a host that was back during a maintenance is not dead after it",
      test_back_in_maintenance },
    { "an entry that someone changed is written again", test_rolled_back },
    { "the watermark passes no failure that has no entry yet",
      test_watermark_waits },
    { "the first watermark is as old as the first view", test_first_watermark },
    { "a write of the journal that fails is tried again, but slowly",
      test_no_storm })

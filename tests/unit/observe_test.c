/* tools/recoveryd: what each view of the cluster does to hosts, incidents and
 * the journal.
 */
#include "clock.h"
#include "tap.h"
#include "view-stage.h"

/* --- whose host it is ------------------------------------------------------
 */

/* Another instance, of segment b. */
static void
add_instance(void)
{
    s.instances[1] = (struct cluster_instance){ .id = vmha_b, .segment = b };
    s.view.n_instances = 2;
}

/* What an instance saw last, and wrote last, is over. */
static void
wait_for_others(void)
{
    s.late_ms += 14500;
    look();
    is_int(daemon_host(&s.d, "c1")->certainty, NEWLY_OURS);
    is_int(daemon_host(&s.d, "c1")->opening, OPEN_HELD);
    ok_msg(!incident_of("c1"), "another may still act");
    s.late_ms += 1000;
}

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
    add_instance();
    look();
    ok(!incident_of("c1"));
    ok_msg(entry("vmha-host-c1") != NULL, "its entry stays for the other");
    n->segment = NULL;
    look();
    wait_for_others();
    put_entry("vmha-host-c1", "v1;E;1790000100.000000000;fd;2048-a1b2c3d4");
    look();
    ok_msg(incident_of("c1") && incident_of("c1")->was_resumed,
           "it is resumed when it is ours again");
    is_int(incident_of("c1")->saved.mark.id, 0xa1b2c3d4);
}

static void
test_new_among_others(void)
{
    set_old_stage();
    add_instance();
    fence(add_node(c1, true), AT(100));
    look();
    wait_for_others();
    is_int(s.n_writes, 0);
    look();
    ok(incident_of("c1") && !incident_of("c1")->was_resumed);
}

static void
test_new_and_alone(void)
{
    set_old_stage();
    fence(add_node(c1, true), AT(100));
    look();
    ok_msg(incident_of("c1") != NULL, "there is nobody to wait for");
}

/* It was stopped cleanly, long after its fencing. */
static void
test_closed_by_former_owner(void)
{
    struct cluster_node *n;

    set_old_stage();
    add_instance();
    put_entry("vmha-seen-b", "1790000100.000000000");
    n = add_node(c1, false);
    n->segment = b;
    fence(n, AT(100));
    look();
    n->segment = NULL;
    look();
    s.late_ms += 15500;
    look();
    is_int(daemon_host(&s.d, "c1")->certainty, FENCING_IS_OLD);
    ok(!incident_of("c1"));
    fence(n, AT(200));
    look();
    ok_msg(incident_of("c1") != NULL, "a later one is news");
}

static void
test_overlap(void)
{
    set_old_stage();
    fence(add_node(c1, true), AT(100));
    look();
    save("c1");
    s.instances[1] = (struct cluster_instance){ .id = vmha_b };
    s.view.n_instances = 2;
    look();
    is_int(daemon_host(&s.d, "c1")->certainty, NOT_SOLE_OWNER);
    ok(!incident_of("c1"));
    has_str(s.d.rival, "'vmha' and 'vmha-b'");
    s.late_ms += 20000;
    look();
    s.instances[1].segment = b;
    look();
    wait_for_others();
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

TAP_MAIN({ "a host that another instance owns now is let go",
           test_other_segment },
         { "one that starts beside another waits until that knows",
           test_new_among_others },
         { "one that is alone begins at once", test_new_and_alone },
         { "a fencing that another instance has closed is over",
           test_closed_by_former_owner },
         { "an overlap is named, and stops both", test_overlap },
         { "a host in maintenance is held, and not forgotten", test_resting },
         { "two nodes with one name in Nova are held", test_shared_name },
         { "a node that was removed keeps its incident until it is released",
           test_removed_node },
         { "vmha-host may be set when the host has failed already",
           test_late_name },
         { "a host that was back during a maintenance is not dead after it",
           test_back_in_maintenance },
         { "an entry that someone changed is written again", test_rolled_back })

/* tools/recoveryd: which fencings are closed, and which have failed hosts. */
#include "cleanup.h"
#include "clock.h"
#include "tap.h"
#include "view-stage.h"

static void
test_watermark_waits(void)
{
    struct cluster_node *back, *dead;

    set_old_stage(); /* two members failed while no daemon ran */
    dead = add_node(c1, false);
    back = add_node(c2, false);
    fence(dead, AT(97));
    fence(back, AT(100));
    s.fencings[0].state = FENCE_FAILED; /* it is closed without an entry */
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

/* The CIB follows the fencer: a node that is seen alive may be dead. */
static void
test_settles(void)
{
    struct cluster_node *n;

    set_old_stage();
    n = add_node(c1, false);
    look();
    s.late_ms = 3600000;
    fence(n, AT(100));
    n->is_online = true; /* as the CIB still shows it */
    look();
    ok_msg(!incident_of("c1"), "alive for an hour, but not since its fencing");
    n->is_online = false;
    look();
    is_int(incident_of("c1")->certainty, CERTAIN);
    return_node(n);
    look();
    save("c1");
    fence(n, AT(200));
    n->is_online = true;
    look();
    is_int(incident_of("c1")->fencing_ns, AT(100));
    n->is_online = false;
    look();
    is_int(incident_of("c1")->certainty, CERTAIN);
    is_int(incident_of("c1")->fencing_ns, AT(200));
}

static void
test_back_unseen(void)
{
    struct cluster_node *n, *other;

    set_old_stage();
    s.view.is_quorate = false;
    n = add_node(c1, true);
    other = add_node(c2, true);
    look();
    fence(n, AT(100));
    look();
    return_node(n);
    s.view.is_quorate = true;
    look();
    ok_msg(!incident_of("c1"), "it may not be back yet");
    ok(host_needs_views(&s.d, daemon_host(&s.d, "c1")));
    fence(other, AT(200));
    look();
    incident_of("c2")->is_released = true;
    save("c2");
    return_node(other);
    look();
    ok_msg(s.n_writes == 0, "nothing closes it meanwhile");
    s.late_ms = 16000;
    look();
    if (!ok(incident_of("c1") && incident_of("c1")->has_returned))
        return;
    is_int(incident_of("c1")->fencing_ns, AT(100));
    put_entry("vmha-intent-c1", "1790000099.000000000");
    save("c1");
    look();
    ok_msg(s.n_writes == 2, "now the note goes, and the watermark moves");
}

/* The fencer was restarted, and has lost what followed the note. */
static void
test_note_only(void)
{
    struct cluster_node *n, *other;

    set_old_stage();
    n = add_node(c1, true);
    other = add_node(c2, true);
    put_entry("vmha-intent-c1", "1790000100.000000000");
    n->is_online = false;
    look();
    s.late_ms = 60000;
    look();
    ok_msg(!incident_of("c1"), "a note alone is no proof of death");
    fence(other, AT(200));
    look();
    incident_of("c2")->is_released = true;
    save("c2");
    return_node(other);
    look();
    is_int(s.n_writes, 0); /* the watermark waits for it */
    n->is_online = true;
    look();
    s.fencings[1] =
        (struct cluster_fencing){ .target = c1, .action = FENCE_OFF };
    s.view.n_fencings++;
    s.late_ms += 31000;
    look();
    ok_msg(!incident_of("c1"), "it is being fenced");
    s.view.n_fencings--;
    look();
    s.late_ms += 31000;
    look();
    if (!ok(incident_of("c1") && incident_of("c1")->has_returned))
        return;
    is_int(incident_of("c1")->fencing_ns, AT(100));
    is_int(s.n_writes, 0);
    save("c1");
    look();
    ok_msg(s.n_writes == 2, "now the note goes, and the watermark moves");
}

/* What is left of one that is closed, or was never one. */
static void
test_old_note(void)
{
    static const char *const notes[] = { "1790000099.000000000",
                                         "of the administrator" };

    for (size_t i = 0; i < N_ELEMENTS(notes); i++) {
        set_old_stage();
        add_node(c1, true);
        put_entry("vmha-seen", "1790000100.000000000");
        put_entry("vmha-intent-c1", notes[i]);
        look();
        s.late_ms = 29000;
        look();
        is_int(s.n_writes, 0);
        s.late_ms = 31000;
        look();
        ok(!incident_of("c1"));
        end_writes(true);
        is_str(entry("vmha-intent-c1"), NULL);
    }
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

TAP_MAIN({ "the watermark passes no failure that has no entry yet",
           test_watermark_waits },
         { "a host that the CIB does not show as dead yet is not back",
           test_settles },
         { "a host that is back before anybody saw it dead has failed",
           test_back_unseen },
         { "a host that is back, and of whose fencing the hook alone has told",
           test_note_only },
         { "a note that is closed, or makes no sense, goes", test_old_note },
         { "the first watermark is as old as the first view",
           test_first_watermark },
         { "a write of the journal that fails is tried again, but slowly",
           test_no_storm })

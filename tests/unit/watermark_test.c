/* tools/recoveryd: which fencings are closed, and which have failed hosts. */
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
         { "the first watermark is as old as the first view",
           test_first_watermark },
         { "a write of the journal that fails is tried again, but slowly",
           test_no_storm })

/* lib/openstack/nova: servers and migrations. */
#include "nova-fixture.h"
#include "tap.h"
#include "xalloc.h"

/* --- servers -------------------------------------------------------------- */

#define SERVER(id, host)                                                       \
    "{\"id\":\"" id "\",\"OS-EXT-SRV-ATTR:host\":\"" host                      \
    "\",\"OS-EXT-STS:vm_state\":\"active\"}"
#define RECORD(uuid, status, created)                                          \
    "{\"uuid\":\"" uuid "\",\"instance_uuid\":\"" U1 "\",\"status\":\"" status \
    "\",\"source_compute\":\"cmp1\",\"created_at\":\"2026-11-23T1" created     \
    ":00:00.000000\"}"
#define NEXT "\"servers_links\":[{\"rel\":\"next\",\"href\":\"http://x/\"}]"

static void
test_servers_over_pages(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, LIST " ", 200, "",
              "{\"servers\":[" SERVER(U1, "cmp1") "]," NEXT "}");
    peer_json(b.peer, LIST "&marker=" U1 " ", 200, "",
              "{\"servers\":[" SERVER(U2, "cmp1") "]," NEXT "}");
    peer_json(b.peer, LIST "&marker=" U2 " ", 200, "",
              "{\"servers\":[]," NEXT "}");
    nova_servers_on_host(b.nova, "cmp1", on_servers, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    is_str(g.ids, "1111,2222");
    is_int(peer_count(b.peer, LIST), 3);
}

static void
test_failed_page_fails_the_list(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, LIST " ", 200, "",
              "{\"servers\":[" SERVER(U1, "cmp1") "]," NEXT "}");
    peer_json(b.peer, LIST "&marker", 500, "", "{}");
    nova_servers_on_host(b.nova, "cmp1", on_servers, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_E_AGAIN);
    is_int(g.n, 0);
}

static void
test_ignored_filter_is_noticed(void)
{
    static const char *const answers[] = {
        "{\"servers\":[" SERVER(U1, "cmp1") "," SERVER(U2, "cmp2") "]}",
        "{\"servers\":[{\"id\":\"" U1 "\",\"OS-EXT-STS:vm_state\":\"x\"}]}",
    };

    for (size_t i = 0; i < N_ELEMENTS(answers); i++) {
        CLEANUP_BOTH struct both b = both_new("2.93");
        CLEANUP_GOT struct got g = { 0 };

        peer_json(b.peer, LIST, 200, "", answers[i]);
        nova_servers_on_host(b.nova, "cmp1", on_servers, &g);
        wait_for(&g);
        is_int(g.err.kind, VMHA_E_PERMISSION);
        has_str(g.err.text, "we lack the admin role");
        is_int(g.n, 0);
    }
}

static void
test_empty_list_asks_the_service(void)
{
    static const struct {
        const char *services;
        enum vmha_kind kind;
    } table[] = {
        { "{\"services\":[" SERVICE(DOWN_DISABLED) "]}", VMHA_OK },
        { "{\"services\":[]}", VMHA_OK },
        { "{\"services\":[{\"host\":\"cmp1\",\"status\":\"UNKNOWN\"}]}",
          VMHA_E_AGAIN },
        { "{}", VMHA_E_INPUT },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_BOTH struct both b = both_new("2.93");
        CLEANUP_GOT struct got g = { 0 };

        peer_json(b.peer, LIST, 200, "", "{\"servers\":[]}");
        peer_json(b.peer, SVCS, 200, "", table[i].services);
        nova_servers_on_host(b.nova, "cmp1", on_servers, &g);
        wait_for(&g);
        ok_msg(g.err.kind == table[i].kind, "%zu: %s", i, g.err.text);
        is_int(g.n, 0);
    }
}

static void
test_server_get(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 }, k = { 0 };

    peer_json(b.peer, "GET " API "/servers/" U1 " ", 200, "",
              "{\"server\":" SERVER(U1, "cmp1") "}");
    peer_json_once(b.peer, "GET " API "/servers/" U2 " ", 404, "",
                   "{\"itemNotFound\":{\"message\":\"gone\"}}");
    peer_json(b.peer, "GET " API "/servers/" U2 " ", 404, "", "<html>proxy");
    nova_server_get(b.nova, U1, on_servers, &g);
    wait_for(&g);
    is_str(g.ids, "1111");
    is_str(g.first, "active");
    nova_server_get(b.nova, U2, on_servers, &h);
    wait_for(&h);
    is_int(h.err.kind, VMHA_OK);
    is_int(h.n, 0);
    nova_server_get(b.nova, U2, on_servers, &k);
    wait_for(&k);
    is_int(k.err.kind, VMHA_E_ABSENT);
}

/* As behind a proxy that mixes up its connections. */
static void
test_answers_about_others(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 }, k = { 0 }, m = { 0 };

    peer_json(b.peer, "GET " API "/servers/" U1 " ", 200, "",
              "{\"server\":" SERVER(U2, "cmp1") "}");
    nova_server_get(b.nova, U1, on_servers, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_E_INPUT);
    has_str(g.err.text, "the answer is about '" U2 "'");
    is_int(g.n, 0);
    peer_json(b.peer, "PUT " API "/os-services/" U2 " ", 200, "",
              "{\"service\":{\"id\":\"" U1 "\",\"host\":\"cmp1\","
              "\"state\":\"up\",\"status\":\"disabled\","
              "\"forced_down\":true}}");
    nova_service_force_down(b.nova, U2, NULL, on_done, &h);
    wait_for(&h);
    is_int(h.err.kind, VMHA_E_INPUT);
    nova_service_disable(b.nova, U2, "kept free", on_done, &k);
    wait_for(&k);
    is_int(k.err.kind, VMHA_E_INPUT);
    peer_json(b.peer, "GET " API "/os-migrations?", 200, "",
              "{\"migrations\":[" RECORD(U1, "done", "0") "]}");
    nova_evacuations(b.nova, "cmp2", 0, on_migrations, &m);
    wait_for(&m);
    is_int(m.err.kind, VMHA_E_INPUT);
    has_str(m.err.text, "from 'cmp2' has one from 'cmp1'");
}

static void
test_ids_cannot_leave_their_path(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    nova_evacuate(b.nova, "../../os-services", NULL, false, on_done, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_E_REFUSED);
    ok(!g.was_sent);
    is_int(peer_n_requests(b.peer), 0);
}

/* --- migrations ----------------------------------------------------------- */

static void
test_all_migrations(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, RECS "&source_compute=cmp1 ", 200, "",
              "{\"migrations\":[" RECORD("bbbb", "done", "2") "," RECORD(
                  "aaaa", "error", "1") "],\"migrations_links\":[{\"rel\":"
                                        "\"next\",\"href\":\"\"}]}");
    peer_json(b.peer, RECS "&source_compute=cmp1&marker=aaaa ", 200, "",
              "{\"migrations\":[" RECORD("cccc", "error", "0") "]}");
    nova_evacuations(b.nova, "cmp1", 0, on_migrations, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    is_str(g.ids, "bbbb,aaaa,cccc");
    is_str(g.first, "done");
    has_str(last(&b), "compute 2.59\r\n");
}

/* A new record has no updated_at, which Nova's changes-since compares. */
static void
test_changed_migrations_hold_the_new_ones(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, RECS "&status=accepted&source_compute=cmp1 ", 200, "",
              "{\"migrations\":[" RECORD("cccc", "accepted",
                                         "3") "," RECORD("aaaa", "accepted",
                                                         "1") "]}");
    peer_json(b.peer,
              RECS "&changes-since=2026-11-23T11:00:00Z&source_compute=cmp1 ",
              200, "",
              "{\"migrations\":[" RECORD("bbbb", "done", "2") "," RECORD(
                  "aaaa", "pre-migrating", "1") "]}");
    nova_evacuations(b.nova, "cmp1", 1795431600999, on_migrations, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    is_str(g.ids, "cccc,bbbb,aaaa");
    is_str(g.first, "accepted");
}

static void
test_live_migrations(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer,
              "GET " API "/os-migrations?migration_type=live-migration"
              "&source_compute=cmp1 ",
              200, "", "{\"migrations\":[" RECORD("bbbb", "running", "2") "]}");
    nova_live_migrations(b.nova, "cmp1", on_migrations, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    is_str(g.ids, "bbbb");
    is_str(g.first, "running");
}

/* --- hosts ------------------------------------------------------------------
 */

static void
on_aggregates(const struct nova_result *r, const struct nova_aggregate *a,
              size_t n, void *arg)
{
    struct got *g = arg;

    on_done(r, g);
    g->n = n;
    if (n && a[0].n_hosts)
        xstrset(&g->first, a[0].hosts[0]);
}

static void
on_hypervisors(const struct nova_result *r, const struct nova_hypervisor *h,
               size_t n, void *arg)
{
    struct got *g = arg;

    on_done(r, g);
    g->n = n;
    if (n)
        g->first = xasprintf("%s %lld", h[n - 1].host,
                             (long long) h[n - 1].free_ram_mb);
}

static void
test_aggregates(void)
{
    static const struct {
        const char *answer;
        enum vmha_kind kind;
        size_t n;
    } table[] = {
        { "{\"aggregates\":[{\"id\":7,\"hosts\":[\"cmp1\",\"cmp2\"]}]}",
          VMHA_OK, 1 },
        { "{\"aggregates\":[]}", VMHA_OK, 0 },
        { "{\"aggregates\":[{\"id\":7,\"hosts\":[1]}]}", VMHA_E_INPUT, 0 },
        { "{\"aggregates\":[{\"id\":0,\"hosts\":[]}]}", VMHA_E_INPUT, 0 },
        { "{\"aggregates\":[{\"id\":7}]}", VMHA_E_INPUT, 0 },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_BOTH struct both b = both_new("2.93");
        CLEANUP_GOT struct got g = { 0 };

        peer_json(b.peer, "GET " API "/os-aggregates ", 200, "",
                  table[i].answer);
        nova_aggregates(b.nova, on_aggregates, &g);
        wait_for(&g);
        ok_msg(g.err.kind == table[i].kind, "%zu: %s", i, g.err.text);
        is_int(g.n, table[i].n);
        if (table[i].n)
            is_str(g.first, "cmp1");
    }
}

static void
test_aggregate_change(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    warm_up(&b);
    peer_json_once(b.peer, "POST " API "/os-aggregates/7/action ", 200, "",
                   "{}");
    peer_json(b.peer, "POST " API "/os-aggregates/7/action ", 404, "",
              "{\"itemNotFound\":{\"message\":\"no such member\"}}");
    nova_aggregate_change(b.nova, 7, "cmp\"1", true, on_done, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    has_str(last(&b), "{\"add_host\":{\"host\":\"cmp\\\"1\"}}");
    nova_aggregate_change(b.nova, 7, "cmp1", false, on_done, &h);
    wait_for(&h);
    is_int(h.err.kind, VMHA_E_ABSENT);
    has_str(last(&b), "{\"remove_host\":{\"host\":\"cmp1\"}}");
}

#define HYPERVISOR(id, host, free)                                             \
    "{\"id\":\"" id "\",\"service\":{\"host\":\"" host                         \
    "\"},\"state\":\"up\",\"status\":\"enabled\",\"free_ram_mb\":" free "}"
#define HYPERVISORS "GET " API "/os-hypervisors/detail?limit=500"

static void
test_hypervisors_over_pages(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, HYPERVISORS " ", 200, "",
              "{\"hypervisors\":[" HYPERVISOR(
                  U1, "cmp1", "1024") "],"
                                      "\"hypervisors_links\":[{\"rel\":"
                                      "\"next\",\"href\":\"\"}]}");
    peer_json(b.peer, HYPERVISORS "&marker=" U1 " ", 200, "",
              "{\"hypervisors\":[" HYPERVISOR(U2, "cmp2", "-5") "]}");
    nova_hypervisors(b.nova, on_hypervisors, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    is_int(g.n, 2);
    is_str(g.first, "cmp2 -5");
    has_str(last(&b), "compute 2.53\r\n");
}

static void
test_bad_marker(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, HYPERVISORS " ", 200, "",
              "{\"hypervisors\":[" HYPERVISOR(
                  "../x", "cmp1", "1024") "],"
                                          "\"hypervisors_links\":[{\"rel\":"
                                          "\"next\",\"href\":\"\"}]}");
    nova_hypervisors(b.nova, on_hypervisors, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_E_INPUT);
}

#define PUT "PUT " API "/os-services/" U1 " "

static void
test_switching_is_verified(void)
{
    static const char enabled[] =
        "{\"service\":{\"id\":\"" U1 "\",\"host\":\"cmp1\",\"state\":\"up\","
        "\"status\":\"enabled\",\"forced_down\":"
        "false}}";
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    warm_up(&b);
    peer_json(b.peer, PUT, 200, "", enabled);
    nova_service_enable(b.nova, U1, on_done, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    has_str(last(&b), "{\"status\":\"enabled\"}");
    nova_service_disable(b.nova, U1, "kept free", on_done, &h);
    wait_for(&h);
    is_int(h.err.kind, VMHA_E_INPUT);
    has_str(h.err.text, "did not do it");
    has_str(last(&b),
            "{\"status\":\"disabled\",\"disabled_reason\":\"kept free\"}");
}

static void
test_evacuate_to_a_host(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    warm_up(&b);
    peer_json(b.peer, "POST " API "/servers/" U1 "/action ", 200, "", "{}");
    nova_evacuate(b.nova, U1, "cmp\"9", false, on_done, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    has_str(last(&b), "{\"evacuate\":{\"host\":\"cmp\\\"9\"}}");
}

TAP_MAIN({ "aggregates", test_aggregates },
         { "members of an aggregate change", test_aggregate_change },
         { "hypervisors over pages", test_hypervisors_over_pages },
         { "a marker that is none", test_bad_marker },
         { "a switched service is verified", test_switching_is_verified },
         { "evacuate to a host", test_evacuate_to_a_host },
         { "servers over pages", test_servers_over_pages },
         { "a failed page fails the list", test_failed_page_fails_the_list },
         { "an ignored filter is noticed", test_ignored_filter_is_noticed },
         { "an empty list asks for the service",
           test_empty_list_asks_the_service },
         { "one server, and none", test_server_get },
         { "answers about others are no answers", test_answers_about_others },
         { "IDs cannot leave their path", test_ids_cannot_leave_their_path },
         { "all migrations", test_all_migrations },
         { "changed migrations hold the new ones",
           test_changed_migrations_hold_the_new_ones },
         { "live migrations of a host", test_live_migrations })

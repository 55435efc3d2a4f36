/* lib/openstack/nova: versions, services and actions. */
#include "nova-fixture.h"
#include "tap.h"
#include "xalloc.h"

/* --- versions ------------------------------------------------------------- */

static void
test_warm_up(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    nova_warm_up(b.nova, on_done, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    is_int(peer_n_requests(b.peer), 2);
    nova_warm_up(b.nova, on_done, &h);
    wait_for(&h);
    is_int(peer_n_requests(b.peer), 3);
}

static void
test_version_is_capped_per_call(void)
{
    static const struct {
        const char *max, *service, *evacuate;
    } table[] = {
        { "2.53", "2.53", "2.53" },
        { "2.93", "2.69", "2.93" },
        { "2.103", "2.69", "2.94" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_BOTH struct both b = both_new(table[i].max);
        CLEANUP_GOT struct got g = { 0 }, h = { 0 };
        CLEANUP_FREE char *service =
            xasprintf("OpenStack-API-Version: compute %s\r\n",
                      table[i].service);
        CLEANUP_FREE char *evacuate =
            xasprintf("OpenStack-API-Version: compute %s\r\n",
                      table[i].evacuate);

        peer_json(b.peer, SVCS, 200, "", "{\"services\":[]}");
        peer_json(b.peer, "POST", 200, "", "");
        nova_service_find(b.nova, "cmp1", on_service, &g);
        wait_for(&g);
        is_int(g.err.kind, VMHA_OK);
        is_int(g.n, 0);
        has_str(last(&b), service);
        nova_evacuate(b.nova, U1, NULL, false, on_done, &h);
        wait_for(&h);
        has_str(last(&b), evacuate);
        is_int(peer_count(b.peer, "GET " API "/ "), 1);
    }
}

static void
test_old_cloud(void)
{
    CLEANUP_BOTH struct both b = both_new("2.42");
    CLEANUP_GOT struct got g = { 0 };

    nova_service_find(b.nova, "cmp1", on_service, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_E_CONFIG);
    is_str(g.err.text, "Nova's newest microversion is 2.42; vmha needs 2.53");
    ok(!g.was_sent);
    is_int(peer_count(b.peer, "GET " API "/os-services"), 0);
}

static void
test_unversioned_endpoint(void)
{
    CLEANUP_BOTH struct both b = both_new(NULL);
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, "GET " API "/ ", 200, "",
              "{\"versions\":[{\"id\":\"v2.1\",\"version\":\"2.93\"}]}");
    peer_json(b.peer, "POST " API "/v2.1/servers/" U1 "/action ", 200, "", "");
    warm_up(&b);
    nova_evacuate(b.nova, U1, NULL, false, on_done, &g);
    wait_for(&g);
    is_int(g.status, 200);
}

static void
test_406_asks_the_version_again(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    peer_json_once(b.peer, "POST", 406, "",
                   "{\"computeFault\":{\"message\":\"too new\"}}");
    peer_json(b.peer, "POST", 200, "", "");
    warm_up(&b);
    nova_evacuate(b.nova, U1, NULL, false, on_done, &g);
    wait_for(&g);
    is_int(g.status, 406);
    is_int(g.err.kind, VMHA_E_REFUSED);
    warm_up(&b);
    nova_evacuate(b.nova, U1, NULL, false, on_done, &h);
    wait_for(&h);
    is_int(h.status, 200);
    is_int(peer_count(b.peer, "GET " API "/ "), 2);
}

/* --- services ------------------------------------------------------------- */

static void
test_service_find(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, SVCS, 200, "",
              "{\"services\":[" SERVICE(DOWN_DISABLED) "]}");
    nova_service_find(b.nova, "cmp1", on_service, &g);
    wait_for(&g);
    is_int(g.n, 1);
    is_str(g.ids, "1111");
}

static void
test_host_is_encoded(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, "GET", 200, "", "{\"services\":[]}");
    nova_service_find(b.nova, "a b&c=%", on_service, &g);
    wait_for(&g);
    has_str(last(&b), "&host=a%20b%26c%3D%25 ");
}

static void
test_force_down(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, "PUT " API "/os-services/" U1 " ", 200, "",
              "{\"service\":" SERVICE(DOWN_DISABLED) "}");
    warm_up(&b);
    nova_service_force_down(b.nova, U1, "why", on_done, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    has_str(last(&b), "compute 2.53\r\n");
    has_str(last(&b), "{\"forced_down\":true,\"status\":\"disabled\","
                      "\"disabled_reason\":\"why\"}");
}

static void
test_force_down_is_verified(void)
{
    static const char *const answers[] = {
        "{\"service\":" SERVICE("\"status\":\"disabled\","
                                "\"forced_down\":false") "}",
        "{\"service\":" SERVICE("\"status\":\"enabled\","
                                "\"forced_down\":true") "}",
        "{}",
    };

    for (size_t i = 0; i < N_ELEMENTS(answers); i++) {
        CLEANUP_BOTH struct both b = both_new("2.93");
        CLEANUP_GOT struct got g = { 0 };

        peer_json(b.peer, "PUT", 200, "", answers[i]);
        warm_up(&b);
        nova_service_force_down(b.nova, U1, "why", on_done, &g);
        wait_for(&g);
        is_int(g.err.kind, VMHA_E_INPUT);
    }
}

/* --- actions -------------------------------------------------------------- */

static void
test_evacuate(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, "POST " API "/servers/" U1 "/action ", 200,
              "X-Compute-Request-Id: req-7\r\n", "");
    warm_up(&b);
    nova_evacuate(b.nova, U1, NULL, false, on_done, &g);
    wait_for(&g);
    is_int(g.status, 200);
    ok(g.was_sent);
    is_int(g.err.kind, VMHA_OK);
    is_str(g.request_id, "req-7");
    has_str(last(&b), "\r\n\r\n{\"evacuate\":{}}");
}

static void
test_refusals_of_evacuate(void)
{
    static const struct {
        int status;
        const char *body, *detail;
        enum vmha_kind kind;
    } table[] = {
        { 400,
          "{\"badRequest\":{\"code\":400,\"message\":\"Compute service of cmp1 "
          "is still in use.\"}}",
          "Compute service of cmp1 is still in use.", VMHA_E_REFUSED },
        { 409, "{\"conflictingRequest\":{\"message\":\"vm_state\"}}",
          "vm_state", VMHA_E_REFUSED },
        { 403, "{\"forbidden\":{\"message\":\"policy\"}}", "policy",
          VMHA_E_PERMISSION },
        { 404, "{\"itemNotFound\":{\"message\":\"gone\"}}", "gone",
          VMHA_E_ABSENT },
        { 503, "<html>busy</html>", "", VMHA_E_UNKNOWN },
        { 500, "{\"computeFault\":{\"message\":\"oops\"}}", "oops",
          VMHA_E_UNKNOWN },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_BOTH struct both b = both_new("2.93");
        CLEANUP_GOT struct got g = { 0 };

        peer_json(b.peer, "POST " API, table[i].status, "", table[i].body);
        warm_up(&b);
        nova_evacuate(b.nova, U1, NULL, false, on_done, &g);
        wait_for(&g);
        is_int(g.status, table[i].status);
        is_str(g.detail, table[i].detail);
        is_int(g.err.kind, table[i].kind);
        ok(g.was_sent);
        is_int(peer_count(b.peer, "POST " API), 1);
    }
}

static void
test_cut_evacuate_is_unknown(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 };

    peer_rule(b.peer, &(struct peer_rule){ .match = "POST " API,
                                           .bytes = "HTTP/1.1 200 OK\r\n",
                                           .end = PEER_CLOSE });
    warm_up(&b);
    nova_evacuate(b.nova, U1, NULL, false, on_done, &g);
    wait_for(&g);
    is_int(g.status, 0);
    ok(g.was_sent);
    is_int(g.err.kind, VMHA_E_UNKNOWN);
}

/* Their proof may be gone by the time that a token is there. */
static void
test_now_or_never(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 }, k = { 0 };

    peer_json(b.peer, "POST " API, 401, "", "{}");
    nova_evacuate(b.nova, U1, NULL, false, on_done, &g);
    wait_for(&g);
    nova_service_force_down(b.nova, U1, "why", on_done, &h);
    wait_for(&h);
    is_int(peer_count(b.peer, "POST " API) + peer_count(b.peer, "PUT"), 0);
    warm_up(&b);
    nova_evacuate(b.nova, U1, NULL, false, on_done, &k);
    wait_for(&k);
    is_int(peer_count(b.peer, "POST " API), 1);
    for (const struct got *r = &g; r; r = r == &g ? &h : r == &h ? &k : NULL) {
        is_int(r->status, 0);
        ok(!r->was_sent);
        is_int(r->err.kind, VMHA_E_AGAIN);
    }
}

/* Nor when a connection is. */
static void
test_recall(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 }, k = { 0 };

    peer_rule(b.peer, &(struct peer_rule){ .match = "POST " API,
                                           .bytes = "",
                                           .end = PEER_HANG });
    warm_up(&b);
    nova_evacuate(b.nova, U1, NULL, false, on_done, &g);
    ok(peer_wait_count(b.peer, "POST " API, 1, 10000));
    peer_jam(b.peer);
    nova_evacuate(b.nova, U2, NULL, false, on_done, &h);
    nova_servers_on_host(b.nova, "cmp1", on_servers, &k);
    peer_linger(50);
    nova_recall(b.nova, &g);
    nova_recall(b.nova, &h);
    nova_recall(b.nova, &k);
    ok(!h.is_done);
    wait_for(&h);
    ok(!h.was_sent);
    is_int(h.status, 0);
    is_int(h.err.kind, VMHA_E_AGAIN);
    peer_linger(50);
    is_int(h.times, 1);
    is_int(g.times + k.times, 0);
}

/* What allows them is good now: these go at once, or not at all. */
static void
test_state_changes(void)
{
    static const struct {
        void (*call)(struct nova *n, const char *id, nova_done_fn *fn,
                     void *arg);
        const char *body;
    } table[] = {
        { nova_reset_state,
          "\r\n\r\n{\"os-resetState\":{\"state\":\"error\"}}" },
        { nova_confirm_resize, "\r\n\r\n{\"confirmResize\":null}" },
        { nova_stop, "\r\n\r\n{\"os-stop\":null}" },
        { nova_start, "\r\n\r\n{\"os-start\":null}" },
        { nova_reboot, "\r\n\r\n{\"reboot\":{\"type\":\"HARD\"}}" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_BOTH struct both b = both_new("2.93");
        CLEANUP_GOT struct got g = { 0 }, h = { 0 };

        table[i].call(b.nova, U1, on_done, &g);
        wait_for(&g);
        is_int(g.err.kind, VMHA_E_AGAIN);
        ok(!g.was_sent);
        warm_up(&b);
        peer_json(b.peer, "POST " API "/servers/" U1 "/action ", 202, "", "");
        table[i].call(b.nova, U1, on_done, &h);
        wait_for(&h);
        is_int(h.status, 202);
        has_str(last(&b), table[i].body);
    }
}

static void
on_actions(const struct nova_result *r, const struct nova_action *a, size_t n,
           void *arg)
{
    struct got *g = arg;

    on_done(r, g);
    g->n = n;
    if (n != 3)
        return;
    xstrset(&g->first, a[0].name);
    ok(a[0].has_failed && !a[1].has_failed);
    is_int(a[0].started_ms, INT64_C(1795419841500));
    is_int(a[1].started_ms, 0);
    ok(!a[0].user && !a[1].user);
    is_str(a[2].user, "u7");
}

static void
test_actions(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    peer_json(b.peer, "GET " API "/servers/" U1 "/os-instance-actions ", 200,
              "",
              "{\"instanceActions\":[{\"action\":\"start\",\"message\":"
              "\"Error\",\"start_time\":\"2026-11-23T07:44:01.500000\"},"
              "{\"action\":\"stop\",\"message\":null,\"user_id\":null},"
              "{\"action\":\"create\",\"user_id\":\"u7\"}]}");
    nova_instance_actions(b.nova, U1, on_actions, &g);
    wait_for(&g);
    is_int(g.err.kind, VMHA_OK);
    is_int(g.n, 3);
    is_str(g.first, "start");
    peer_json(b.peer, "GET " API "/servers/" U2 "/os-instance-actions ", 200,
              "", "{\"instanceActions\":[{\"action\":7}]}");
    nova_instance_actions(b.nova, U2, on_actions, &h);
    wait_for(&h);
    is_int(h.err.kind, VMHA_E_INPUT);
    is_int(h.n, 0);
}

/* --- ends ----------------------------------------------------------------- */

static void
test_free_ends_calls(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    peer_rule(b.peer, &(struct peer_rule){ .match = "GET " API "/servers",
                                           .bytes = "",
                                           .end = PEER_HANG });
    nova_servers_on_host(b.nova, "cmp1", on_servers, &g);
    ok(peer_wait_count(b.peer, LIST, 1, 5000));
    nova_warm_up(b.nova, on_done, &h);
    nova_free(b.nova);
    b.nova = nova_new(b.cloud);
    peer_linger(50);
    is_int(g.times + h.times, 0);
}

static void
test_no_keystone_fails_all(void)
{
    CLEANUP_BOTH struct both b = both_new("2.93");
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    peer_forget_rules(b.peer);
    peer_json(b.peer, PEER_AUTH, 503, "", "");
    nova_evacuate(b.nova, U1, NULL, false, on_done, &g);
    nova_server_get(b.nova, U1, on_servers, &h);
    wait_for(&g);
    ok(peer_wait(&h.is_done, 10000));
    is_int(g.err.kind, VMHA_E_AGAIN);
    is_int(h.err.kind, VMHA_E_AGAIN);
    ok(!g.was_sent);
}

TAP_MAIN({ "warm up", test_warm_up },
         { "versions are capped per call", test_version_is_capped_per_call },
         { "a cloud that is too old", test_old_cloud },
         { "an endpoint without version", test_unversioned_endpoint },
         { "a 406 asks the version again", test_406_asks_the_version_again },
         { "a service", test_service_find },
         { "a host's name is encoded", test_host_is_encoded },
         { "force down and disable in one PUT", test_force_down },
         { "force down is verified", test_force_down_is_verified },
         { "evacuate", test_evacuate },
         { "a call that has not left is taken back", test_recall },
         { "refusals of evacuate", test_refusals_of_evacuate },
         { "a cut evacuate is unknown", test_cut_evacuate_is_unknown },
         { "evacuate and force down go now or never", test_now_or_never },
         { "changes of state", test_state_changes },
         { "actions", test_actions },
         { "free ends calls", test_free_ends_calls },
         { "no Keystone fails all calls", test_no_keystone_fails_all })

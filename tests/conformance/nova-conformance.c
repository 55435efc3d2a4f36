/* Does a Nova answer as lib/openstack and the recovery rules (N..) believe?
 *
 *     nova-conformance CLOUDS_YAML CLOUD HOST HOOK
 *
 * The same questions go to vmha-novasim and to a real cloud.  HOST has five
 * servers or more, at least one of them stopped, and no evacuation records;
 * one is alone in the only server group, apart (anti-affinity); all boot from
 * an image, have the metadata vmha:priority=high, the tag canary and a flavor
 * with the extra spec hw:cpu_policy=shared; its nova-compute is up, and another
 * host has room.  Afterwards HOST is empty, forced down and disabled.
 *
 * CLOUDS_YAML has CLOUD with a password, and CLOUD-appcred with an application
 * credential.  HOOK is a program: "HOOK aggregate HOST" makes the first host
 * aggregate, without a member, "HOOK dead HOST" cuts HOST's power (guests and
 * nova-compute end), "HOOK reboot HOST" does so, too, and starts nova-compute
 * again, to compare its servers with their guests at once, "HOOK revoke"
 * revokes all tokens and may change the password, also in CLOUDS_YAML.
 */
#include <stdlib.h>

#include "../unit/tap.h"
#include "ask.h"
#include "cleanup.h"
#include "clock.h"
#include "hosts.h"
#include "nova.h"
#include "parking.h"
#include "returns.h"
#include "sign-in.h"
#include "xalloc.h"

enum {
    LIFE_MS = 600000, /* of all evacuations */
    POLL_MS = 200,
    MAX_VMS = 100,
};

#define NOBODY "00000000-0000-4000-8000-000000000000"
#define REASON "vmha conformance <\"&> 0123456789"

static const char *arg_yaml, *arg_cloud, *arg_host, *arg_hook;

static struct cloud *cloud;
static struct nova *nova;

/* A server of HOST and what became of it. */
struct vm {
    char *id, *vm_state;
    char *place; /* the host on which it has arrived, or NULL */
    int stage;   /* of its record: index into stages */
};

static struct vm vms[MAX_VMS];
static size_t n_vms;
static int64_t first_created_ms, last_updated_ms;

/* --- who we are ----------------------------------------------------------- */

static void
test_password(void)
{
    struct vmha_error err = { 0 };

    cloud = cloud_new(arg_yaml, arg_cloud, &err);
    ok_msg(cloud != NULL, "%s", err.text);
    if (!cloud)
        exit(1);
    nova = nova_new(cloud);
    sign_in(cloud);
    succeeded();
    ok(cloud_endpoint(cloud, "compute") != NULL);
}

/* --- what there is -------------------------------------------------------- */

static char *service_id;

static void
on_service(const struct nova_result *r, const struct nova_service *s, void *arg)
{
    struct nova_service *copy = arg;

    take(r, s != NULL);
    if (!s)
        return;
    *copy = *s;
    copy->disabled_reason =
        s->disabled_reason ? xstrdup(s->disabled_reason) : NULL;
    xstrset(&service_id, s->id);
    is_str(s->host, arg_host);
    ok(s->updated_ms > 0);
}

static void
test_service(void)
{
    struct nova_service s = { 0 };

    nova_service_find(nova, arg_host, on_service, &s);
    wait_answer();
    succeeded();
    is_int(got.n, 1);
    ok(s.is_up);
    ok(!s.is_disabled);
    ok(!s.is_forced_down);
    is_str(s.disabled_reason, NULL);
    free(s.disabled_reason);
}

static void
test_unknown_host(void)
{
    struct nova_service s = { 0 };

    nova_service_find(nova, "no-such-host", on_service, &s);
    wait_answer();
    succeeded();
    is_int(got.n, 0);
}

/* What an administrator's rules look at (lib/policy/select.h). */
static void
check_marks(const struct nova_server *s)
{
    ok(s->project && strlen(s->project) == 32);
    ok(s->zone && s->zone[0]);
    ok(s->flavor && s->flavor[0]);
    ok(s->image && strlen(s->image) == 36);
    is_str(pairs_find(&s->metadata, "vmha:priority"), "high");
    is_str(pairs_find(&s->extra_specs, "hw:cpu_policy"), "shared");
    is_int(s->tags.n, 1);
    is_str(s->tags.n ? s->tags.items[0].value : NULL, "canary");
}

static void
on_inventory(const struct nova_result *r, const struct nova_server *s, size_t n,
             void *arg)
{
    (void) arg;
    take(r, n);
    for (size_t i = 0; i < n && n_vms < MAX_VMS; i++) {
        vms[n_vms].id = xstrdup(s[i].id);
        vms[n_vms++].vm_state = xstrdup(s[i].vm_state);
        is_str(s[i].host, arg_host);
        is_str(s[i].task_state, NULL);
        ok(s[i].was_launched);
        ok(s[i].ram_mb > 0);
        check_marks(&s[i]);
        is_int(s[i].power_state, strcmp(s[i].vm_state, "active") == 0 ? 1 : 4);
    }
}

static const struct vm *
find_in(const char *vm_state)
{
    for (size_t i = 0; i < n_vms; i++)
        if (strcmp(vms[i].vm_state, vm_state) == 0)
            return &vms[i];
    ok_msg(false, "none of them is %s", vm_state);
    exit(1);
}

static void
test_servers(void)
{
    nova_servers_on_host(nova, arg_host, on_inventory, NULL);
    wait_answer();
    succeeded();
    ok_msg(n_vms >= 5, "%s has %zu servers", arg_host, n_vms);
}

static void
on_server(const struct nova_result *r, const struct nova_server *s, size_t n,
          void *arg)
{
    const struct vm *vm = arg;

    take(r, n);
    if (n != 1 || !vm)
        return;
    is_str(s->id, vm->id);
    is_str(s->vm_state, vm->vm_state);
    is_str(s->host, arg_host);
}

static void
test_each_server(void)
{
    for (size_t i = 0; i < n_vms; i++) {
        nova_server_get(nova, vms[i].id, on_server, &vms[i]);
        wait_answer();
        succeeded();
        is_int(got.n, 1);
    }
}

static void
test_no_server(void)
{
    nova_server_get(nova, NOBODY, on_server, NULL);
    wait_answer();
    succeeded();
    is_int(got.n, 0);
    is_int(got.status, 404);
}

static void
test_no_servers_on_unknown_host(void)
{
    nova_servers_on_host(nova, "no-such-host", on_server, NULL);
    wait_answer();
    succeeded();
    is_int(got.n, 0);
}

/* --- what is refused ------------------------------------------------------ */

static void
test_evacuate_while_up(void) /* N7 */
{
    nova_evacuate(nova, vms[0].id, NULL, false, on_done, NULL);
    wait_answer();
    refused(400, VMHA_E_REFUSED, "still in use");
}

static void
test_evacuate_nobody(void)
{
    nova_evacuate(nova, NOBODY, NULL, false, on_done, NULL);
    wait_answer();
    refused(404, VMHA_E_ABSENT, "could not be found");
}

static void
test_stop_of_stopped(void)
{
    nova_stop(nova, find_in("stopped")->id, on_done, NULL);
    wait_answer();
    refused(409, VMHA_E_REFUSED, "Cannot 'stop' instance");
}

static void
test_no_change_of_state(void) /* N10, N11 */
{
    nova_confirm_resize(nova, find_in("active")->id, on_done, NULL);
    wait_answer();
    refused(409, VMHA_E_REFUSED, "vm_state");
    nova_reset_state(nova, NOBODY, on_done, NULL);
    wait_answer();
    refused(404, VMHA_E_ABSENT, "could not be found");
}

/* Where no state tells whether a VM was stopped, its actions do. */
static void
test_actions(void)
{
    for (size_t i = 0; i < n_vms; i++)
        parking_check_actions(nova, vms[i].id, vms[i].vm_state);
}

static void
test_force_down_nobody(void)
{
    nova_service_force_down(nova, NOBODY, "x", on_done, NULL);
    wait_answer();
    refused(404, VMHA_E_ABSENT, "could not be found");
}

/* --- records -------------------------------------------------------------- */

static const char *const stages[] = { "", "accepted", "pre-migrating", "done",
                                      "completed" };
enum { PRE_MIGRATING = 2, DONE = 3 };

static int
stage_of(const char *status)
{
    for (int i = 1; i < (int) N_ELEMENTS(stages); i++)
        if (strcmp(stages[i], status) == 0)
            return i;
    ok_msg(false, "a record is '%s'", status);
    return -1;
}

static struct vm *
find_vm(const char *id)
{
    for (size_t i = 0; i < n_vms; i++)
        if (strcmp(vms[i].id, id) == 0)
            return &vms[i];
    return NULL;
}

static void
check_record(const struct nova_migration *m)
{
    struct vm *vm = find_vm(m->instance);
    int stage = stage_of(m->status);

    is_str(m->source, arg_host);
    ok(vm != NULL);
    if (!vm)
        return;
    ok_msg(stage >= vm->stage, "%s went from %s to %s", vm->id,
           stages[vm->stage], m->status);
    vm->stage = stage;
    if (stage >= PRE_MIGRATING)
        ok(m->dest && strcmp(m->dest, arg_host) != 0);
    if (!first_created_ms || m->created_ms < first_created_ms)
        first_created_ms = m->created_ms;
    if (m->updated_ms > last_updated_ms)
        last_updated_ms = m->updated_ms;
}

static void
on_records(const struct nova_result *r, const struct nova_migration *m,
           size_t n, void *arg)
{
    (void) arg;
    take(r, n);
    for (size_t i = 0; i < n; i++) {
        check_record(&m[i]);
        ok(i == 0 || m[i - 1].created_ms >= m[i].created_ms);
    }
}

static void
ask_records(int64_t since_ms)
{
    nova_evacuations(nova, arg_host, since_ms, on_records, NULL);
    wait_answer();
    succeeded();
}

static void
test_no_records(void)
{
    ask_records(0);
    is_int(got.n, 0);
}

/* Evacuations are none (N13). */
static void
test_no_live_migrations(void)
{
    nova_live_migrations(nova, arg_host, on_records, NULL);
    wait_answer();
    succeeded();
    is_int(got.n, 0);
}

/* --- the host dies -------------------------------------------------------- */

static void
test_force_down(void) /* N3 */
{
    struct nova_service s = { 0 };

    is_int(run_hook(arg_hook, "dead", arg_host), 0);
    nova_service_force_down(nova, service_id, REASON, on_done, NULL);
    wait_answer();
    succeeded();
    nova_service_find(nova, arg_host, on_service, &s);
    wait_answer();
    succeeded();
    ok(s.is_forced_down);
    ok(s.is_disabled);
    ok(!s.is_up);
    is_str(s.disabled_reason, REASON);
    free(s.disabled_reason);
}

static void
on_reset(const struct nova_result *r, const struct nova_server *s, size_t n,
         void *arg)
{
    (void) arg;
    take(r, n);
    if (n != 1)
        return;
    is_str(s->vm_state, "error");
    is_str(s->task_state, NULL);
    is_str(s->host, arg_host);
    is_int(s->power_state, 1); /* as it was */
}

/* Done when it is answered (N10). */
static void
test_reset(void)
{
    nova_reset_state(nova, find_in("active")->id, on_done, NULL);
    wait_answer();
    succeeded();
    is_int(got.status, 202);
    nova_server_get(nova, find_in("active")->id, on_reset, NULL);
    wait_answer();
    succeeded();
    is_int(got.n, 1);
}

static void
test_evacuate_all(void)
{
    nova_evacuate(nova, vms[0].id, "no-such-host", false, on_done, NULL);
    wait_answer();
    refused(404, VMHA_E_ABSENT, "no-such-host"); /* N21 */
    for (size_t i = 0; i < n_vms; i++) {
        nova_evacuate(nova, vms[i].id, i ? NULL : hosts_other,
                      nova_can_park(nova), on_done, NULL);
        wait_answer();
        succeeded();
        is_int(got.status, 200);
        ok(strncmp(got.request_id, "req-", 4) == 0);
    }
}

/* Also those that no one has touched yet show up among the changed ones. */
static void
test_new_records_are_changes(void)
{
    ask_records(clock_wall_ms() - 3600 * 1000);
    is_int(got.n, n_vms);
}

static bool
all_done(void)
{
    for (size_t i = 0; i < n_vms; i++)
        if (vms[i].stage < DONE)
            return false;
    return true;
}

static void
test_life_of_records(void) /* N26 */
{
    static const bool never = false;
    int64_t deadline = clock_mono_ms() + LIFE_MS;
    int64_t since_ms = 0;

    while (!all_done() && clock_mono_ms() < deadline && !tap_failures) {
        ask_records(since_ms);
        since_ms = last_updated_ms;
        run_until(&never, POLL_MS);
    }
    ok(all_done());
}

static void
on_moved(const struct nova_result *r, const struct nova_server *s, size_t n,
         void *arg)
{
    struct vm *vm = arg;

    take(r, n);
    if (n != 1)
        return;
    ok(s->host && strcmp(s->host, arg_host) != 0);
    xstrset(&vm->place, s->host);
    if (vm == vms) /* it was sent there */
        is_str(s->host, hosts_other);
    is_str(s->vm_state,
           parking_state(nova, vm->vm_state, vm == find_in("active")));
}

static void
test_hosts_changed(void)
{
    for (size_t i = 0; i < n_vms; i++) {
        nova_server_get(nova, vms[i].id, on_moved, &vms[i]);
        wait_answer();
        succeeded();
        is_int(got.n, 1);
    }
}

static void
test_parked(void)
{
    for (size_t i = 0; i < n_vms; i++)
        parking_check(nova, vms[i].id, strcmp(vms[i].vm_state, "stopped") == 0,
                      &vms[i] != find_in("stopped"));
}

static void
test_host_is_empty(void)
{
    nova_servers_on_host(nova, arg_host, on_server, NULL);
    wait_answer();
    succeeded();
    is_int(got.n, 0);
}

static void
test_changes_since(void)
{
    ask_records(first_created_ms);
    is_int(got.n, n_vms);
    ask_records(last_updated_ms + 3600 * 1000);
    is_int(got.n, 0);
}

static void
test_revoked_token(void)
{
    is_int(run_hook(arg_hook, "revoke", NULL), 0);
    ask_records(0);
    is_int(got.n, n_vms);
}

/* N31, N32: nova-compute of HOST starts again later. */
static void
test_force_up(void)
{
    returns_refuse_up(nova, service_id);
    returns_take_up(nova, service_id, arg_host, arg_hook, n_vms);
}

static void
test_guests(void)
{
    for (size_t i = 0; i < n_vms; i++)
        returns_ask_guest(nova, vms[i].id, &vms[i] != find_in("stopped"));
}

static void
test_power_sync(void)
{
    const struct vm *vm = find_in("active"); /* where it is now, it runs */

    if (ok(vm->place) && is_int(run_hook(arg_hook, "reboot", vm->place), 0))
        returns_sync_power(nova, vm->id);
}

static const struct tap_test tests[] = {
    { "a token by password", test_password },
    { "a token by application credential", sign_in_test_app_credential },
    { "a wrong password is a matter of permission",
      sign_in_test_wrong_password },
    { "the service of a host", test_service },
    { "no service of an unknown host", test_unknown_host },
    { "the servers of a host", test_servers },
    { "each server", test_each_server },
    { "no such server", test_no_server },
    { "no servers on an unknown host", test_no_servers_on_unknown_host },
    { "no records before", test_no_records },
    { "no evacuation while the host is up", test_evacuate_while_up },
    { "no evacuation of nobody", test_evacuate_nobody },
    { "no stop of what is stopped", test_stop_of_stopped },
    { "nothing to confirm, nobody to reset", test_no_change_of_state },
    { "actions tell who was stopped", test_actions },
    { "no unknown service is forced down", test_force_down_nobody },
    { "server groups of all projects", hosts_test_groups },
    { "hypervisors and their room", hosts_test_hypervisors },
    { "a service is disabled and enabled", hosts_test_switching },
    { "members of an aggregate", hosts_test_aggregates },
    { "down, disabled and why in one request", test_force_down },
    { "a state is reset at once", test_reset },
    { "evacuations are accepted", test_evacuate_all },
    { "new records are among the changed ones", test_new_records_are_changes },
    { "records live until done", test_life_of_records },
    { "hosts changed, states as they should", test_hosts_changed },
    { "what arrived stopped is started, as its actions tell", test_parked },
    { "the dead host is empty", test_host_is_empty },
    { "records changed since", test_changes_since },
    { "live migrations are told apart", test_no_live_migrations },
    { "a host stays down until it has cleaned up", test_force_up },
    { "a hypervisor tells whether a guest runs", test_guests },
    { "nobody has asked for a stop by nova-compute", test_power_sync },
    { "a revoked token is replaced", test_revoked_token },
};

int
main(int argc, char **argv)
{
    int rc;

    if (argc != 5) {
        fprintf(stderr, "usage: %s CLOUDS_YAML CLOUD HOST HOOK\n", argv[0]);
        return 2;
    }
    arg_yaml = argv[1];
    arg_cloud = argv[2];
    arg_host = argv[3];
    arg_hook = argv[4];
    sign_in_subject = (struct sign_in_subject){ arg_yaml, arg_cloud };
    hosts_subject = (struct hosts_subject){ &nova, arg_host, arg_hook };
    rc = tap_main(tests, N_ELEMENTS(tests));
    nova_free(nova);
    cloud_free(cloud);
    for (size_t i = 0; i < n_vms; i++) {
        free(vms[i].id);
        free(vms[i].vm_state);
        free(vms[i].place);
    }
    free(service_id);
    free(hosts_other);
    answer_clear();
    return rc;
}

/* Conformance of what Nova says of hosts that take the VMs of others. */
#include "hosts.h"

#include <stdlib.h>
#include <string.h>

#include "../unit/tap.h"
#include "ask.h"
#include "cleanup.h"
#include "xalloc.h"

struct hosts_subject hosts_subject;
char *hosts_other;

static void
on_hypervisors(const struct nova_result *r, const struct nova_hypervisor *h,
               size_t n, void *arg)
{
    (void) arg;
    take(r, 0);
    for (size_t i = 0; i < n; i++) {
        got.n += strcmp(h[i].host, hosts_subject.host) == 0;
        ok(h[i].free_ram_mb > 0);
        ok(h[i].is_usable);
        if (strcmp(h[i].host, hosts_subject.host) != 0)
            xstrset(&hosts_other, h[i].host);
    }
}

void
hosts_test_hypervisors(void)
{
    nova_hypervisors(*hosts_subject.nova, on_hypervisors, NULL);
    wait_answer();
    succeeded();
    is_int(got.n, 1);
    ok_msg(hosts_other != NULL, "no other host");
}

/* --- server groups ---------------------------------------------------------
 */

static void
on_groups(const struct nova_result *r, const struct nova_group *g, size_t n,
          void *arg)
{
    (void) arg;
    take(r, n);
    if (n != 1)
        return;
    is_int(strlen(g->id), 36);
    is_str(g->name, "apart");
    is_str(g->policy, "anti-affinity");
    is_int(g->members.n, 1);
    is_str(g->members.items[0].key, NULL);
    is_int(strlen(g->members.items[0].value), 36);
}

void
hosts_test_groups(void)
{
    nova_groups(*hosts_subject.nova, on_groups, NULL);
    wait_answer();
    succeeded();
    is_int(got.n, 1);
}

static char *service_id;

struct want {
    bool is_disabled;
    const char *reason;
};

/* ARG: a struct want. */
static void
on_service(const struct nova_result *r, const struct nova_service *s, void *arg)
{
    const struct want *want = arg;

    take(r, s != NULL);
    if (!s)
        return;
    xstrset(&service_id, s->id);
    ok(s->is_disabled == want->is_disabled);
    ok(s->is_up && !s->is_forced_down);
    is_str(s->disabled_reason, want->reason);
}

static void
check_service(bool is_disabled, const char *reason)
{
    struct want want = { is_disabled, reason };

    nova_service_find(*hosts_subject.nova, hosts_subject.host, on_service,
                      &want);
    wait_answer();
    succeeded();
    is_int(got.n, 1);
}

void
hosts_test_switching(void)
{
    static const char *const reasons[] = { "kept free <\"&>", "kept free <\"&>",
                                           NULL, NULL };

    check_service(false, NULL);
    for (size_t i = 0; i < N_ELEMENTS(reasons); i++) { /* it may be repeated */
        nova_service_disable(*hosts_subject.nova, service_id, reasons[i],
                             on_done, NULL);
        wait_answer();
        succeeded();
        check_service(true, reasons[i]);
    }
    for (int i = 0; i < 2; i++) {
        nova_service_enable(*hosts_subject.nova, service_id, on_done, NULL);
        wait_answer();
        succeeded();
        check_service(false, NULL);
    }
    free(service_id);
}

static int64_t aggregate;

/* got.n: how many members the first one has; -1 where there is none. */
static void
on_aggregates(const struct nova_result *r, const struct nova_aggregate *a,
              size_t n, void *arg)
{
    (void) arg;
    take(r, n ? a[0].n_hosts : SIZE_MAX);
    if (!n)
        return;
    aggregate = a[0].id;
    for (size_t i = 0; i < a[0].n_hosts; i++)
        is_str(a[0].hosts[i], hosts_subject.host);
}

static void
check_members(size_t n)
{
    nova_aggregates(*hosts_subject.nova, on_aggregates, NULL);
    wait_answer();
    succeeded();
    is_int(got.n, n);
}

static void
change_member(bool is_member)
{
    nova_aggregate_change(*hosts_subject.nova, aggregate, hosts_subject.host,
                          is_member, on_done, NULL);
    wait_answer();
}

void
hosts_test_aggregates(void)
{
    check_members(SIZE_MAX);
    is_int(run_hook(hosts_subject.hook, "aggregate", hosts_subject.host), 0);
    check_members(0);
    change_member(true);
    succeeded();
    check_members(1);
    change_member(true);
    refused(409, VMHA_E_REFUSED, "already has host");
    change_member(false);
    succeeded();
    check_members(0);
    change_member(false);
    refused(404, VMHA_E_ABSENT, "Cannot remove host");
}

/* Questions to a VM, by libvirt. */
#include "virtask.h"

#include <stdlib.h>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "cleanup.h"
#include "virterr.h"
#include "xalloc.h"

enum { AGENT_COMMAND_TIMEOUT = 112 }; /* of libvirt 9.8 and later */

struct virtask {
    virConnectPtr conn;
};

static void
domain_freep(virDomainPtr *dom)
{
    if (*dom)
        (void) virDomainFree(*dom);
}
#define DOMAIN CLEANUP(domain_freep) virDomainPtr

struct virtask *
virtask_open(const char *uri, struct vmha_error *err)
{
    virConnectPtr conn;
    struct virtask *t;

    virterr_keep_quiet();
    conn = virConnectOpen(uri);
    if (!conn) {
        virterr_fail(err, VMHA_E_AGAIN, "connecting");
        return NULL;
    }
    t = xcalloc(1, sizeof *t);
    t->conn = conn;
    return t;
}

void
virtask_close(struct virtask *t)
{
    if (!t)
        return;
    (void) virConnectClose(t->conn);
    free(t);
}

bool
virtask_is_alive(struct virtask *t)
{
    return virConnectIsAlive(t->conn) == 1;
}

static virDomainPtr
find(struct virtask *t, const char *uuid, struct vmha_error *err)
{
    virDomainPtr dom = virDomainLookupByUUIDString(t->conn, uuid);

    if (!dom)
        virterr_fail(err, VMHA_E_ABSENT, "looking for it");
    return dom;
}

int
virtask_host(struct virtask *t, struct vmha_error *err)
{
    if (virConnectNumOfDomains(t->conn) == -1)
        return virterr_fail(err, VMHA_E_AGAIN, "counting domains");
    return 0;
}

int
virtask_agent(struct virtask *t, const char *uuid, unsigned timeout_s,
              struct vmha_error *err)
{
    static const char ping[] = "{\"execute\":\"guest-ping\"}";
    DOMAIN dom = find(t, uuid, err);
    CLEANUP_FREE char *answer = NULL;

    if (!dom)
        return -1;
    answer = virDomainQemuAgentCommand(dom, ping, (int) timeout_s, 0);
    if (answer) /* libvirt has checked its form */
        return 0;
    switch (virterr_code()) {
    case VIR_ERR_AGENT_UNRESPONSIVE:
    case AGENT_COMMAND_TIMEOUT:
        return virterr_fail(err, VMHA_E_AGAIN, "guest-ping");
    default: return virterr_fail(err, VMHA_E_ABSENT, "guest-ping");
    }
}

int
virtask_control(struct virtask *t, const char *uuid, uint64_t *ret_busy_ms,
                struct vmha_error *err)
{
    DOMAIN dom = find(t, uuid, err);
    virDomainControlInfo info;

    if (!dom)
        return -1;
    if (virDomainGetControlInfo(dom, &info, 0) == -1)
        return virterr_fail(err, VMHA_E_ABSENT, "control info");
    if (info.state == VIR_DOMAIN_CONTROL_ERROR)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "libvirt has lost its monitor");
    /* VIR_DOMAIN_CONTROL_JOB is work of libvirt's own, however long. */
    *ret_busy_ms =
        info.state == VIR_DOMAIN_CONTROL_OCCUPIED ? info.stateTime : 0;
    return 0;
}

/* The cheapest question that needs no disk or NIC, has no side effect, and that
 * QEMU itself answers (query-migrate-parameters).
 */
int
virtask_monitor(struct virtask *t, const char *uuid, struct vmha_error *err)
{
    DOMAIN dom = find(t, uuid, err);
    unsigned long long downtime;

    if (!dom)
        return -1;
    if (virDomainMigrateGetMaxDowntime(dom, &downtime, 0) == -1)
        return virterr_fail(err, VMHA_E_ABSENT, "asking QEMU");
    return 0;
}

int
virtask_has_guest(struct virtask *t, const char *uuid, struct vmha_error *err)
{
    DOMAIN dom = find(t, uuid, err);
    int is_active = dom ? virDomainIsActive(dom) : -1;

    if (is_active != -1)
        return is_active;
    return virterr_code() == VIR_ERR_NO_DOMAIN
               ? 0
               : virterr_fail(err, VMHA_E_AGAIN, "looking for it");
}

/* The connection to libvirt on the GLib loop. */
#include "virtlink.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt-glib/libvirt-glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "cleanup.h"
#include "names.h"
#include "timer.h"
#include "virterr.h"
#include "xalloc.h"

enum { EVENTS_MAX = 8 };

struct virtlink {
    virConnectPtr conn; /* NULL: not connected */
    const struct virtlink_calls *calls;
    void *arg;
    int events[EVENTS_MAX];
    size_t n_events;
    struct timer *loss; /* what was lost is closed outside of its callbacks */
    char *loss_why;
};

void
virtlink_use_loop(void)
{
    virterr_keep_quiet();
    gvir_event_register();
}

/* --- domains -------------------------------------------------------------- */

static int
read_facts(virDomainPtr dom, struct domain_facts *ret_facts)
{
    CLEANUP_FREE char *xml = virDomainGetXMLDesc(dom, 0);
    struct vmha_error unused; /* gone meanwhile, or not to be understood */

    return xml ? domain_xml_parse(xml, strlen(xml), ret_facts, &unused) : -1;
}

/* Is it Nova's?  Reads it where it is unknown, or MAY_BE_NEW. */
static bool
admit(struct virtlink *l, virDomainPtr dom, const char *uuid, bool may_be_new)
{
    bool is_known = l->calls->knows(uuid, l->arg);
    struct domain_facts f;

    if (is_known && !may_be_new)
        return true;
    if (read_facts(dom, &f) == -1)
        return is_known;
    if (f.is_nova)
        l->calls->domain(uuid, &f, l->arg);
    return f.is_nova;
}

static void
tell(struct virtlink *l, virDomainPtr dom, const char *event, bool may_be_new)
{
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (*event && virDomainGetUUIDString(dom, uuid) == 0 &&
        admit(l, dom, uuid, may_be_new))
        l->calls->event(uuid, event, l->arg);
}

/* --- events --------------------------------------------------------------- */

static int
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int type, int detail,
             void *arg)
{
    struct virtlink *l = arg;

    (void) conn;
    tell(l, dom, names_lifecycle(type, detail),
         type == VIR_DOMAIN_EVENT_STARTED || type == VIR_DOMAIN_EVENT_DEFINED);
    if (type == VIR_DOMAIN_EVENT_STOPPED && virDomainIsPersistent(dom) != 1 &&
        virConnectIsAlive(l->conn) == 1)
        tell(l, dom, "missing", false);
    return 0;
}

static void
on_reboot(virConnectPtr conn, virDomainPtr dom, void *arg)
{
    (void) conn;
    tell(arg, dom, "reboot", false);
}

static void
on_watchdog(virConnectPtr conn, virDomainPtr dom, int action, void *arg)
{
    (void) conn;
    tell(arg, dom, names_watchdog(action), false);
}

static void
on_io_error(virConnectPtr conn, virDomainPtr dom, const char *path,
            const char *device, int action, const char *reason, void *arg)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    struct virtlink *l = arg;

    (void) conn, (void) path;
    if (virDomainGetUUIDString(dom, uuid) == 0 && admit(l, dom, uuid, false))
        l->calls->disk(uuid, device, reason, l->arg);
    tell(l, dom, names_io_error(action), false);
}

static void
on_control_error(virConnectPtr conn, virDomainPtr dom, void *arg)
{
    (void) conn;
    tell(arg, dom, "control-error", false);
}

/* The types of events that not every driver has are asked for all the same:
 * the lifecycle alone is indispensable.
 */
static int
subscribe(struct virtlink *l, struct vmha_error *err)
{
    static const struct {
        int id;
        virConnectDomainEventGenericCallback fn;
    } events[] = {
        { VIR_DOMAIN_EVENT_ID_LIFECYCLE,
          VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle) },
        { VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK(on_reboot) },
        { VIR_DOMAIN_EVENT_ID_WATCHDOG,
          VIR_DOMAIN_EVENT_CALLBACK(on_watchdog) },
        { VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON,
          VIR_DOMAIN_EVENT_CALLBACK(on_io_error) },
        { VIR_DOMAIN_EVENT_ID_CONTROL_ERROR,
          VIR_DOMAIN_EVENT_CALLBACK(on_control_error) },
    };

    for (size_t i = 0; i < N_ELEMENTS(events); i++) {
        int id = virConnectDomainEventRegisterAny(l->conn, NULL, events[i].id,
                                                  events[i].fn, l, NULL);

        if (id >= 0)
            l->events[l->n_events++] = id;
        else if (i == 0)
            return virterr_fail(err, VMHA_E_AGAIN, "subscribing to events");
    }
    return 0;
}

/* --- the list ------------------------------------------------------------- */

static int
tell_all(struct virtlink *l, struct vmha_error *err)
{
    virDomainPtr *list;
    int n = virConnectListAllDomains(l->conn, &list, 0);
    int state, reason;
    bool is_lost = false;

    if (n < 0)
        return virterr_fail(err, VMHA_E_AGAIN, "listing the domains");
    l->calls->begin(l->arg);
    for (int i = 0; i < n; i++) {
        is_lost = is_lost || virConnectIsAlive(l->conn) != 1;
        if (!is_lost && virDomainGetState(list[i], &state, &reason, 0) == 0)
            tell(l, list[i], names_state(state, reason), true);
        (void) virDomainFree(list[i]);
    }
    free(list);
    if (is_lost || virConnectIsAlive(l->conn) != 1)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "lost while it was read");
    l->calls->end(l->arg);
    return 0;
}

/* --- life ----------------------------------------------------------------- */

static void
on_loss(void *arg)
{
    struct virtlink *l = arg;
    CLEANUP_FREE char *why = TAKE(l->loss_why);

    virtlink_close(l);
    l->calls->lost(why, l->arg);
}

static void
on_close(virConnectPtr conn, int reason, void *arg)
{
    static const char *const reasons[] = {
        [VIR_CONNECT_CLOSE_REASON_ERROR] = "an error",
        [VIR_CONNECT_CLOSE_REASON_EOF] = "it has ended",
        [VIR_CONNECT_CLOSE_REASON_KEEPALIVE] = "it does not answer",
        [VIR_CONNECT_CLOSE_REASON_CLIENT] = "closed by us",
    };
    struct virtlink *l = arg;
    size_t i = (size_t) reason;

    (void) conn;
    xstrset(&l->loss_why, i < N_ELEMENTS(reasons) ? reasons[i] : "closed");
    timer_arm(&l->loss, 0, on_loss, l);
}

struct virtlink *
virtlink_new(const struct virtlink_calls *calls, void *arg)
{
    struct virtlink *l = xcalloc(1, sizeof *l);

    l->calls = calls;
    l->arg = arg;
    return l;
}

int
virtlink_open(struct virtlink *l, const char *uri, struct vmha_error *err)
{
    virtlink_close(l);
    l->conn = virConnectOpenReadOnly(uri);
    if (!l->conn)
        return virterr_fail(err, VMHA_E_AGAIN, "connecting");
    /* Drivers within this process have no keepalive and cannot be lost. */
    (void) virConnectSetKeepAlive(l->conn, VIRTLINK_ALIVE_S,
                                  VIRTLINK_ALIVE_COUNT);
    (void) virConnectRegisterCloseCallback(l->conn, on_close, l, NULL);
    if (subscribe(l, err) == 0 && tell_all(l, err) == 0)
        return 0;
    virtlink_close(l);
    return -1;
}

void
virtlink_close(struct virtlink *l)
{
    timer_stop(&l->loss);
    xstrset(&l->loss_why, NULL);
    if (!l->conn)
        return;
    (void) virConnectUnregisterCloseCallback(l->conn, on_close);
    while (l->n_events > 0)
        (void) virConnectDomainEventDeregisterAny(l->conn,
                                                  l->events[--l->n_events]);
    (void) virConnectClose(l->conn);
    l->conn = NULL;
}

void
virtlink_free(struct virtlink *l)
{
    if (!l)
        return;
    virtlink_close(l);
    free(l);
}

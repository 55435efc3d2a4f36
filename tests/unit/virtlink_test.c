/* lib/virt on libvirt's own test driver: a host within this process. */
#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>

#include <glib.h>
#include <libvirt/libvirt.h>

#include "buf.h"
#include "cleanup.h"
#include "names.h"
#include "tap.h"
#include "virtlink.h"

static const char URI[] = "test:///default";
static const char UUID[] = "6695eb01-f6a4-8304-79aa-97f2502e193f";
static const char NOVA[] = "http://openstack.org/xmlns/libvirt/nova/1.1";
static const char INSTANCE[] = "<instance><flavor name='m1.tiny'/></instance>";

enum { GROWTH_MAX = 16 * 1024 };

/* What was told since the last look, a blank after each. */
static struct buf told = BUF_INIT(1024 * 1024);
static bool is_known;

static bool
knows(const char *uuid, void *arg)
{
    (void) arg;
    return is_known && strcmp(uuid, UUID) == 0;
}

static void
on_domain(const char *uuid, const struct domain_facts *f, void *arg)
{
    (void) arg;
    is_str(uuid, UUID);
    is_known = true;
    (void) buf_printf(&told, "domain:%s ", f->flavor);
}

static void
on_event(const char *uuid, const char *event, void *arg)
{
    (void) arg;
    is_str(uuid, UUID);
    (void) buf_printf(&told, "%s ", event);
}

static void
on_begin(void *arg)
{
    (void) arg;
    (void) buf_add_str(&told, "( ");
}

static void
on_all_told(void *arg)
{
    (void) arg;
    (void) buf_add_str(&told, ") ");
}

static void
on_lost(const char *why, void *arg)
{
    (void) arg;
    (void) buf_printf(&told, "lost:%s ", why);
}

static const struct virtlink_calls calls = {
    .knows = knows,
    .domain = on_domain,
    .event = on_event, /* its driver has no disks that fail */
    .begin = on_begin,
    .end = on_all_told,
    .lost = on_lost,
};

static gboolean
on_late(gpointer is_late)
{
    *(bool *) is_late = true;
    return G_SOURCE_REMOVE;
}

/* Run the loop until WHAT was told; all that was, since the last look. */
static void
sees(const char *what)
{
    bool is_late = false;
    guint limit = g_timeout_add_seconds(5, on_late, &is_late);

    while (!is_late && !strstr(buf_str(&told), what))
        g_main_context_iteration(NULL, TRUE);
    if (!is_late)
        g_source_remove(limit);
    is_str(buf_str(&told), what);
    buf_clear(&told);
}

struct scene {
    virConnectPtr conn; /* of whoever acts on the domain */
    virDomainPtr dom;
    struct virtlink *link;
};

static void
scene_begin(struct scene *s, bool is_nova)
{
    virtlink_use_loop();
    is_known = false;
    s->conn = virConnectOpen(URI);
    s->dom = virDomainLookupByUUIDString(s->conn, UUID);
    if (is_nova)
        ok(virDomainSetMetadata(s->dom, VIR_DOMAIN_METADATA_ELEMENT, INSTANCE,
                                "nova", NOVA,
                                VIR_DOMAIN_AFFECT_LIVE |
                                    VIR_DOMAIN_AFFECT_CONFIG) == 0);
    s->link = virtlink_new(&calls, NULL);
}

static void
scene_end(struct scene *s)
{
    virtlink_free(s->link);
    (void) virDomainFree(s->dom);
    (void) virConnectClose(s->conn);
    buf_clear(&told);
}

static void
test_lifecycle(void)
{
    struct vmha_error err = { 0 };
    struct scene s;

    scene_begin(&s, true);
    ok_msg(virtlink_open(s.link, URI, &err) == 0, "%s", err.text);
    sees("( domain:m1.tiny is running ) ");
    ok(virDomainSuspend(s.dom) == 0);
    sees("suspended ");
    ok(virDomainResume(s.dom) == 0);
    sees("resumed ");
    ok(virDomainDestroy(s.dom) == 0);
    sees("stopped/destroyed ");
    ok(virDomainCreate(s.dom) == 0);
    sees("domain:m1.tiny started ");
    ok(virDomainCoreDump(s.dom, "/dev/null", VIR_DUMP_CRASH) == 0);
    sees("stopped/crashed ");
    ok(virDomainUndefine(s.dom) == 0);
    sees("undefined ");
    scene_end(&s);
}

/* What happened while nobody was connected is in the list. */
static void
test_reconnect(void)
{
    struct vmha_error err;
    struct scene s;

    scene_begin(&s, true);
    ok(virtlink_open(s.link, URI, &err) == 0);
    sees("( domain:m1.tiny is running ) ");
    virtlink_close(s.link);
    ok(virDomainCoreDump(s.dom, "/dev/null", VIR_DUMP_CRASH) == 0);
    ok(virtlink_open(s.link, URI, &err) == 0);
    sees("( domain:m1.tiny is shutoff/crashed ) ");
    scene_end(&s);
}

static void
test_others(void)
{
    struct vmha_error err;
    struct scene s;

    scene_begin(&s, false);
    ok(virtlink_open(s.link, URI, &err) == 0);
    sees("( ) ");
    ok(virDomainDestroy(s.dom) == 0);
    ok(virDomainSetMetadata(s.dom, VIR_DOMAIN_METADATA_ELEMENT, INSTANCE,
                            "nova", NOVA, VIR_DOMAIN_AFFECT_CONFIG) == 0);
    ok(virDomainCreate(s.dom) == 0);
    /* The event of its end had to be looked at when it was told of it. */
    sees("domain:m1.tiny stopped/destroyed domain:m1.tiny started ");
    scene_end(&s);
}

static void
test_unreachable(void)
{
    struct virtlink *l = virtlink_new(&calls, NULL);
    struct vmha_error err;

    virtlink_use_loop();
    is_int(virtlink_open(l, "test:///no/such/file", &err), -1);
    is_int(err.kind, VMHA_E_AGAIN);
    has_str(err.text, "libvirt: connecting: ");
    virtlink_free(l);
}

/* --- growth --------------------------------------------------------------- */

static unsigned
count_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(dir))
        n++;
    (void) closedir(dir);
    return n;
}

/* Bytes that malloc has handed out: what a leak adds to. */
static size_t
bytes_in_use(void)
{
    return mallinfo2().uordblks;
}

static void
cycle(struct scene *s, unsigned n)
{
    for (unsigned i = 0; i < n && tap_failures == 0; i++) {
        ok(virDomainDestroy(s->dom) == 0);
        sees("stopped/destroyed ");
        ok(virDomainCreate(s->dom) == 0);
        sees("domain:m1.tiny started ");
    }
}

static void
test_growth(void)
{
    const char *is_long = getenv("VMHA_LONG");
    unsigned cycles = is_long && strcmp(is_long, "1") == 0 ? 10000 : 200;
    struct vmha_error err;
    struct scene s;

    scene_begin(&s, true);
    ok(virtlink_open(s.link, URI, &err) == 0);
    sees("( domain:m1.tiny is running ) ");
    cycle(&s, 50);
    unsigned files = count_files();
    size_t bytes = bytes_in_use();
    cycle(&s, cycles);
    is_int(count_files(), files);
    ok_msg(bytes_in_use() < bytes + GROWTH_MAX, "%zu bytes were %zu before",
           bytes_in_use(), bytes);
    scene_end(&s);
}

static void
test_names(void)
{
    is_str(names_lifecycle(VIR_DOMAIN_EVENT_STOPPED,
                           VIR_DOMAIN_EVENT_STOPPED_FAILED),
           "stopped/failed");
    is_str(names_lifecycle(VIR_DOMAIN_EVENT_STOPPED, 99), "stopped");
    is_str(names_lifecycle(99, 0), "");
    is_str(names_state(VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR),
           "is paused/ioerror");
    is_str(names_state(VIR_DOMAIN_PAUSED, 99), "is paused");
    is_str(names_watchdog(VIR_DOMAIN_EVENT_WATCHDOG_POWEROFF),
           "watchdog/poweroff");
    is_str(names_io_error(VIR_DOMAIN_EVENT_IO_ERROR_REPORT), "io-error/report");
}

TAP_MAIN({ "libvirt's numbers have its own words", test_names },
         { "what happens to Nova's domain is told", test_lifecycle },
         { "what happened before a connection is read", test_reconnect },
         { "other domains are none of our business", test_others },
         { "a libvirt that is not there is an error", test_unreachable },
         { "neither files nor memory grow", test_growth })

/* Is this cluster set up as vmha needs it? */
#include "audit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cib-settings.h"
#include "cleanup.h"
#include "cluster-xml.h"
#include "element.h"
#include "scan.h"
#include "topology.h"
#include "xalloc.h"

enum { SECTION_DEPTH = 2, RECHECK_MAX_MS = 60000 };

struct audit {
    const xmlNode *cib, *crm_config, *resources, *defaults;
    audit_fn *fn;
    void *arg;
    unsigned n_recoveries, n_gates, n_watches, n_fences;
};

static void
report(const struct audit *a, enum audit_severity severity, const char *why,
       char *mend, char *what)
{
    a->fn(severity, what, why, mend, a->arg);
    free(mend);
    free(what);
}

/* --- cluster options --------------------------------------------------- */

static bool
is_true(const char *value)
{
    bool is = false;

    return value && scan_bool(value, &is) == 0 && is;
}

static bool
is_false(const char *value)
{
    bool is = true;

    return value && scan_bool(value, &is) == 0 && !is;
}

static bool
is_not_true(const char *value)
{
    return !is_true(value);
}

static bool
is_long(const char *value)
{
    uint64_t ms;

    return !value || scan_duration_ms(value, &ms) == -1 || ms > RECHECK_MAX_MS;
}

static bool
is_ignore(const char *value)
{
    return value && strcmp(value, "ignore") == 0;
}

static const struct {
    const char *name;
    bool (*is_wrong)(const char *value); /* NULL: not set */
    enum audit_severity severity;
    const char *wanted, *why;
} options[] = {
    { "stonith-enabled", is_false, AUDIT_BAD, "true",
      "without fencing nothing proves that a host is dead: nothing is ever "
      "evacuated" },
    { "startup-fencing", is_false, AUDIT_BAD, "true",
      "after a restart of the whole cluster nothing proves that a host which "
      "is not there is off" },
    { "no-quorum-policy", is_ignore, AUDIT_BAD, "stop",
      "a partition without quorum would start resources a second time" },
    { "maintenance-mode", is_true, AUDIT_BAD, "false",
      "Pacemaker fences nothing while it is on" },
    { "concurrent-fencing", is_not_true, AUDIT_NOTE, "true",
      "hosts that fail together are fenced one after the other before "
      "Pacemaker 3.0" },
    { "cluster-recheck-interval", is_long, AUDIT_NOTE, "30s",
      "Pacemaker can lose a failure, and looks again only after this time" },
};

/* The set cib-bootstrap-options wins, as with Pacemaker. */
static const char *
option_of(const struct audit *a, const char *name)
{
    const char *found = NULL;

    FOR_EACH_CHILD(set, a->crm_config) {
        const char *value = NULL;

        FOR_EACH_CHILD(pair, set)
            if (!value && element_attr_is(pair, "name", name))
                value = element_attr(pair, "value");
        if (value && element_attr_is(set, "id", "cib-bootstrap-options"))
            return value;
        found = found ? found : value;
    }
    return found;
}

static void
check_options(const struct audit *a)
{
    for (size_t i = 0; i < N_ELEMENTS(options); i++) {
        const char *name = options[i].name, *value = option_of(a, name);

        if (options[i].is_wrong(value))
            report(a, options[i].severity, options[i].why,
                   xasprintf("pcs property set %s=%s", name, options[i].wanted),
                   xasprintf("cluster option %s is %s", name,
                             value ? value : "not set"));
    }
}

/* --- resources --------------------------------------------------------- */

/* The operation NAME of a resource, recurring where that is asked for. */
static const xmlNode *
operation(const struct resource *rsc, const char *name, bool is_recurring)
{
    FOR_EACH_CHILD(ops, rsc->chain[0]) {
        if (!element_is(ops, "operations"))
            continue;
        FOR_EACH_CHILD(op, ops) {
            const char *interval = element_attr(op, "interval");
            uint64_t ms = 0;

            if (interval)
                (void) scan_duration_ms(interval, &ms);
            if (element_attr_is(op, "name", name) && (ms || !is_recurring))
                return op;
        }
    }
    return NULL;
}

static void
check_remote(const struct audit *a, const struct resource *rsc, const char *id)
{
    const char *reconnect = resource_param(rsc, "reconnect_interval");

    if (!operation(rsc, "monitor", true))
        report(a, AUDIT_BAD,
               "without a recurring monitor the death of the host is not "
               "noticed",
               xasprintf("pcs resource update %s op monitor interval=2s "
                         "timeout=3s",
                         id),
               xasprintf("the connection of %s has no recurring monitor", id));
    if (!reconnect)
        report(a, AUDIT_NOTE,
               "Pacemaker connects to a host that still boots, and fences it "
               "again when that fails",
               xasprintf("pcs resource update %s reconnect_interval=30s", id),
               xasprintf("the connection of %s has no reconnect_interval", id));
}

/* A stop that fails would fence the host that is to be protected. */
static void
check_stop(const struct audit *a, const struct resource *rsc, const char *id)
{
    const xmlNode *stop = operation(rsc, "stop", false);

    if (!stop || !element_attr_is(stop, "on-fail", "block"))
        report(a, AUDIT_BAD,
               "if its stop fails, Pacemaker fences a host whose VMs run well",
               xasprintf("pcs resource update %s op stop timeout=20s "
                         "on-fail=block",
                         id),
               xasprintf("%s stops without on-fail=block", id));
}

static void
check_fence(const struct audit *a, const struct resource *rsc, const char *id)
{
    const char *limit = resource_param(rsc, "pcmk_action_limit");

    if (!resource_param(rsc, "pcmk_host_list"))
        report(a, AUDIT_BAD,
               "Pacemaker does not know for which hosts it may be used",
               xasprintf("pcs stonith update %s pcmk_host_list=\"HOST...\" "
                         "pcmk_host_check=static-list",
                         id),
               xasprintf("%s has no pcmk_host_list", id));
    if (!limit || strcmp(limit, "-1") != 0)
        report(a, AUDIT_NOTE,
               "hosts that fail together wait for each other at this device",
               xasprintf("pcs stonith update %s pcmk_action_limit=-1", id),
               xasprintf("%s has pcmk_action_limit=%s", id,
                         limit ? limit : "1, the default"));
}

static void
check_primitive(const struct resource *rsc, void *arg)
{
    struct audit *a = arg;
    const char *id = element_attr(rsc->chain[0], "id");

    if (!id)
        return;
    if (resource_is(rsc, "ocf", "pacemaker", "remote"))
        check_remote(a, rsc, id);
    if (resource_is(rsc, "stonith", NULL, TOPOLOGY_OWN_TYPE)) {
        a->n_fences++;
        check_fence(a, rsc, id);
    }
    a->n_recoveries += resource_is(rsc, "ocf", "vmha", "recovery");
    if (resource_is(rsc, "ocf", "vmha", "gate")) {
        a->n_gates++;
        check_stop(a, rsc, id);
    }
    if (resource_is(rsc, "ocf", "vmha", "watch")) {
        a->n_watches++;
        check_stop(a, rsc, id);
    }
}

static void
check_presence(const struct audit *a)
{
    const struct {
        unsigned n;
        enum audit_severity severity;
        const char *type, *why, *mend;
    } needed[] = {
        { a->n_recoveries, AUDIT_BAD, "ocf:vmha:recovery",
          "nobody recovers VMs",
          "pcs resource create vmha ocf:vmha:recovery cloud=NAME (vmha(7))" },
        { a->n_fences, AUDIT_BAD, "stonith:fence_vmha",
          "a failure is noticed by the fencer's memory alone, which a restart "
          "of the cluster loses",
          "pcs stonith create fence-vmha fence_vmha ... (vmha(7))" },
        { a->n_gates, AUDIT_BAD, "ocf:vmha:gate",
          "nova-compute may start on a host that was fenced while its VMs are "
          "being started elsewhere",
          "see ocf_vmha_gate(7)" },
        { a->n_watches, AUDIT_NOTE, "ocf:vmha:watch",
          "VMs that die on a living host are not restarted",
          "see ocf_vmha_watch(7)" },
    };

    for (size_t i = 0; i < N_ELEMENTS(needed); i++)
        if (!needed[i].n)
            report(a, needed[i].severity, needed[i].why,
                   xstrdup(needed[i].mend),
                   xasprintf("there is no resource %s", needed[i].type));
}

/* --- hosts ------------------------------------------------------------- */

static void
check_host(const struct audit *a, const struct cluster_node *n)
{
    struct vmha_error err;

    if (n->is_remote && n->is_unmanaged)
        report(a, AUDIT_NOTE, "Pacemaker does not fence it meanwhile",
               xasprintf("pcs node unmaintenance %s; pcs resource manage %s",
                         n->name, n->name),
               xasprintf("%s is in maintenance or unmanaged", n->name));
    if (topology_check(a->cib, n->name, &err) == 0)
        return;
    report(a, AUDIT_BAD, "its failure is not noted when it is fenced",
           xasprintf("pcs stonith level add 1 %s POWER-DEVICE fence-vmha",
                     n->name),
           xasprintf("%s: %s", n->name, err.text));
}

static void
check_hosts(const struct audit *a)
{
    CLEANUP(cluster_view_clear) struct cluster_view v = { 0 };

    cluster_xml_read(a->cib, a->cib, &v);
    for (size_t i = 0; i < v.n_nodes; i++)
        if (v.nodes[i].is_remote || v.nodes[i].host || v.nodes[i].segment)
            check_host(a, &v.nodes[i]);
}

void
audit_cib(const xmlNode *cib, audit_fn *fn, void *arg)
{
    struct audit a = { .cib = cib, .fn = fn, .arg = arg };

    a.crm_config = element_find(cib, "crm_config", NULL, SECTION_DEPTH);
    a.resources = element_find(cib, "resources", NULL, SECTION_DEPTH);
    a.defaults = element_find(cib, "rsc_defaults", NULL, SECTION_DEPTH);
    check_options(&a);
    resource_each(a.resources, a.defaults, check_primitive, &a);
    check_presence(&a);
    check_hosts(&a);
}

int
audit_text(const char *bytes, size_t len, audit_fn *fn, void *arg,
           struct vmha_error *err)
{
    xmlDoc *doc = cluster_xml_parse(bytes, len, err);

    if (!doc)
        return -1;
    audit_cib(xmlDocGetRootElement(doc), fn, arg);
    xmlFreeDoc(doc);
    return 0;
}

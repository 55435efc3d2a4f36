/* Is this cluster set up as vmha needs it? */
#include "audit-inside.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "cib-settings.h"
#include "cleanup.h"
#include "cluster-xml.h"
#include "element.h"
#include "scan.h"
#include "topology.h"
#include "xalloc.h"

enum { RECHECK_MAX_MS = 60000 };

void
audit_report(const struct audit *a, enum audit_severity severity,
             const char *why, char *mend, char *what)
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

#define NO_FENCING                                                             \
    "without fencing nothing proves that a host is dead: nothing is ever "     \
    "evacuated"

/* Pacemaker 3.0.2 calls stonith-enabled fencing-enabled, and takes both. */
static const struct {
    const char *name;
    bool (*is_wrong)(const char *value); /* NULL: not set */
    enum audit_severity severity;
    const char *wanted, *why;
} options[] = {
    { "stonith-enabled", is_false, AUDIT_BAD, "true", NO_FENCING },
    { "fencing-enabled", is_false, AUDIT_BAD, "true", NO_FENCING },
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
            audit_report(a, options[i].severity, options[i].why,
                         MEND(a, OPTION, .name = name,
                              .value = options[i].wanted),
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
        audit_report(a, AUDIT_BAD,
                     "without a recurring monitor the death of the host is not "
                     "noticed",
                     MEND(a, MONITOR, .id = id),
                     xasprintf("the connection of %s has no recurring monitor",
                               id));
    if (!reconnect)
        audit_report(
            a, AUDIT_NOTE,
            "Pacemaker connects to a host that still boots, and fences it "
            "again when that fails",
            MEND(a, RECONNECT, .id = id),
            xasprintf("the connection of %s has no reconnect_interval", id));
}

/* A stop that fails would fence the host that is to be protected. */
static void
check_stop(const struct audit *a, const struct resource *rsc, const char *id)
{
    const xmlNode *stop = operation(rsc, "stop", false);

    if (!stop || !element_attr_is(stop, "on-fail", "block"))
        audit_report(
            a, AUDIT_BAD,
            "if its stop fails, Pacemaker fences a host whose VMs run well",
            MEND(a, STOP, .id = id),
            xasprintf("%s stops without on-fail=block", id));
}

static void
check_fence(const struct audit *a, const struct resource *rsc, const char *id)
{
    const char *limit = resource_param(rsc, "pcmk_action_limit");

    if (!resource_param(rsc, "pcmk_host_list"))
        audit_report(a, AUDIT_BAD,
                     "Pacemaker does not know for which hosts it may be used",
                     MEND(a, HOST_LIST, .id = id, .hosts = a->hosts),
                     xasprintf("%s has no pcmk_host_list", id));
    if (!limit || strcmp(limit, "-1") != 0)
        audit_report(
            a, AUDIT_NOTE,
            "hosts that fail together wait for each other at this device",
            MEND(a, LIMIT, .id = id),
            xasprintf("%s has pcmk_action_limit=%s", id,
                      limit ? limit : "1, the default"));
}

/* What constraints and levels call it: the clone or group that it is in. */
static const char *
outer_id(const struct resource *rsc)
{
    return element_attr(rsc->chain[rsc->n_chain - 1], "id");
}

/* However it is installed: systemd:nova-compute, ocf:openstack:NovaCompute...
 */
static bool
is_nova_compute(const struct resource *rsc)
{
    const char *type = resource_attr(rsc, "type");

    return element_attr_is(rsc->chain[0], "id", "nova-compute") ||
           (type &&
            (strstr(type, "nova-compute") || strcmp(type, "NovaCompute") == 0));
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
        a->fence = a->fence ? a->fence : id;
        check_fence(a, rsc, id);
    }
    if (resource_is(rsc, "ocf", "vmha", "gate")) {
        a->gate = outer_id(rsc);
        a->gate_primitive = id;
        check_stop(a, rsc, id);
    }
    if (resource_is(rsc, "ocf", "vmha", "watch")) {
        a->watch = outer_id(rsc);
        a->watch_primitive = id;
        check_stop(a, rsc, id);
    }
    if (is_nova_compute(rsc))
        a->compute = outer_id(rsc);
}

/* --- what must be there -------------------------------------------------- */

static bool
has_instance(const struct cluster_view *v, const char *segment)
{
    for (size_t i = 0; i < v->n_instances; i++) {
        const char *own = v->instances[i].segment;

        if (own && segment ? strcmp(own, segment) == 0 : own == segment)
            return true;
    }
    return false;
}

/* Has a compute before this one the same segment? */
static bool
is_repeated(const struct cluster_view *v, size_t i)
{
    const char *segment = v->nodes[i].segment;

    for (size_t j = 0; j < i; j++) {
        const char *other = v->nodes[j].segment;

        if (audit_is_compute(&v->nodes[j]) &&
            (other && segment ? strcmp(other, segment) == 0 : other == segment))
            return true;
    }
    return false;
}

static void
report_recovery(const struct audit *a, const char *segment)
{
    CLEANUP_FREE char *id = segment ? xasprintf("vmha-%s", segment) : NULL;

    if (segment)
        audit_report(a, AUDIT_BAD, "nobody recovers VMs of its hosts",
                     MEND(a, SEGMENT, .id = id, .name = segment,
                          .value = a->cloud),
                     xasprintf("there is no resource ocf:vmha:recovery with "
                               "segment=%s",
                               segment));
    else
        audit_report(a, AUDIT_BAD, "nobody recovers VMs",
                     MEND(a, RECOVERY, .id = "vmha", .value = a->cloud),
                     xstrdup("there is no resource ocf:vmha:recovery"));
}

/* One without a segment has all hosts while it is the only one. */
static void
check_recoveries(const struct audit *a)
{
    const struct cluster_view *v = a->view;
    bool has_computes = false;

    if (v->n_instances == 1 && !v->instances[0].segment)
        return;
    for (size_t i = 0; i < v->n_nodes; i++) {
        if (!audit_is_compute(&v->nodes[i]))
            continue;
        has_computes = true;
        if (!is_repeated(v, i) && !has_instance(v, v->nodes[i].segment))
            report_recovery(a, v->nodes[i].segment);
    }
    if (!has_computes && !v->n_instances)
        report_recovery(a, NULL);
}

/* Does this order have both, by attributes or by sets? */
static bool
has_reference(const xmlNode *order, const char *id)
{
    if (element_attr_is(order, "first", id) ||
        element_attr_is(order, "then", id))
        return true;
    FOR_EACH_CHILD(set, order)
        FOR_EACH_CHILD(ref, set)
            if (element_attr_is(ref, "id", id))
                return true;
    return false;
}

static bool
is_ordered(const struct audit *a, const char *gate, const char *compute)
{
    const xmlNode *constraints =
        element_find(a->cib, "constraints", NULL, AUDIT_SECTION_DEPTH);

    if (gate == compute || strcmp(gate, compute) == 0)
        return true; /* a group: its order is theirs */
    FOR_EACH_CHILD(order, constraints)
        if (element_is(order, "rsc_order") &&
            !element_attr_is(order, "kind", "Optional") &&
            !element_attr_is(order, "then", gate) &&
            has_reference(order, gate) && has_reference(order, compute))
            return true;
    return false;
}

static void
check_gate(const struct audit *a)
{
    const char *gate = a->gate ? a->gate : "gate-clone";
    const char *compute = a->compute ? a->compute : "nova-compute-clone";

    if (!a->gate)
        audit_report(a, AUDIT_BAD,
                     "nova-compute may start on a host that was fenced while "
                     "its VMs are being started elsewhere",
                     MEND(a, GATE, .id = NULL),
                     xstrdup("there is no resource ocf:vmha:gate"));
    if (!a->compute)
        audit_report(a, AUDIT_BAD,
                     "the gate keeps nothing from starting that Pacemaker does "
                     "not start",
                     MEND(a, COMPUTE, .id = NULL),
                     xstrdup("there is no resource for nova-compute"));
    if (!is_ordered(a, gate, compute))
        audit_report(a, AUDIT_BAD,
                     "it may start while its host's VMs are being started "
                     "elsewhere",
                     MEND(a, ORDER, .id = gate, .name = compute),
                     xasprintf("%s is not ordered after %s", compute, gate));
}

static void
check_watch(const struct audit *a)
{
    if (!a->watch)
        audit_report(a, AUDIT_NOTE,
                     "VMs that die on a living host are not restarted",
                     MEND(a, WATCH, .id = NULL),
                     xstrdup("there is no resource ocf:vmha:watch"));
}

static void
check_fence_vmha(const struct audit *a)
{
    if (!a->fence)
        audit_report(a, AUDIT_BAD,
                     "a failure is noticed by the fencer's memory alone, which "
                     "a restart of the cluster loses",
                     MEND(a, FENCE, .hosts = a->hosts),
                     xstrdup("there is no resource stonith:fence_vmha"));
}

/* "cmp1 cmp2": all computes. */
static char *
names_of_computes(const struct cluster_view *v)
{
    CLEANUP_BUF struct buf b = BUF_INIT(AUDIT_LIST_MAX);

    for (size_t i = 0; i < v->n_nodes; i++)
        if (audit_is_compute(&v->nodes[i]))
            (void) buf_printf(&b, "%s%s", b.len ? " " : "", v->nodes[i].name);
    return xstrdup(b.len ? buf_str(&b) : "HOST...");
}

void
audit_cib(const xmlNode *cib, const struct audit_words *words, audit_fn *fn,
          void *arg)
{
    CLEANUP(cluster_view_clear) struct cluster_view v = { 0 };
    CLEANUP_FREE char *hosts = NULL;
    struct audit a = { .cib = cib,
                       .view = &v,
                       .tool = words->tool,
                       .cloud = words->cloud ? words->cloud : "NAME",
                       .fn = fn,
                       .arg = arg };

    cluster_xml_read(cib, cib, &v);
    a.hosts = hosts = names_of_computes(&v);
    a.crm_config = element_find(cib, "crm_config", NULL, AUDIT_SECTION_DEPTH);
    a.resources = element_find(cib, "resources", NULL, AUDIT_SECTION_DEPTH);
    a.defaults = element_find(cib, "rsc_defaults", NULL, AUDIT_SECTION_DEPTH);
    check_options(&a);
    resource_each(a.resources, a.defaults, check_primitive, &a);
    check_fence_vmha(&a);
    audit_hosts(&a);
    check_recoveries(&a);
    check_gate(&a);
    check_watch(&a);
    if (words->is_live)
        audit_status(&a);
}

int
audit_text(const char *bytes, size_t len, const struct audit_words *words,
           audit_fn *fn, void *arg, struct vmha_error *err)
{
    xmlDoc *doc = cluster_xml_parse(bytes, len, err);

    if (!doc)
        return -1;
    audit_cib(xmlDocGetRootElement(doc), words, fn, arg);
    xmlFreeDoc(doc);
    return 0;
}

/* The audit of what runs, by the CIB's status: are the devices well, do the
 * gate and the watch run on each compute, whose entries are left in the
 * journal?
 */
#include "audit-inside.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "cib-settings.h"
#include "cleanup.h"
#include "element.h"
#include "journal-names.h"
#include "scan.h"
#include "topology.h"
#include "xalloc.h"

/* As OCF has them; a degraded resource runs. */
enum { RC_OK = 0, RC_NOT_RUNNING = 7, RC_PROMOTED = 8, RC_DEGRADED = 190 };
enum { LRM_DEPTH = 3 };

static const xmlNode *
status_of(const struct audit *a)
{
    return element_find(a->cib, "status", NULL, AUDIT_SECTION_DEPTH);
}

/* Is ID the primitive NAME, or one of its copies ("gate:2")? */
static bool
is_copy(const char *id, const char *name)
{
    size_t len = strlen(name);

    return id && strncmp(id, name, len) == 0 &&
           (id[len] == '\0' || id[len] == ':');
}

static int
number(const xmlNode *op, const char *name)
{
    const char *text = element_attr(op, name);
    unsigned n;

    return text && scan_uint(text, &n) == 0 && n <= INT_MAX ? (int) n : -1;
}

/* The operation of a resource that was the last to end on a node, or NULL. */
static const xmlNode *
last_operation(const xmlNode *lrm_resource)
{
    const xmlNode *last = NULL;

    FOR_EACH_CHILD(op, lrm_resource)
        if (number(op, "op-status") >= 0 &&
            (!last || number(op, "call-id") > number(last, "call-id")))
            last = op;
    return last;
}

static bool
is_active(const xmlNode *lrm_resource)
{
    const xmlNode *op = last_operation(lrm_resource);
    int rc = op ? number(op, "rc-code") : -1;

    return op && !element_attr_is(op, "operation", "stop") &&
           (rc == RC_OK || rc == RC_PROMOTED || rc == RC_DEGRADED);
}

static const xmlNode *
lrm_resources_of(const xmlNode *node_state)
{
    return element_find(node_state, "lrm_resources", NULL, LRM_DEPTH);
}

/* Is it active on NODE (NULL: anywhere)? */
static bool
runs_on(const struct audit *a, const char *name, const char *node)
{
    FOR_EACH_CHILD(state, status_of(a)) {
        if (node && !element_attr_is(state, "uname", node))
            continue;
        FOR_EACH_CHILD(r, lrm_resources_of(state))
            if (is_copy(element_attr(r, "id"), name) && is_active(r))
                return true;
    }
    return false;
}

/* Of a status that was emptied, nothing can be said. */
static bool
has_operations(const struct audit *a)
{
    FOR_EACH_CHILD(state, status_of(a))
        if (element_first(lrm_resources_of(state)))
            return true;
    return false;
}

/* --- fencing devices ----------------------------------------------------- */

/* Its failure that nobody has cleaned up, and the node, or NULL. */
static const xmlNode *
find_failure(const struct audit *a, const char *id, const char **ret_node)
{
    FOR_EACH_CHILD(state, status_of(a))
        FOR_EACH_CHILD(r, lrm_resources_of(state)) {
            if (!is_copy(element_attr(r, "id"), id))
                continue;
            FOR_EACH_CHILD(op, r) {
                int rc = number(op, "rc-code");

                *ret_node = element_attr(state, "uname");
                if (*ret_node && number(op, "op-status") >= 0 && rc > RC_OK &&
                    rc != RC_NOT_RUNNING &&
                    !element_attr_is(op, "operation", "stop"))
                    return op;
            }
        }
    return NULL;
}

static void
check_device(const struct resource *rsc, void *arg)
{
    const struct audit *a = arg;
    const char *id = element_attr(rsc->chain[0], "id");
    const char *node, *reason;
    const xmlNode *op;
    bool is_running;

    if (!id || !element_attr_is(rsc->chain[0], "class", "stonith"))
        return;
    is_running = runs_on(a, id, NULL);
    op = find_failure(a, id, &node);
    if (op) {
        reason = element_attr(op, "exit-reason");
        audit_report(a, is_running ? AUDIT_NOTE : AUDIT_BAD,
                     "when a host fails, fencing it may fail, too",
                     MEND(a, CLEANUP, .id = id),
                     xasprintf("fencing device %s: its %s on %s failed%s%s", id,
                               element_attr(op, "operation"), node,
                               reason && *reason ? ": " : "",
                               reason ? reason : ""));
    } else if (!is_running) {
        audit_report(a, AUDIT_BAD,
                     "nobody looks whether it works, and it may not be used",
                     MEND(a, CLEANUP, .id = id),
                     xasprintf("fencing device %s runs nowhere", id));
    }
}

/* --- computes ------------------------------------------------------------ */

static bool
is_in_journal(const struct audit *a, const char *node)
{
    CLEANUP_FREE char *name = journal_host_name(node);

    return cluster_view_entry(a->view, name) != NULL;
}

/* One that is off, at work or on its way back is the recovery's matter. */
static void
check_compute(const struct audit *a, const struct cluster_node *n)
{
    const struct {
        const char *name, *what, *why;
    } agents[] = {
        { a->gate_primitive, "gate",
          "nova-compute, ordered after it, does not run there either" },
        { a->watch_primitive, "watch", "VMs that die there are not restarted" },
    };

    if (!n->is_remote || !n->is_online || n->is_standby || n->is_unmanaged ||
        is_in_journal(a, n->name))
        return;
    for (size_t i = 0; i < N_ELEMENTS(agents); i++)
        if (agents[i].name && !runs_on(a, agents[i].name, n->name))
            audit_report(a, AUDIT_NOTE, agents[i].why,
                         MEND(a, CLEANUP, .id = agents[i].name),
                         xasprintf("%s: ocf:vmha:%s does not run", n->name,
                                   agents[i].what));
}

/* --- the journal --------------------------------------------------------- */

static void
check_entries(const struct audit *a)
{
    CLEANUP_FREE char *prefix = journal_host_name("");

    for (size_t i = 0; i < a->view->n_entries; i++) {
        const char *name = a->view->entries[i].name;
        const char *node = name + strlen(prefix);

        if (strncmp(name, prefix, strlen(prefix)) == 0 &&
            !cluster_view_node(a->view, node))
            audit_report(a, AUDIT_NOTE,
                         "nobody recovers it, and its entry stays in the "
                         "journal",
                         MEND(a, FORGET, .id = node),
                         xasprintf("the journal has host '%s', which is no "
                                   "node of the cluster",
                                   node));
    }
}

void
audit_status(struct audit *a)
{
    check_entries(a);
    if (!has_operations(a))
        return;
    resource_each(a->resources, a->defaults, check_device, a);
    for (size_t i = 0; i < a->view->n_nodes; i++)
        check_compute(a, &a->view->nodes[i]);
}

/* The local cluster as vmha sees it: one view, kept current.
 *
 * A struct cluster owns the connections to the CIB, the fencer and Corosync's
 * quorum service, reconnects each of them by itself, and hands out a new view
 * after every change that matters.  A change is a poke only: the view is made
 * by reading again, never from the event.  All calls belong to the main loop's
 * thread.  The functions here are all that a test back end must offer to run
 * the recovery daemon without a cluster.
 */
#ifndef VMHA_CLUSTER_H
#define VMHA_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* A node that may run VMs, or any other node of the cluster. */
struct cluster_node {
    char *name;
    bool is_remote;   /* Pacemaker Remote node, not a Corosync member */
    bool is_online;   /* see cluster-xml.h */
    int64_t fenced_s; /* remote: node_state/@node_fenced, 0 when not fenced */
    bool is_standby;
    bool is_unmanaged;   /* in maintenance, or its connection is unmanaged */
    bool is_reserved;    /* node attribute vmha-reserved */
    bool is_resting;     /* node attribute vmha-maintenance */
    bool has_connection; /* remote: its connection is a resource */
    char *segment;       /* node attribute vmha-segment, or NULL */
    char *host;          /* node attribute vmha-host, or NULL: same as name */
    char *faults;        /* transient attribute vmha-faults, or NULL */
};

/* One nvpair of the property set vmha-journal. */
struct cluster_entry {
    char *id;
    char *name;
    char *value;
};

/* One resource of type ocf:vmha:recovery that may run. */
struct cluster_instance {
    char *id;
    char *segment;  /* parameter segment, or NULL */
    char *method;   /* parameter recovery_method, or NULL */
    bool is_cloned; /* in a clone: more than one copy would run */
};

enum fence_action { FENCE_OTHER, FENCE_ON, FENCE_OFF, FENCE_REBOOT };
enum fence_state { FENCE_PENDING, FENCE_DONE, FENCE_FAILED };

/* One entry of the fencer's history (RAM only, lost on a full restart). */
struct cluster_fencing {
    char *target;
    enum fence_action action;
    enum fence_state state;
    int64_t completed_ns; /* since the epoch; bit-identical on every node */
    bool is_human;        /* manual acknowledgement, no proof of power off */
};

struct cluster_view {
    bool has_cib;     /* nodes, entries and instances are current: read from a
                         CIB that has a DC */
    bool is_denied;   /* ...which is there, but does not let us read it */
    bool has_history; /* fencings is current */
    bool is_quorate;  /* by Corosync itself; false while unknown */
    int64_t read_ms;  /* monotonic time of the reading */
    struct cluster_node *nodes; /* by name */
    size_t n_nodes;
    struct cluster_entry *entries;
    size_t n_entries;
    struct cluster_instance *instances;
    size_t n_instances;
    char **gates; /* ids of the primitives of type ocf:vmha:gate */
    size_t n_gates;
    struct cluster_fencing *fencings; /* newest first, pending ones last */
    size_t n_fencings;
    char *problem; /* first thing in the CIB that makes no sense, or NULL */
};

/* Where the node is, or belongs. */
size_t cluster_view_place(const struct cluster_view *v, const char *name);
const struct cluster_node *cluster_view_node(const struct cluster_view *v,
                                             const char *name);
const struct cluster_entry *cluster_view_entry(const struct cluster_view *v,
                                               const char *name);
void cluster_view_clear(struct cluster_view *v);

/* For back ends: add an empty fencing at the end; sort them as above. */
struct cluster_fencing *cluster_view_add_fencing(struct cluster_view *v);
void cluster_view_sort_fencings(struct cluster_view *v);
enum fence_action cluster_fence_action(const char *name);

struct cluster;
typedef void cluster_view_fn(const struct cluster_view *view, void *arg);
typedef void cluster_done_fn(const struct vmha_error *err, void *arg);

/* Connect and keep connected as client NAME.  FN gets every new view (at least
 * once within a second of cluster_new where the cluster answers), and a view
 * with has_cib or has_history false when a connection is lost; the view is
 * valid during the call only.  Never fails: what cannot be reached is tried
 * again every second.
 */
struct cluster *cluster_new(const char *name, cluster_view_fn *fn, void *arg);

/* Disconnect; not from within a callback.  Writes that have no answer yet get
 * none.
 */
void cluster_free(struct cluster *c);

/* Read again soon, though nothing changed. */
void cluster_refresh(struct cluster *c);

/* Write the journal's nvpair NAME; FN gets NULL once the whole cluster has
 * it, or the error: VMHA_E_INPUT (not printable ASCII), VMHA_E_AGAIN (not
 * sent), VMHA_E_REFUSED (the CIB said no), or VMHA_E_UNKNOWN (no answer within
 * CLUSTER_WRITE_TIMEOUT_S: it may or may not happen).  FN is never called from
 * within this call.  Writes are carried out in the order of the calls.
 * Four requests go out at once, those that follow at most every 0.5 s, with
 * all that waits in one: each makes Pacemaker's scheduler start again.
 */
enum { CLUSTER_WRITE_TIMEOUT_S = 5 };
void cluster_journal_set(struct cluster *c, const char *name, const char *value,
                         cluster_done_fn *fn, void *arg);

/* Delete the nvpair NAME, but only while it has VALUE.  A pair that is not
 * there, or has another value, is left alone and is a success.
 */
void cluster_journal_delete(struct cluster *c, const char *name,
                            const char *value, cluster_done_fn *fn, void *arg);

/* Read attribute NAME of NODE as Pacemaker's attribute manager has it, which
 * keeps some to itself; FN gets its value (NULL: there is none), or the error.
 * It is never called from within this call, nor after cluster_free.  By
 * attrd_updater, as Pacemaker has no library for it.
 */
enum { CLUSTER_ATTRIBUTE_MAX = 4096, CLUSTER_ATTRIBUTE_TIMEOUT_S = 5 };
typedef void cluster_attribute_fn(const char *value,
                                  const struct vmha_error *err, void *arg);
void cluster_attribute_read(struct cluster *c, const char *node,
                            const char *name, cluster_attribute_fn *fn,
                            void *arg);

/* Set it, without the CIB having it.  FN gets NULL, and an error or none. */
void cluster_attribute_set(struct cluster *c, const char *node,
                           const char *name, const char *value,
                           cluster_attribute_fn *fn, void *arg);

#endif

/* What the parts of the audit share. */
#ifndef VMHA_AUDIT_INSIDE_H
#define VMHA_AUDIT_INSIDE_H

#include <stdbool.h>

#include <libxml/tree.h>

#include "audit.h"
#include "cluster.h"

enum { AUDIT_SECTION_DEPTH = 2, AUDIT_LIST_MAX = 128 * 1024 };

struct audit {
    const xmlNode *cib, *crm_config, *resources, *defaults;
    const struct cluster_view *view;
    enum recipe_tool tool;
    const char *cloud, *hosts; /* names, hosts with blanks in between */
    audit_fn *fn;
    void *arg;
    const char *gate_primitive, *watch_primitive; /* their own ids, or NULL */
    /* Ids as constraints and levels have them, or NULL: there is none. */
    const char *fence, *gate, *compute, *watch;
};

/* The commands of a recipe; what they need as members of recipe_values. */
#define MEND(a, recipe, ...)                                                   \
    recipe_fill(RECIPE_##recipe, (a)->tool,                                    \
                &(const struct recipe_values){ __VA_ARGS__ })

/* MEND and WHAT are freed. */
void audit_report(const struct audit *a, enum audit_severity severity,
                  const char *why, char *mend, char *what);

/* May it run VMs, as far as the CIB says? */
bool audit_is_compute(const struct cluster_node *n);

/* Each compute: is it watched, and fenced with power first and us last? */
void audit_hosts(const struct audit *a);

/* What the status says: devices, gate and watch on each compute. */
void audit_status(struct audit *a);

#endif

/* Settings in the CIB: nvpairs in sets, and where a resource's come from. */
#ifndef VMHA_CIB_SETTINGS_H
#define VMHA_CIB_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

/* A resource and what encloses it, from the inside out; element 0 is the
 * primitive.
 */
enum { RESOURCE_DEPTH_MAX = 8 };
struct resource {
    const xmlNode *resources; /* the section, for templates and id-ref */
    const xmlNode *defaults;  /* rsc_defaults, or NULL */
    const xmlNode *chain[RESOURCE_DEPTH_MAX];
    size_t n_chain;
};

/* Value of NAME in OWNER's sets with tag SET, or NULL.  References (id-ref)
 * are looked up below ROOT.  A set with a rule is passed over: Pacemaker
 * evaluates it, we cannot.
 */
const char *setting_get(const xmlNode *root, const xmlNode *owner,
                        const char *set, const char *name);

/* Attribute NAME (class, provider, type) of the primitive, or of its template.
 */
const char *resource_attr(const struct resource *r, const char *name);

/* Parameter NAME of the primitive, or of its template; NULL if not set. */
const char *resource_param(const struct resource *r, const char *name);

/* Meta attribute NAME as it holds for the primitive: its own, its template's,
 * that of an enclosing resource, the cluster's default; NULL if not set.
 */
const char *resource_meta(const struct resource *r, const char *name);

bool resource_is(const struct resource *r, const char *class_name,
                 const char *provider, const char *type);

/* Call FN for every primitive in RESOURCES (NULL has none), also in groups,
 * clones and bundles.
 */
typedef void resource_fn(const struct resource *r, void *arg);
void resource_each(const xmlNode *resources, const xmlNode *defaults,
                   resource_fn *fn, void *arg);

#endif

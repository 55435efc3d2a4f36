/* Settings in the CIB: nvpairs in sets, and where a resource's come from. */
#include "cib-settings.h"

#include <string.h>

#include "element.h"

enum { ID_REF_DEPTH = 12 };

/* E itself, or what its id-ref refers to; NULL where that is missing. */
static const xmlNode *
follow(const xmlNode *root, const xmlNode *e)
{
    const char *id = element_attr(e, "id-ref");

    if (!id)
        return e;
    return element_find(root, (const char *) e->name, id, ID_REF_DEPTH);
}

static const char *
value_in_set(const xmlNode *root, const xmlNode *set, const char *name)
{
    FOR_EACH_CHILD(child, set) {
        const xmlNode *pair =
            element_is(child, "nvpair") ? follow(root, child) : NULL;

        if (pair && element_attr_is(pair, "name", name))
            return element_attr(pair, "value");
    }
    return NULL;
}

const char *
setting_get(const xmlNode *root, const xmlNode *owner, const char *set,
            const char *name)
{
    FOR_EACH_CHILD(child, owner) {
        const xmlNode *s = element_is(child, set) ? follow(root, child) : NULL;
        const char *value = NULL;

        if (s && !element_child(s, "rule"))
            value = value_in_set(root, s, name);
        if (value)
            return value;
    }
    return NULL;
}

static const xmlNode *
template_of(const struct resource *r, const xmlNode *primitive)
{
    const char *id = element_attr(primitive, "template");

    return id ? element_find(r->resources, "template", id, 1) : NULL;
}

const char *
resource_attr(const struct resource *r, const char *name)
{
    const char *value = element_attr(r->chain[0], name);
    const xmlNode *t = template_of(r, r->chain[0]);

    return value || !t ? value : element_attr(t, name);
}

static const char *
get_with_template(const struct resource *r, const xmlNode *owner,
                  const char *set, const char *name)
{
    const char *value = setting_get(r->resources, owner, set, name);
    const xmlNode *t = template_of(r, owner);

    return value || !t ? value : setting_get(r->resources, t, set, name);
}

const char *
resource_param(const struct resource *r, const char *name)
{
    return get_with_template(r, r->chain[0], "instance_attributes", name);
}

const char *
resource_meta(const struct resource *r, const char *name)
{
    for (size_t i = 0; i < r->n_chain; i++) {
        const char *value =
            get_with_template(r, r->chain[i], "meta_attributes", name);

        if (value)
            return value;
    }
    return setting_get(r->defaults, r->defaults, "meta_attributes", name);
}

static bool
equal(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

bool
resource_is(const struct resource *r, const char *class_name,
            const char *provider, const char *type)
{
    return equal(resource_attr(r, "class"), class_name) &&
           (!provider || equal(resource_attr(r, "provider"), provider)) &&
           equal(resource_attr(r, "type"), type);
}

/* The resources below PARENT, which OUTER describes. */
static void
each_below(const xmlNode *parent, const struct resource *outer, resource_fn *fn,
           void *arg)
{
    struct resource r = *outer;

    if (r.n_chain == RESOURCE_DEPTH_MAX)
        return;
    memmove(r.chain + 1, r.chain, r.n_chain * sizeof *r.chain);
    r.n_chain++;
    FOR_EACH_CHILD(e, parent) {
        r.chain[0] = e;
        if (element_is(e, "primitive"))
            fn(&r, arg);
        else if (element_is(e, "group") || element_is(e, "clone") ||
                 element_is(e, "master") || element_is(e, "bundle"))
            each_below(e, &r, fn, arg);
    }
}

void
resource_each(const xmlNode *resources, const xmlNode *defaults,
              resource_fn *fn, void *arg)
{
    struct resource none = { .resources = resources, .defaults = defaults };

    each_below(resources, &none, fn, arg);
}

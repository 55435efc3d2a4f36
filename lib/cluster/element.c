/* Reading of libxml2 trees. */
#include "element.h"

#include <string.h>

const char *
element_attr(const xmlNode *e, const char *name)
{
    for (const xmlAttr *a = e->properties; a; a = a->next)
        if (strcmp((const char *) a->name, name) == 0)
            return a->children ? (const char *) a->children->content : "";
    return NULL;
}

bool
element_is(const xmlNode *e, const char *name)
{
    return e->type == XML_ELEMENT_NODE &&
           strcmp((const char *) e->name, name) == 0;
}

bool
element_attr_is(const xmlNode *e, const char *name, const char *value)
{
    const char *got = element_attr(e, name);

    return got && strcmp(got, value) == 0;
}

static const xmlNode *
skip_to_element(const xmlNode *n)
{
    while (n && n->type != XML_ELEMENT_NODE)
        n = n->next;
    return n;
}

const xmlNode *
element_first(const xmlNode *e)
{
    return e ? skip_to_element(e->children) : NULL;
}

const xmlNode *
element_next(const xmlNode *e)
{
    return skip_to_element(e->next);
}

const xmlNode *
element_child(const xmlNode *e, const char *name)
{
    FOR_EACH_CHILD(c, e)
        if (element_is(c, name))
            return c;
    return NULL;
}

const xmlNode *
element_find(const xmlNode *e, const char *name, const char *id, unsigned depth)
{
    if (!e)
        return NULL;
    if (element_is(e, name) && (!id || element_attr_is(e, "id", id)))
        return e;
    if (depth == 0)
        return NULL;
    FOR_EACH_CHILD(c, e) {
        const xmlNode *found = element_find(c, name, id, depth - 1);

        if (found)
            return found;
    }
    return NULL;
}

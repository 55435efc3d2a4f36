/* Reading of libxml2 trees: borrowed strings, elements only. */
#ifndef VMHA_ELEMENT_H
#define VMHA_ELEMENT_H

#include <stdbool.h>

#include <libxml/tree.h>

/* A text for libxml2; its own BAD_CAST drops const, which clang reports. */
#define AS_XML(s) ((const xmlChar *) (s))

/* Attribute NAME of E, or NULL; belongs to the tree. */
const char *element_attr(const xmlNode *e, const char *name);

bool element_is(const xmlNode *e, const char *name);
bool element_attr_is(const xmlNode *e, const char *name, const char *value);

/* First child element of E, next element after E; NULL at the end. */
const xmlNode *element_first(const xmlNode *e);
const xmlNode *element_next(const xmlNode *e);

/* Loop over the child elements of PARENT (NULL has none). */
#define FOR_EACH_CHILD(e, parent)                                              \
    for (const xmlNode *e = element_first(parent); e; e = element_next(e))

/* First child of E with tag NAME, or NULL. */
const xmlNode *element_child(const xmlNode *e, const char *name);

/* The element with tag NAME and this ID, at most DEPTH levels below E or E
 * itself; any id where ID is NULL.
 */
const xmlNode *element_find(const xmlNode *e, const char *name, const char *id,
                            unsigned depth);

#endif

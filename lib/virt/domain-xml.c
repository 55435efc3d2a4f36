/* A domain's XML -> what we need of it. */
#include "domain-xml.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "xalloc.h"

static const char NOVA_URI[] = "http://openstack.org/xmlns/libvirt/nova/1.1";
static const char AGENT_NAME[] = "org.qemu.guest_agent.0";

#define AS_XML(s) ((const xmlChar *) (s))

/* Has the element that name, and that namespace (NULL: none)? */
static bool
element_is(const xmlNode *e, const char *name, const char *uri)
{
    if (e->type != XML_ELEMENT_NODE || !xmlStrEqual(e->name, AS_XML(name)))
        return false;
    return uri ? e->ns && xmlStrEqual(e->ns->href, AS_XML(uri)) : !e->ns;
}

static const xmlNode *
child_of(const xmlNode *parent, const char *name, const char *uri)
{
    for (const xmlNode *e = parent ? parent->children : NULL; e; e = e->next)
        if (element_is(e, name, uri))
            return e;
    return NULL;
}

/* The attribute's text, where it is plain text. */
static const char *
attribute_of(const xmlNode *e, const char *name)
{
    const xmlAttr *a = xmlHasProp(e, AS_XML(name));

    if (!a || !a->children || a->children->next ||
        a->children->type != XML_TEXT_NODE || !a->children->content)
        return NULL;
    return (const char *) a->children->content;
}

static void
read_metadata(const xmlNode *domain, struct domain_facts *f)
{
    const xmlNode *instance =
        child_of(child_of(domain, "metadata", NULL), "instance", NOVA_URI);
    const xmlNode *flavor = child_of(instance, "flavor", NOVA_URI);
    const char *name = flavor ? attribute_of(flavor, "name") : NULL;

    f->is_nova = instance != NULL;
    if (name && strlen(name) <= DOMAIN_FLAVOR_MAX)
        memcpy(f->flavor, name, strlen(name) + 1);
}

static bool
is_agent(const xmlNode *channel)
{
    const xmlNode *target = child_of(channel, "target", NULL);
    const char *name = target ? attribute_of(target, "name") : NULL;

    return name && strcmp(name, AGENT_NAME) == 0;
}

static void
read_devices(const xmlNode *domain, struct domain_facts *f)
{
    const xmlNode *devices = child_of(domain, "devices", NULL);

    for (const xmlNode *e = devices ? devices->children : NULL; e; e = e->next)
        if (element_is(e, "channel", NULL) && is_agent(e))
            f->has_agent = true;
}

int
domain_xml_parse(const char *xml, size_t len, struct domain_facts *ret_facts,
                 struct vmha_error *err)
{
    struct domain_facts f = { 0 };
    xmlDoc *doc;
    const xmlNode *root;
    bool is_domain;

    if (len > DOMAIN_XML_MAX)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "domain: its XML is longer than %d bytes",
                         DOMAIN_XML_MAX);
    doc = xmlReadMemory(xml, (int) len, NULL, NULL,
                        XML_PARSE_NONET | XML_PARSE_NOERROR |
                            XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS);
    root = doc ? xmlDocGetRootElement(doc) : NULL;
    is_domain = root && element_is(root, "domain", NULL);
    if (is_domain) {
        read_metadata(root, &f);
        read_devices(root, &f);
    }
    xmlFreeDoc(doc);
    if (!is_domain)
        return vmha_fail(err, VMHA_E_INPUT, 0, "domain: it has no XML");
    *ret_facts = f;
    return 0;
}

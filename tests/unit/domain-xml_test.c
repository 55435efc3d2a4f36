/* lib/virt: a domain's XML. */
#include "domain-xml.h"
#include "tap.h"

#define NOVA "xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'"
#define META(inner)                                                            \
    "<domain><metadata><nova:instance " NOVA ">" inner                         \
    "</nova:instance></metadata></domain>"

static int
parse(const char *xml, struct domain_facts *f, struct vmha_error *err)
{
    return domain_xml_parse(xml, strlen(xml), f, err);
}

static void
test_nova(void)
{
    struct domain_facts f;
    struct vmha_error err;

    is_int(parse(META("<nova:name>x</nova:name>"
                      "<nova:flavor name='m1.tiny'><nova:memory>64"
                      "</nova:memory></nova:flavor>"),
                 &f, &err),
           0);
    ok(f.is_nova);
    ok(!f.has_agent);
    is_str(f.flavor, "m1.tiny");
    is_int(parse(META(""), &f, &err), 0);
    ok(f.is_nova);
    is_str(f.flavor, "");
}

static void
test_others(void)
{
    static const char *const xmls[] = {
        "<domain/>",
        "<domain><metadata/></domain>",
        "<domain><metadata><instance/></metadata></domain>",
        "<domain><metadata><x:instance xmlns:x='http://other'/></metadata>"
        "</domain>",
        "<domain><metadata><a><n:instance xmlns:n='http://openstack.org/xmlns/"
        "libvirt/nova/1.1'/></a></metadata></domain>",
    };
    struct domain_facts f;
    struct vmha_error err;

    for (size_t i = 0; i < sizeof xmls / sizeof xmls[0]; i++) {
        is_int(parse(xmls[i], &f, &err), 0);
        ok_msg(!f.is_nova, "%s", xmls[i]);
    }
}

static void
test_agent(void)
{
    struct domain_facts f;
    struct vmha_error err;

    is_int(parse("<domain><devices><channel type='unix'>"
                 "<target type='virtio' name='org.qemu.guest_agent.0'/>"
                 "</channel></devices></domain>",
                 &f, &err),
           0);
    ok(f.has_agent);
    is_int(parse("<domain><devices><channel type='spicevmc'>"
                 "<target type='virtio' name='com.redhat.spice.0'/>"
                 "</channel><channel/></devices></domain>",
                 &f, &err),
           0);
    ok(!f.has_agent);
}

static void
test_nonsense(void)
{
    static const char *const xmls[] = {
        "", "x", "<domain>", "<network/>", "<d:domain xmlns:d='u'/>",
    };
    struct domain_facts f;
    struct vmha_error err;

    for (size_t i = 0; i < sizeof xmls / sizeof xmls[0]; i++) {
        is_int(parse(xmls[i], &f, &err), -1);
        is_int(err.kind, VMHA_E_INPUT);
    }
    is_int(domain_xml_parse("", DOMAIN_XML_MAX + 1, &f, &err), -1);
}

TAP_MAIN({ "Nova's domain", test_nova }, { "others", test_others },
         { "a channel for the guest agent", test_agent },
         { "what is no domain", test_nonsense })

/* A domain's XML -> what we need of it; pure. */
#ifndef VMHA_DOMAIN_XML_H
#define VMHA_DOMAIN_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum { DOMAIN_XML_MAX = 1024 * 1024, DOMAIN_FLAVOR_MAX = 255 };

struct domain_facts {
    bool is_nova;                       /* it has Nova's metadata */
    bool has_agent;                     /* a channel for the QEMU guest agent */
    char flavor[DOMAIN_FLAVOR_MAX + 1]; /* its name; "": not told */
};

/* VMHA_E_INPUT where it is no XML of a domain.  Nova writes its metadata as
 * nova.virt.libvirt.config.LibvirtConfigGuestMetaNovaInstance does.
 */
int domain_xml_parse(const char *xml, size_t len,
                     struct domain_facts *ret_facts, struct vmha_error *err);

#endif

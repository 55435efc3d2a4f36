/* Fuzz target: a domain's XML. */
#include "domain-xml.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct domain_facts f;
    struct vmha_error err;

    (void) domain_xml_parse((const char *) data, size, &f, &err);
    return 0;
}

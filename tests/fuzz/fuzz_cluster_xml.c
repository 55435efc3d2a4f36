/* A CIB: any tree gives a view, and the fencing check an answer. */
#include <assert.h>

#include "audit.h"
#include "cleanup.h"
#include "cluster-xml.h"
#include "fuzz.h"
#include "topology.h"

static void
ignore_finding(enum audit_severity severity, const char *what, const char *why,
               const char *mend, void *arg)
{
    (void) severity, (void) arg;
    assert(*what && *why && *mend);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmha_error err;
    struct cluster_view v = { 0 };
    CLEANUP_FREE char *value = NULL;
    xmlDoc *doc = cluster_xml_parse((const char *) data, size, &err);

    if (doc) {
        const xmlNode *root = xmlDocGetRootElement(doc);

        cluster_xml_read(root, root, &v);
        for (size_t i = 0; i < v.n_nodes; i++) {
            assert(cluster_view_node(&v, v.nodes[i].name) == &v.nodes[i]);
            (void) topology_check(root, v.nodes[i].name, &err);
        }
        (void) topology_check(root, "cmp1", &err);
        for (int tool = RECIPE_PCS; tool <= RECIPE_CRM; tool++) {
            struct audit_words words = { .tool = (enum recipe_tool) tool };

            audit_cib(root, &words, ignore_finding, NULL);
        }
    }
    if (attribute_xml_read((const char *) data, size, &value, &err) == -1)
        assert(err.kind == VMHA_E_INPUT && !value);
    cluster_view_clear(&v);
    xmlFreeDoc(doc);
    return 0;
}

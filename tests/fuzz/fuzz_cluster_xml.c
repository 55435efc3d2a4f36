/* A CIB: any tree gives a view, and the fencing check an answer. */
#include <assert.h>

#include "cluster-xml.h"
#include "fuzz.h"
#include "topology.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmha_error err;
    struct cluster_view v = { 0 };
    xmlDoc *doc = cluster_xml_parse((const char *) data, size, &err);

    if (doc) {
        const xmlNode *root = xmlDocGetRootElement(doc);

        cluster_xml_read(root, root, &v);
        for (size_t i = 0; i < v.n_nodes; i++) {
            assert(cluster_view_node(&v, v.nodes[i].name) == &v.nodes[i]);
            (void) topology_check(root, v.nodes[i].name, &err);
        }
        (void) topology_check(root, "cmp1", &err);
    }
    cluster_view_clear(&v);
    xmlFreeDoc(doc);
    return 0;
}

/* lib/cluster: what nodes say of themselves, in the CIB and by a query. */
#include "cleanup.h"
#include "cluster-xml.h"
#include "tap.h"
#include "xalloc.h"

/* As the CIB manager answers a query (the pairs beside the states), and as a
 * whole CIB has it.
 */
static void
test_faults(void)
{
    static const char states[] =
        "<node_state id='c1' uname='c1' remote_node='true'/>"
        "<node_state id='3' uname='ctl1'/>"
        "<node_state id='c2' uname='c2'/>",
                      *const forms[] = {
                          "<nvpair id='status-3-vmha-faults' "
                          "name='vmha-faults' value='three'/>"
                          "<nvpair id='status-c1-vmha-faults' "
                          "name='vmha-faults' value='one'/>"
                          "<nvpair id='status-c9-vmha-faults' "
                          "name='vmha-faults' value='nine'/>"
                          "<nvpair id='status-c2-vmha-faults' "
                          "name='vmha-faults' value=''/>",
                          "<node_state id='x'><transient_attributes>"
                          "<instance_attributes>"
                          "<nvpair id='status-3-vmha-faults' "
                          "name='vmha-faults' value='three'/>"
                          "<nvpair id='status-c1-vmha-faults' "
                          "name='vmha-faults' value='one'/>"
                          "</instance_attributes></transient_attributes>"
                          "</node_state>"
                      };

    for (size_t i = 0; i < N_ELEMENTS(forms); i++) {
        CLEANUP_FREE char *status = xasprintf("<x>%s%s</x>", states, forms[i]);
        CLEANUP(cluster_view_clear) struct cluster_view v = { 0 };
        struct vmha_error err;
        xmlDoc *doc = cluster_xml_parse(status, strlen(status), &err);

        cluster_xml_read(NULL, xmlDocGetRootElement(doc), &v);
        xmlFreeDoc(doc);
        is_int(v.n_nodes, 3);
        is_str(cluster_view_node(&v, "c1")->faults, "one");
        is_str(cluster_view_node(&v, "ctl1")->faults, "three");
        ok(!cluster_view_node(&v, "c2")->faults);
    }
}

static void
test_attribute(void)
{
    static const struct {
        const char *text;
        int rc;
        const char *value;
    } table[] = {
        { "<pacemaker-result api-version='2.25' request='attrd_updater -Q'>"
          "<attribute name='x' value='v1;7;' host='c1'/>"
          "<status code='0' message='OK'/></pacemaker-result>",
          0, "v1;7;" },
        { "<pacemaker-result><attributes><attribute name='x' value='a&amp;b'/>"
          "</attributes></pacemaker-result>",
          0, "a&b" },
        { "<pacemaker-result><status code='0'/></pacemaker-result>", 0, NULL },
        { "<pacemaker-result><attribute name='x'/></pacemaker-result>", 0,
          NULL },
        { "name=\"x\" value=\"y\"", -1, NULL },
        { "", -1, NULL },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_FREE char *value = NULL;
        struct vmha_error err = { 0 };

        is_int(attribute_xml_read(table[i].text, strlen(table[i].text), &value,
                                  &err),
               table[i].rc);
        ok_msg(table[i].value ? value && strcmp(value, table[i].value) == 0
                              : !value,
               "value %zu: %s", i, value ? value : "none");
    }
}

TAP_MAIN({ "what nodes say of themselves", test_faults },
         { "one attribute", test_attribute })

/* lib/cluster: when fence_vmha may take part in fencing. */
#include "topology.h"

#include "cleanup.h"
#include "cluster-xml.h"
#include "tap.h"
#include "xalloc.h"

static const char head[] =
    "<cib><configuration><nodes><node id='cmp1' uname='cmp1' type='remote'>"
    "<instance_attributes id='a'><nvpair id='b' name='rack' value='r1'/>"
    "</instance_attributes></node></nodes><resources>"
    "<primitive id='ipmi' class='stonith' type='fence_ipmilan'/>"
    "<template id='t' class='stonith' type='fence_vmha'/>"
    "<primitive id='vmha' class='stonith' type='fence_vmha'/>"
    "<primitive id='vmha2' template='t'/>"
    "<primitive id='dummy' class='ocf' provider='x' type='Dummy'/>"
    "</resources><fencing-topology>";
static const char tail[] = "</fencing-topology></configuration></cib>";

#define LEVEL(who, index, devices)                                             \
    "<fencing-level id='l" index "' " who " index='" index                     \
    "' devices='" devices "'/>"

/* clang-format off */
static const struct {
    const char *label, *levels;
    bool is_safe;
} table[] = {
    { "no topology", "", 0 },
    { "power, then ours", LEVEL("target='cmp1'", "1", "ipmi,vmha"), 1 },
    { "ours first", LEVEL("target='cmp1'", "1", "vmha,ipmi"), 0 },
    { "ours alone", LEVEL("target='cmp1'", "1", "vmha"), 0 },
    { "ours twice", LEVEL("target='cmp1'", "1", "vmha2,vmha"), 0 },
    { "ours by template after power", LEVEL("target='cmp1'", "1", "ipmi,vmha2"),
      1 },
    { "another target", LEVEL("target='cmp2'", "1", "ipmi,vmha"), 0 },
    { "name in another case", LEVEL("target='CMP1'", "1", "ipmi,vmha"), 1 },
    { "without ours", LEVEL("target='cmp1'", "1", "ipmi"), 0 },
    { "device that does not exist", LEVEL("target='cmp1'", "1", "impi,vmha"),
      0 },
    { "device that is no stonith resource",
      LEVEL("target='cmp1'", "1", "dummy,vmha"), 0 },
    { "blank in the list", LEVEL("target='cmp1'", "1", "ipmi, vmha"), 0 },
    { "second level has ours alone",
      LEVEL("target='cmp1'", "1", "ipmi,vmha")
      LEVEL("target='cmp1'", "2", "vmha"), 0 },
    { "second level without ours",
      LEVEL("target='cmp1'", "1", "ipmi,vmha")
      LEVEL("target='cmp1'", "2", "ipmi"), 1 },
    { "power only in another level",
      LEVEL("target='cmp1'", "1", "ipmi")
      LEVEL("target='cmp1'", "2", "vmha"), 0 },
    { "pattern", LEVEL("target-pattern='cmp[0-9]+'", "1", "ipmi,vmha"), 1 },
    { "pattern is not anchored", LEVEL("target-pattern='mp'", "1", "ipmi,vmha"),
      1 },
    { "pattern of others", LEVEL("target-pattern='^mp'", "1", "ipmi,vmha"), 0 },
    { "broken pattern", LEVEL("target-pattern='c('", "1", "ipmi,vmha"), 0 },
    { "two patterns, one unsafe",
      LEVEL("target-pattern='cmp'", "1", "ipmi,vmha")
      LEVEL("target-pattern='c'", "2", "vmha"), 0 },
    { "name beats pattern",
      LEVEL("target='cmp1'", "1", "ipmi,vmha")
      LEVEL("target-pattern='cmp.*'", "2", "vmha"), 1 },
    { "name without ours beats pattern",
      LEVEL("target='cmp1'", "1", "ipmi")
      LEVEL("target-pattern='cmp.*'", "2", "ipmi,vmha"), 0 },
    { "name in another case does not",
      LEVEL("target='CMP1'", "1", "ipmi,vmha")
      LEVEL("target-pattern='cmp.*'", "2", "vmha"), 0 },
    { "attribute",
      LEVEL("target-attribute='rack' target-value='r1'", "1", "ipmi,vmha"), 1 },
    { "attribute of others",
      LEVEL("target-attribute='rack' target-value='r2'", "1", "ipmi,vmha"), 0 },
    { "index out of range", LEVEL("target='cmp1'", "0", "ipmi,vmha"), 0 },
    { "index out of range", LEVEL("target='cmp1'", "10", "ipmi,vmha"), 0 },
    { "index is no number", LEVEL("target='cmp1'", "x", "ipmi,vmha"), 0 },
    { "level without devices", "<fencing-level id='l' target='cmp1' index='1'/>",
      0 },
};
/* clang-format on */

static int
check(const char *levels, struct vmha_error *err)
{
    CLEANUP_FREE char *text = xasprintf("%s%s%s", head, levels, tail);
    xmlDoc *doc = cluster_xml_parse(text, strlen(text), err);
    int rc = topology_check(xmlDocGetRootElement(doc), "cmp1", err);

    xmlFreeDoc(doc);
    return rc;
}

static void
test_table(void)
{
    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct vmha_error err = { 0 };
        int rc = check(table[i].levels, &err);

        ok_msg((rc == 0) == table[i].is_safe, "%s: rc=%d %s", table[i].label,
               rc, err.text);
        if (rc == -1)
            is_int(err.kind, VMHA_E_REFUSED);
    }
}

static void
test_messages(void)
{
    struct vmha_error err;

    is_int(check(LEVEL("target='cmp1'", "3", "vmha,ipmi"), &err), -1);
    has_str(err.text, "'l3'");
    has_str(err.text, "'vmha,ipmi'");
    is_int(check("", &err), -1);
    has_str(err.text, "'cmp1'");
    is_int(topology_check(NULL, "cmp1", &err), -1);
}

TAP_MAIN({ "levels that apply need power first", test_table },
         { "a refusal names the level", test_messages })

/* lib/cluster: requests that change the journal. */
#include "journal-xml.h"

#include <libxml/xpath.h>

#include "cleanup.h"
#include "cluster-xml.h"
#include "element.h"
#include "tap.h"

/* How many pairs of DOC's journal does the path of PAIR select? */
static int
count_matches(xmlDoc *doc, const struct journal_pair *pair)
{
    CLEANUP_BUF struct buf path = BUF_INIT(JOURNAL_TEXT_MAX);
    xmlXPathContext *context = xmlXPathNewContext(doc);
    xmlXPathObject *found;
    int n = -1;

    is_int(journal_pair_path(&path, pair), 0);
    found = xmlXPathEvalExpression(AS_XML(buf_str(&path)), context);
    if (found)
        n = xmlXPathNodeSetGetLength(found->nodesetval);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return n;
}

/* PAIRS as they stand in a CIB after a modify. */
static xmlDoc *
cib_with(const struct journal_pair *pairs, size_t n)
{
    static const char text[] = "<cib><configuration/></cib>";
    struct vmha_error err;
    xmlDoc *cib = cluster_xml_parse(text, sizeof text - 1, &err);
    xmlDoc *request = journal_modify_doc(pairs, n);

    xmlAddChild(xmlDocGetRootElement(cib)->children,
                xmlDocCopyNode(xmlDocGetRootElement(request), cib, 1));
    xmlFreeDoc(request);
    return cib;
}

static void
test_round_trip(void)
{
    static const struct journal_pair pairs[] = {
        { "vmha-host-cmp1", "v1;17;FENCED" },
        { "vmha-host-a'b", "it's" },
        { "q", "say \"x\"" },
        { "both", "'\"' \"'\" '" },
        { "xml", "<&>'\"]" },
        { "empty", "" },
    };
    xmlDoc *cib = cib_with(pairs, N_ELEMENTS(pairs));
    CLEANUP(cluster_view_clear) struct cluster_view v = { 0 };

    cluster_xml_read(xmlDocGetRootElement(cib), NULL, &v);
    is_int(v.n_entries, N_ELEMENTS(pairs));
    for (size_t i = 0; i < v.n_entries; i++) {
        const struct journal_pair wrong[] = {
            { pairs[i].name, "another" },
            { "another", pairs[i].value },
        };

        is_str(v.entries[i].name, pairs[i].name);
        is_str(v.entries[i].value, pairs[i].value);
        ok_msg(count_matches(cib, &pairs[i]) == 1, "%s is found",
               pairs[i].name);
        is_int(count_matches(cib, &wrong[0]), 0);
        is_int(count_matches(cib, &wrong[1]), 0);
    }
    xmlFreeDoc(cib);
}

static void
test_printable(void)
{
    ok(journal_is_printable("v1;~ !"));
    ok(journal_is_printable(""));
    ok(!journal_is_printable("a\n"));
    ok(!journal_is_printable("\x7f"));
    ok(!journal_is_printable("\xc3\xa9"));
}

static void
test_limit(void)
{
    CLEANUP_BUF struct buf path = BUF_INIT(100);

    is_int(journal_pair_path(&path, &(struct journal_pair){ "n", "v" }), -1);
}

TAP_MAIN({ "a pair is found by name and value, whatever its quotes",
           test_round_trip },
         { "only printable ASCII", test_printable },
         { "a path that does not fit is an error", test_limit })

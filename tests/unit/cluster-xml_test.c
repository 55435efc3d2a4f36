/* lib/cluster: CIB XML to views. */
#include "cluster-xml.h"

#include <glib.h>

#include "cleanup.h"
#include "tap.h"
#include "xalloc.h"

/* The view of a whole CIB given as text. */
static struct cluster_view
read_text(const char *text)
{
    struct vmha_error err = { 0 };
    xmlDoc *doc = cluster_xml_parse(text, strlen(text), &err);
    struct cluster_view v = { 0 };

    ok_msg(doc != NULL, "parses: %s", err.text);
    if (doc) {
        const xmlNode *root = xmlDocGetRootElement(doc);

        cluster_xml_read(root, root, &v);
    }
    xmlFreeDoc(doc);
    return v;
}
#define CLEANUP_VIEW CLEANUP(cluster_view_clear)

static struct cluster_view
read_config_status(const char *config, const char *status)
{
    CLEANUP_FREE char *text = xasprintf("<cib><configuration>%s</configuration>"
                                        "<status>%s</status></cib>",
                                        config, status);

    return read_text(text);
}

#define REMOTE(name)                                                           \
    "<primitive id='" name "' class='ocf' provider='pacemaker' type='remote'"
#define META(name, value)                                                      \
    "<meta_attributes id='m'><nvpair id='n' name='" name "' value='" value     \
    "'/></meta_attributes>"
#define ATTR(name, value)                                                      \
    "<instance_attributes id='i'><nvpair id='j' name='" name "' value='" value \
    "'/></instance_attributes>"

/* --- nodes --- */

static void
test_presence_forms(void)
{
    static const struct {
        const char *label, *attrs;
        bool is_remote, is_online;
        int64_t fenced_s;
        bool is_odd;
    } table[] = {
        /* full members, 2.1 then 2.1.7 and later */
        { "member", "in_ccm='true' crmd='online' join='member'", 0, 1, 0, 0 },
        { "lost", "in_ccm='false' crmd='offline' join='down'", 0, 0, 0, 0 },
        { "no controller", "in_ccm='true' crmd='offline'", 0, 1, 0, 0 },
        { "controller only", "in_ccm='false' crmd='online'", 0, 1, 0, 0 },
        { "never seen", "", 0, 0, 0, 0 },
        { "3.x member", "in_ccm='1795419841' crmd='1795419842'", 0, 1, 0, 0 },
        { "3.x lost", "in_ccm='0' crmd='0' join='down'", 0, 0, 0, 0 },
        { "odd", "in_ccm='maybe' crmd='0'", 0, 1, 0, 1 },
        { "negative", "in_ccm='-1' crmd='0'", 0, 1, 0, 1 },
        /* remotes */
        { "joined", "remote_node='true' in_ccm='true' node_fenced='0'", 1, 1, 0,
          0 },
        { "lost remote", "remote_node='true' in_ccm='false' node_fenced='0'", 1,
          0, 0, 0 },
        { "fenced",
          "remote_node='true' in_ccm='false' node_fenced='1795419841'", 1, 0,
          1795419841, 0 },
        { "fenced, seen by nobody yet",
          "remote_node='true' in_ccm='true' node_fenced='1795419841'", 1, 0,
          1795419841, 0 },
        { "3.x joined", "remote_node='true' in_ccm='0' node_fenced='0'", 1, 1,
          0, 0 },
        { "3.x fenced", "remote_node='true' in_ccm='0' node_fenced='17'", 1, 0,
          17, 0 },
        { "odd fenced", "remote_node='true' in_ccm='false' node_fenced='soon'",
          1, 0, 0, 1 },
        { "huge fenced",
          "remote_node='true' in_ccm='0' node_fenced='18446744073709551615'", 1,
          1, 0, 1 },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_FREE char *status =
            xasprintf("<node_state id='1' uname='x' %s/>", table[i].attrs);
        CLEANUP_VIEW struct cluster_view v =
            read_config_status(table[i].is_remote
                                   ? "<resources>" REMOTE("x") "/></resources>"
                                   : "<nodes><node id='1' uname='x'/></nodes>",
                               status);
        const struct cluster_node *n = cluster_view_node(&v, "x");

        ok_msg(n && n->is_remote == table[i].is_remote, "%s: remote",
               table[i].label);
        ok_msg(n && n->is_online == table[i].is_online, "%s: online",
               table[i].label);
        ok_msg(n && n->fenced_s == table[i].fenced_s, "%s: fenced",
               table[i].label);
        ok_msg(!!v.problem == table[i].is_odd, "%s: problem", table[i].label);
        is_int(v.n_nodes, 1);
    }
}

static void
test_odd_value_is_named(void)
{
    CLEANUP_VIEW struct cluster_view v =
        read_config_status("",
                           "<node_state id='1' uname='ctl1' in_ccm='maybe'/>");

    has_str(v.problem, "ctl1");
    has_str(v.problem, "in_ccm='maybe'");
}

/* A node_state that outlived its connection resource is no remote to trust. */
static void
test_remote_without_connection(void)
{
    CLEANUP_VIEW struct cluster_view v = read_config_status(
        "", "<node_state id='x' uname='x' remote_node='true' in_ccm='0'/>");

    ok(v.n_nodes == 1 && v.nodes[0].is_remote && !v.nodes[0].is_online);
}

static void
test_node_attributes(void)
{
    CLEANUP_VIEW struct cluster_view v = read_config_status(
        "<nodes><node id='1' uname='ctl1'/>"
        "<node id='cmp1' uname='cmp1' type='remote'><instance_attributes "
        "id='a'>"
        "<nvpair id='b' name='vmha-segment' value='rack1'/>"
        "<nvpair id='c' name='vmha-host' value='cmp1.example'/>"
        "<nvpair id='d' name='standby' value='on'/>"
        "<nvpair id='e' name='vmha-reserved' value='1'/>"
        "</instance_attributes></node>"
        "<node id='cmp2' uname='cmp2' type='remote'>" ATTR(
            "vmha-segment",
            "") "</node><node id='cmp3' uname='cmp3'>" ATTR("maintenance",
                                                            "true") "</"
                                                                    "node><"
                                                                    "node "
                                                                    "id='"
                                                                    "nameless'/"
                                                                    "></nodes>",
        "");
    const struct cluster_node *n = cluster_view_node(&v, "cmp1");

    is_int(v.n_nodes, 4);
    is_str(n->segment, "rack1");
    is_str(n->host, "cmp1.example");
    ok(n->is_standby && n->is_remote && !n->is_unmanaged);
    ok(n->is_reserved && !n->is_resting);
    n = cluster_view_node(&v, "cmp2");
    ok(!n->segment && !n->host && !n->is_standby);
    ok(cluster_view_node(&v, "cmp3")->is_unmanaged);
    ok(!cluster_view_node(&v, "ctl1")->is_remote);
    has_str(v.problem, "no uname");
}

/* A host whose attributes make no sense is neither used nor recovered. */
static void
test_odd_attributes(void)
{
    CLEANUP_VIEW struct cluster_view v = read_config_status(
        "<nodes><node id='a' uname='a'>" ATTR(
            "vmha-reserved",
            "perhaps") "</node><node id='b' uname='b'>" ATTR("vmha-maintenance",
                                                             "soon") "</node></"
                                                                     "nodes>",
        "");

    ok(!cluster_view_node(&v, "a")->is_reserved);
    ok(cluster_view_node(&v, "b")->is_resting);
    has_str(v.problem, "vmha-reserved='perhaps'");
}

/* Is node r, in this configuration, unmanaged? */
struct unmanaged {
    const char *label, *config;
    bool is_unmanaged;
};

static void
check_unmanaged(const struct unmanaged *table, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        CLEANUP_VIEW struct cluster_view v =
            read_config_status(table[i].config, "");
        const struct cluster_node *n = cluster_view_node(&v, "r");

        ok_msg(n && n->is_remote && n->is_unmanaged == table[i].is_unmanaged,
               "%s", table[i].label);
    }
}

static void
test_unmanaged(void)
{
    static const struct unmanaged table[] = {
        { "plain", "<resources>" REMOTE("r") "/></resources>", 0 },
        { "own is-managed",
          "<resources>" REMOTE(
              "r") ">" META("is-managed", "false") "</primitive></resources>",
          1 },
        { "own maintenance",
          "<resources>" REMOTE("r") ">" META("maintenance",
                                             "true") "</primitive></resources>",
          1 },
        { "nonsense holds",
          "<resources>" REMOTE(
              "r") ">" META("is-managed", "perhaps") "</primitive></resources>",
          1 },
        { "group",
          "<resources><group id='g'>" META("is-managed", "false")
              REMOTE("r") "/></group></resources>",
          1 },
        { "own beats group",
          "<resources><group id='g'>" META("is-managed", "false")
              REMOTE("r") ">" META("is-managed",
                                   "true") "</primitive></group></resources>",
          0 },
        { "guest node",
          "<resources><primitive id='vm' class='ocf' provider='heartbeat' "
          "type='VirtualDomain'><meta_attributes id='m'>"
          "<nvpair id='n' name='remote-node' value='r'/>"
          "<nvpair id='o' name='is-managed' value='false'/></meta_attributes>"
          "</primitive></resources>",
          1 },
    };

    check_unmanaged(table, N_ELEMENTS(table));
}

static void
test_unmanaged_elsewhere(void)
{
    static const struct unmanaged table[] = {
        { "template",
          "<resources><template id='t' class='ocf' provider='pacemaker' "
          "type='remote'>" META(
              "is-managed",
              "no") "</template>"
                    "<primitive id='r' template='t'/></resources>",
          1 },
        { "defaults",
          "<resources>" REMOTE("r") "/></resources><rsc_defaults>" META(
              "is-managed", "0") "</rsc_defaults>",
          1 },
        { "defaults with a rule are Pacemaker's",
          "<resources>" REMOTE(
              "r") "/></resources><rsc_defaults>"
                   "<meta_attributes id='m'><rule id='u'/><nvpair id='n' "
                   "name='is-managed' "
                   "value='false'/></meta_attributes></rsc_defaults>",
          0 },
        { "id-ref to a set",
          "<resources><primitive id='d' class='ocf' provider='x' "
          "type='y'>" META("is-managed", "false") "</primitive>" REMOTE(
              "r") "><meta_attributes id-ref='m'/></primitive></resources>",
          1 },
        { "dangling id-ref",
          "<resources>" REMOTE(
              "r") "><meta_attributes "
                   "id-ref='nowhere'/></primitive></resources>",
          0 },
    };

    check_unmanaged(table, N_ELEMENTS(table));
}

static void
test_maintenance_mode(void)
{
    static const struct unmanaged table[] = {
        { "maintenance-mode",
          "<crm_config><cluster_property_set id='cib-bootstrap-options'>"
          "<nvpair id='n' name='maintenance-mode' value='true'/>"
          "</cluster_property_set></crm_config><resources>" REMOTE(
              "r") "/></resources>",
          1 },
        { "bootstrap options win",
          "<crm_config><cluster_property_set id='other'>"
          "<nvpair id='n' name='maintenance-mode' value='true'/>"
          "</cluster_property_set>"
          "<cluster_property_set id='cib-bootstrap-options'>"
          "<nvpair id='o' name='maintenance-mode' value='false'/>"
          "</cluster_property_set></crm_config><resources>" REMOTE(
              "r") "/></resources>",
          0 },
        { "another set says so",
          "<crm_config><cluster_property_set id='other'>"
          "<nvpair id='n' name='maintenance-mode' value='true'/>"
          "</cluster_property_set></crm_config><resources>" REMOTE(
              "r") "/></resources>",
          1 },
    };

    check_unmanaged(table, N_ELEMENTS(table));
}

/* --- instances --- */

#define RECOVERY "<primitive id='v' class='ocf' provider='vmha' type='recovery'"

static void
test_instances(void)
{
    static const struct {
        const char *label, *resources;
        int n;
        const char *segment;
        bool is_cloned;
    } table[] = {
        { "none", REMOTE("r") "/>", 0, NULL, 0 },
        { "one", RECOVERY "/>", 1, NULL, 0 },
        { "segment", RECOVERY ">" ATTR("segment", "rack1") "</primitive>", 1,
          "rack1", 0 },
        { "empty segment", RECOVERY ">" ATTR("segment", "") "</primitive>", 1,
          NULL, 0 },
        { "stopped", RECOVERY ">" META("target-role", "Stopped") "</primitive>",
          0, NULL, 0 },
        { "started", RECOVERY ">" META("target-role", "Started") "</primitive>",
          1, NULL, 0 },
        { "in a group", "<group id='g'>" RECOVERY "/></group>", 1, NULL, 0 },
        { "in a stopped group",
          "<group id='g'>" META("target-role", "stopped") RECOVERY "/></group>",
          0, NULL, 0 },
        { "clone", "<clone id='c'>" RECOVERY "/></clone>", 1, NULL, 1 },
        { "group in a clone",
          "<clone id='c'><group id='g'>" RECOVERY "/></group></clone>", 1, NULL,
          1 },
        { "bundle", "<bundle id='b'>" RECOVERY "/></bundle>", 1, NULL, 1 },
        { "by template",
          "<template id='t' class='ocf' provider='vmha' type='recovery'>" ATTR(
              "segment", "s") "</template><primitive id='v' template='t'/>",
          1, "s", 0 },
        { "another provider",
          "<primitive id='v' class='ocf' provider='x' type='recovery'/>", 0,
          NULL, 0 },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_FREE char *config =
            xasprintf("<resources>%s</resources>", table[i].resources);
        CLEANUP_VIEW struct cluster_view v = read_config_status(config, "");

        ok_msg((int) v.n_instances == table[i].n, "%s: count", table[i].label);
        if (v.n_instances != 1)
            continue;
        is_str(v.instances[0].id, "v");
        is_str(v.instances[0].segment, table[i].segment);
        ok_msg(v.instances[0].is_cloned == table[i].is_cloned, "%s: cloned",
               table[i].label);
    }
}

/* --- journal --- */

static void
test_entries(void)
{
    CLEANUP_VIEW struct cluster_view v = read_config_status(
        "<crm_config><cluster_property_set id='cib-bootstrap-options'>"
        "<nvpair id='x' name='vmha-host-no' value='elsewhere'/>"
        "</cluster_property_set><cluster_property_set id='vmha-journal'>"
        "<nvpair id='a' name='vmha-host-cmp1' value='v1;1;FENCED'/>"
        "<!-- by hand --><nvpair/><nvpair id='c' name='vmha-host-cmp2'/>"
        "<other/><nvpair id='d' name='vmha-host-cmp3' value='&lt;&#10;'/>"
        "</cluster_property_set></crm_config>",
        "");

    is_int(v.n_entries, 4);
    is_str(cluster_view_entry(&v, "vmha-host-cmp1")->value, "v1;1;FENCED");
    is_str(v.entries[1].id, "");
    is_str(v.entries[1].name, "");
    is_str(v.entries[1].value, "");
    is_str(cluster_view_entry(&v, "vmha-host-cmp2")->value, "");
    is_str(cluster_view_entry(&v, "vmha-host-cmp3")->value, "<\n");
    ok(cluster_view_entry(&v, "vmha-host-no") == NULL);
}

/* Made by hand: which one counts must not depend on their order. */
static void
test_two_entries(void)
{
    static const char ours[] = "<nvpair id='vmha-journal-vmha-seen' "
                               "name='vmha-seen' value='ours'/>",
                      other[] = "<nvpair id='x' name='vmha-seen' value='no'/>";

    for (int first = 0; first < 2; first++) {
        CLEANUP_FREE char *text =
            xasprintf("<crm_config><cluster_property_set id='vmha-journal'>"
                      "%s%s</cluster_property_set></crm_config>",
                      first ? ours : other, first ? other : ours);
        CLEANUP_VIEW struct cluster_view v = read_config_status(text, "");

        is_int(v.n_entries, 1);
        is_str(v.entries[0].value, "ours");
        has_str(v.problem, "vmha-seen");
    }
}

static void
test_journal_ids(void)
{
    static const char *const table[][2] = {
        { "vmha-host-cmp1", "vmha-journal-vmha-host-cmp1" },
        { "vmha-host-cmp1.example.org",
          "vmha-journal-vmha-host-cmp1.example.org" },
        { "a_b", "vmha-journal-a_5fb" },
        { "a/b", "vmha-journal-a_2fb" },
        { "a_2fb", "vmha-journal-a_5f2fb" },
        { "\xc3\xa9", "vmha-journal-_c3_a9" },
        { "", "vmha-journal-" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_FREE char *id = cluster_xml_journal_id(table[i][0]);

        is_str(id, table[i][1]);
    }
}

/* --- text and trees of other shapes --- */

static void
test_query_answers(void)
{
    struct vmha_error err;
    static const char text[] =
        "<xpath-query><cib epoch='3'/><node_state uname='a' in_ccm='true'/>"
        "<node_state uname='b' in_ccm='false'/></xpath-query>";
    xmlDoc *doc = cluster_xml_parse(text, sizeof text - 1, &err);
    CLEANUP_VIEW struct cluster_view v = { 0 };

    cluster_xml_read(NULL, xmlDocGetRootElement(doc), &v);
    is_int(v.n_nodes, 2);
    ok(v.nodes[0].is_online && !v.nodes[1].is_online);
    cluster_view_clear(&v);
    cluster_xml_read(NULL, NULL, &v);
    is_int(v.n_nodes, 0);
    ok(!v.problem);
    xmlFreeDoc(doc);
}

static void
test_current(void)
{
    static const struct {
        const char *label, *text;
        bool is_current;
    } table[] = {
        { "DC is a member",
          "<xpath-query><cib dc-uuid='2'/>"
          "<node_state id='1' in_ccm='false' crmd='offline'/>"
          "<node_state id='2' in_ccm='true' crmd='online'/></xpath-query>",
          1 },
        { "3.x",
          "<xpath-query><cib dc-uuid='2'/>"
          "<node_state id='2' in_ccm='17' crmd='18'/></xpath-query>",
          1 },
        { "no DC",
          "<xpath-query><cib/>"
          "<node_state id='2' in_ccm='true' crmd='online'/></xpath-query>",
          0 },
        { "DC is lost",
          "<xpath-query><cib dc-uuid='2'/>"
          "<node_state id='2' in_ccm='false' crmd='online'/></xpath-query>",
          0 },
        { "DC has no controller",
          "<xpath-query><cib dc-uuid='2'/>"
          "<node_state id='2' in_ccm='true' crmd='0'/></xpath-query>",
          0 },
        { "restarted, status empty", "<cib dc-uuid='2'/>", 0 },
        { "whole CIB",
          "<cib dc-uuid='2'><status>"
          "<node_state id='2' in_ccm='true' crmd='online'/></status></cib>",
          1 },
    };
    struct vmha_error err;

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        xmlDoc *doc =
            cluster_xml_parse(table[i].text, strlen(table[i].text), &err);

        ok_msg(cluster_xml_is_current(xmlDocGetRootElement(doc)) ==
                   table[i].is_current,
               "%s", table[i].label);
        xmlFreeDoc(doc);
    }
    ok(!cluster_xml_is_current(NULL));
}

static void
test_hostile_text(void)
{
    static const struct {
        const char *text, *message;
    } table[] = {
        { "", "CIB" },
        { "<cib>", "line 1" },
        { "<cib>\n\n<a></b></cib>", "line 3" },
        { "<!DOCTYPE cib [<!ENTITY a 'x'>]><cib>&a;</cib>", "DTD" },
        { "<cib a='1' a='2'/>", "line 1" },
    };
    struct vmha_error err;

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        xmlDoc *doc =
            cluster_xml_parse(table[i].text, strlen(table[i].text), &err);

        ok_msg(!doc, "'%s' is refused", table[i].text);
        is_int(err.kind, VMHA_E_INPUT);
        has_str(err.text, table[i].message);
        xmlFreeDoc(doc);
    }
}

static void
test_deep_nesting_ends(void)
{
    enum { DEPTH = 200 };
    char text[DEPTH * 7 + 256] = "<cib><configuration><resources>";

    for (int i = 0; i < DEPTH; i++)
        memcpy(text + strlen(text), "<group>", 8);
    memcpy(text + strlen(text), "<primitive/>", 13);
    CLEANUP_FREE char *tail = xcalloc(DEPTH + 4, 16);
    for (int i = 0; i < DEPTH; i++)
        memcpy(tail + strlen(tail), "</group>", 9);
    CLEANUP_FREE char *all =
        xasprintf("%s%s</resources></configuration></cib>", text, tail);
    CLEANUP_VIEW struct cluster_view v = read_text(all);

    is_int(v.n_nodes, 0);
}

/* tests/unit/data/cib-2.1.5-fenced.xml was taken from a lab after cmp1 was
 * fenced.
 */
static void
test_real_cib(void)
{
    g_autofree char *path =
        g_build_filename(getenv("top_srcdir") ? getenv("top_srcdir") : ".",
                         "tests/unit/data/cib-2.1.5-fenced.xml", NULL);
    g_autofree char *text = NULL;
    CLEANUP_VIEW struct cluster_view v = { 0 };
    struct vmha_error err;
    xmlDoc *doc;

    ok_msg(g_file_get_contents(path, &text, NULL, NULL), "read %s", path);
    if (!text)
        return;
    v = read_text(text);
    is_int(v.n_nodes, 6);
    for (size_t i = 0; i < v.n_nodes; i++) {
        const struct cluster_node *n = &v.nodes[i];
        bool is_victim = strcmp(n->name, "cmp1") == 0;

        ok_msg(n->is_remote == (strncmp(n->name, "cmp", 3) == 0), "%s: remote",
               n->name);
        ok_msg(n->is_online == !is_victim, "%s: online", n->name);
        is_int(n->fenced_s, is_victim ? 1795435530 : 0);
        ok_msg(!n->is_unmanaged && !n->is_standby, "%s: managed", n->name);
    }
    ok(!v.problem && v.n_entries == 0 && v.n_instances == 0);
    doc = cluster_xml_parse(text, strlen(text), &err);
    ok(cluster_xml_is_current(xmlDocGetRootElement(doc)));
    xmlFreeDoc(doc);
}

TAP_MAIN({ "both forms of membership values", test_presence_forms },
         { "a value that makes no sense is named", test_odd_value_is_named },
         { "a remote without connection resource is offline",
           test_remote_without_connection },
         { "attributes of nodes", test_node_attributes },
         { "attributes that make no sense", test_odd_attributes },
         { "unmanaged and maintenance", test_unmanaged },
         { "unmanaged by a template, defaults or an id-ref",
           test_unmanaged_elsewhere },
         { "unmanaged by maintenance mode", test_maintenance_mode },
         { "instances of ocf:vmha:recovery", test_instances },
         { "a broken journal entry hides no other", test_entries },
         { "of two entries of one name ours counts", test_two_entries },
         { "journal ids are unique XML ids", test_journal_ids },
         { "answers to queries are read like a whole CIB", test_query_answers },
         { "a CIB is current while it has a DC", test_current },
         { "a real CIB of Pacemaker 2.1.5", test_real_cib },
         { "hostile text is refused with its place", test_hostile_text },
         { "deep nesting ends", test_deep_nesting_ends })

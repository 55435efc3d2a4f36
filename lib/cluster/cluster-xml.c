/* CIB XML to nodes, journal entries and instances. */
#include "cluster-xml.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "buf.h"
#include "cib-settings.h"
#include "cleanup.h"
#include "element.h"
#include "scan.h"
#include "xalloc.h"

/* Sections are looked for this deep below the roots that we get: a whole
 * cib, a configuration, or the xpath-query that wraps several answers.
 */
enum { SECTION_DEPTH = 2 };
/* A node's attributes are below its state: transient_attributes,
 * instance_attributes.
 */
enum { PAIR_DEPTH = 3 };
#define FAULTS_NAME "vmha-faults"

struct reading {
    const xmlNode *nodes_section;
    struct cluster_view *view;
};

static void note(struct reading *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
note(struct reading *r, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    if (r->view->problem)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    r->view->problem = xstrdup(text);
}

/* TEXT as a boolean; nonsense is noted and IF_ODD, nothing is false. */
static bool
read_bool(struct reading *r, const char *text, bool if_odd, const char *where,
          const char *name)
{
    bool value = if_odd;

    if (!text)
        return false;
    if (scan_bool(text, &value) == -1)
        note(r, "%s: %s='%s' is no boolean, taken as %s", where, name, text,
             if_odd ? "true" : "false");
    return value;
}

static struct cluster_node *
get_node(struct cluster_view *v, const char *name)
{
    size_t i = cluster_view_place(v, name);

    if (i < v->n_nodes && strcmp(v->nodes[i].name, name) == 0)
        return &v->nodes[i];
    v->nodes = xrealloc(v->nodes, v->n_nodes + 1, sizeof *v->nodes);
    memmove(&v->nodes[i + 1], &v->nodes[i],
            (v->n_nodes++ - i) * sizeof *v->nodes);
    v->nodes[i] = (struct cluster_node){ .name = xstrdup(name) };
    return &v->nodes[i];
}

/* The value, with "" as NULL: an empty attribute is none. */
static const char *
non_empty(const char *s)
{
    return s && *s ? s : NULL;
}

/* --- resources --- */

/* A remote connection is unmanaged by is-managed=false or maintenance=true,
 * wherever that comes from.  Pacemaker never fences such a node.
 */
static bool
is_unmanaged(struct reading *r, const struct resource *rsc, const char *name)
{
    const char *managed = resource_meta(rsc, "is-managed");

    return (managed && !read_bool(r, managed, false, name, "is-managed")) ||
           read_bool(r, resource_meta(rsc, "maintenance"), true, name,
                     "maintenance");
}

static void
add_remote(struct reading *r, const struct resource *rsc, const char *name)
{
    struct cluster_node *n = get_node(r->view, name);

    n->is_remote = n->has_connection = true;
    n->is_unmanaged |= is_unmanaged(r, rsc, name);
}

static void
add_instance(struct reading *r, const struct resource *rsc, const char *id)
{
    struct cluster_view *v = r->view;
    const char *role = resource_meta(rsc, "target-role");
    struct cluster_instance *i;

    if (role && strcasecmp(role, "Stopped") == 0)
        return;
    v->instances =
        xrealloc(v->instances, v->n_instances + 1, sizeof *v->instances);
    i = &v->instances[v->n_instances++];
    *i = (struct cluster_instance){ .id = xstrdup(id) };
    xstrset(&i->segment, non_empty(resource_param(rsc, "segment")));
    xstrset(&i->method, non_empty(resource_param(rsc, "recovery_method")));
    for (size_t k = 1; k < rsc->n_chain; k++)
        i->is_cloned |= !element_is(rsc->chain[k], "group");
}

static void
add_gate(struct cluster_view *v, const char *id)
{
    v->gates = xrealloc(v->gates, v->n_gates + 1, sizeof *v->gates);
    v->gates[v->n_gates++] = xstrdup(id);
}

static void
read_primitive(const struct resource *rsc, void *arg)
{
    struct reading *r = arg;
    const char *id = element_attr(rsc->chain[0], "id");
    const char *guest = non_empty(resource_meta(rsc, "remote-node"));

    if (!id) {
        note(r, "resources: a primitive has no id");
        return;
    }
    if (resource_is(rsc, "ocf", "pacemaker", "remote"))
        add_remote(r, rsc, id);
    else if (resource_is(rsc, "ocf", "vmha", "recovery"))
        add_instance(r, rsc, id);
    else if (resource_is(rsc, "ocf", "vmha", "gate"))
        add_gate(r->view, id);
    if (guest)
        add_remote(r, rsc, guest);
}

/* --- nodes --- */

/* Node attribute NAME of node E as a boolean, see read_bool. */
static bool
read_setting(struct reading *r, const xmlNode *e, const char *name, bool if_odd)
{
    const char *text =
        setting_get(r->nodes_section, e, "instance_attributes", name);

    return read_bool(r, non_empty(text), if_odd, element_attr(e, "uname"),
                     name);
}

static void
read_node(struct reading *r, const xmlNode *e)
{
    const char *name = non_empty(element_attr(e, "uname"));
    const xmlNode *root = r->nodes_section;
    static const char set[] = "instance_attributes";
    struct cluster_node *n;

    if (!name) {
        note(r, "nodes: a node has no uname");
        return;
    }
    n = get_node(r->view, name);
    n->is_remote |= element_attr_is(e, "type", "remote");
    n->is_standby |= read_setting(r, e, "standby", true);
    n->is_unmanaged |= read_setting(r, e, "maintenance", true);
    /* What makes no sense must neither use a host nor recover it. */
    n->is_reserved = read_setting(r, e, "vmha-reserved", false);
    n->is_resting = read_setting(r, e, "vmha-maintenance", true);
    xstrset(&n->segment, non_empty(setting_get(root, e, set, "vmha-segment")));
    xstrset(&n->host, non_empty(setting_get(root, e, set, "vmha-host")));
}

/* --- status --- */

enum presence {
    GONE,
    THERE,
    SINCE_2_1_7_NO, /* "0" of the newer form */
    ODD
};

/* A membership value: true/false or online/offline up to 2.1.6, a time or "0"
 * since then (Pacemaker's create_node_state_update).
 */
static enum presence
read_presence(struct reading *r, const xmlNode *state, const char *attr)
{
    const char *text = element_attr(state, attr);
    uint64_t since;

    if (!text || strcmp(text, "false") == 0 || strcmp(text, "offline") == 0)
        return GONE;
    if (strcmp(text, "true") == 0 || strcmp(text, "online") == 0)
        return THERE;
    if (scan_u64(text, &since) == 0)
        return since ? THERE : SINCE_2_1_7_NO;
    note(r, "node_state '%s': %s='%s' makes no sense, taken as online",
         element_attr(state, "uname"), attr, text);
    return ODD;
}

static int64_t
read_fenced(struct reading *r, const xmlNode *state)
{
    const char *text = element_attr(state, "node_fenced");
    uint64_t when;

    if (!text || strcmp(text, "false") == 0)
        return 0;
    if (scan_u64(text, &when) == 0 && when <= INT64_MAX)
        return (int64_t) when;
    note(r, "node_state '%s': node_fenced='%s' is no time, taken as not fenced",
         element_attr(state, "uname"), text);
    return 0;
}

static void
read_remote_state(struct reading *r, const xmlNode *e, struct cluster_node *n)
{
    n->fenced_s = read_fenced(r, e);
    n->is_online = n->has_connection && n->fenced_s == 0 &&
                   read_presence(r, e, "in_ccm") != GONE;
}

static bool
is_present(enum presence p)
{
    return p == THERE || p == ODD;
}

static void
read_node_state(struct reading *r, const xmlNode *e)
{
    const char *name = non_empty(element_attr(e, "uname"));
    struct cluster_node *n;

    if (!name)
        return; /* Pacemaker's own, for a moment after a restart */
    n = get_node(r->view, name);
    n->is_remote |=
        read_bool(r, element_attr(e, "remote_node"), true, name, "remote_node");
    if (n->is_remote)
        read_remote_state(r, e, n);
    else
        n->is_online = is_present(read_presence(r, e, "in_ccm")) ||
                       is_present(read_presence(r, e, "crmd"));
}

/* The node_states at any level that a query or a whole CIB may have. */
static void
read_node_states(struct reading *r, const xmlNode *e, unsigned depth)
{
    if (e && element_is(e, "node_state"))
        read_node_state(r, e);
    else if (depth > 0)
        FOR_EACH_CHILD(child, e)
            read_node_states(r, child, depth - 1);
}

/* --- what nodes say of themselves --- */

/* The node whose status nvpair E is part of: its id is made of the node's
 * (attrd's build_update_element).  NULL: a node that is not known.
 */
static struct cluster_node *
node_of_pair(struct reading *r, const xmlNode *status, const xmlNode *e)
{
    FOR_EACH_CHILD(state, status) {
        CLEANUP_FREE char *id = NULL;
        const char *name = non_empty(element_attr(state, "uname"));

        if (!element_is(state, "node_state") || !name)
            continue;
        id = xasprintf("status-%s-%s", element_attr(state, "id"), FAULTS_NAME);
        if (element_attr_is(e, "id", id))
            return get_node(r->view, name);
    }
    return NULL;
}

/* The element whose children are the node_states. */
static const xmlNode *
states_parent(const xmlNode *status)
{
    const xmlNode *any =
        element_find(status, "node_state", NULL, SECTION_DEPTH);

    return any ? any->parent : NULL;
}

/* PARENT has the node_states; the pairs are beside them, or inside. */
static void
read_faults(struct reading *r, const xmlNode *parent, const xmlNode *e,
            unsigned depth)
{
    FOR_EACH_CHILD(child, e) {
        struct cluster_node *n = NULL;

        if (depth > 0 && !element_is(child, "lrm"))
            read_faults(r, parent, child, depth - 1);
        if (element_is(child, "nvpair") &&
            element_attr_is(child, "name", FAULTS_NAME))
            n = node_of_pair(r, parent, child);
        if (n)
            xstrset(&n->faults, non_empty(element_attr(child, "value")));
    }
}

/* The node_state with this id, at any level that a query or a CIB may have. */
static const xmlNode *
find_state(const xmlNode *status, const char *id)
{
    return element_find(status, "node_state", id, SECTION_DEPTH);
}

bool
cluster_xml_is_current(const xmlNode *status)
{
    struct cluster_view unused = { 0 };
    struct reading r = { .view = &unused };
    const xmlNode *cib = element_find(status, "cib", NULL, 1);
    const char *dc = cib ? element_attr(cib, "dc-uuid") : NULL;
    const xmlNode *state = dc ? find_state(status, dc) : NULL;
    bool is_current = state && read_presence(&r, state, "in_ccm") == THERE &&
                      read_presence(&r, state, "crmd") == THERE;

    cluster_view_clear(&unused);
    return is_current;
}

/* --- crm_config --- */

/* ATTR of E, "" where there is none. */
static const char *
attr_or_empty(const xmlNode *e, const char *attr)
{
    const char *value = element_attr(e, attr);

    return value ? value : "";
}

/* Where the entry of this name belongs: there is one already only where someone
 * wrote a second by hand.
 */
static struct cluster_entry *
get_entry(struct cluster_view *v, const char *name)
{
    for (size_t i = 0; *name && i < v->n_entries; i++)
        if (strcmp(v->entries[i].name, name) == 0)
            return &v->entries[i];
    v->entries = xrealloc(v->entries, v->n_entries + 1, sizeof *v->entries);
    v->entries[v->n_entries] = (struct cluster_entry){ 0 };
    return &v->entries[v->n_entries++];
}

/* Of two with one name the one with our id counts, which is what we write. */
static void
read_entry(struct reading *r, const xmlNode *e)
{
    const char *id = attr_or_empty(e, "id"), *name = attr_or_empty(e, "name");
    struct cluster_entry *entry = get_entry(r->view, name);
    CLEANUP_FREE char *our_id = cluster_xml_journal_id(name);

    if (entry->name)
        note(r, "journal: there are two entries '%s'", name);
    if (entry->name && strcmp(id, our_id) != 0)
        return;
    xstrset(&entry->id, id);
    xstrset(&entry->name, name);
    xstrset(&entry->value, attr_or_empty(e, "value"));
}

static void
read_entries(struct reading *r, const xmlNode *set)
{
    FOR_EACH_CHILD(e, set)
        if (element_is(e, "nvpair"))
            read_entry(r, e);
}

/* The set cib-bootstrap-options wins; of the others, any that says so. */
static bool
in_maintenance_mode(struct reading *r, const xmlNode *crm_config)
{
    static const char name[] = "maintenance-mode";
    bool any = false;

    FOR_EACH_CHILD(set, crm_config) {
        const char *value = NULL;
        bool is_on;

        FOR_EACH_CHILD(pair, set)
            if (!value && element_attr_is(pair, "name", name))
                value = element_attr(pair, "value");
        is_on = read_bool(r, value, true, "crm_config", name);
        if (value && element_attr_is(set, "id", "cib-bootstrap-options"))
            return is_on;
        any |= is_on;
    }
    return any;
}

void
cluster_xml_read(const xmlNode *config, const xmlNode *status,
                 struct cluster_view *view)
{
    const xmlNode *crm_config =
        element_find(config, "crm_config", NULL, SECTION_DEPTH);
    const xmlNode *nodes = element_find(config, "nodes", NULL, SECTION_DEPTH);
    struct reading r = { .nodes_section = nodes, .view = view };

    resource_each(element_find(config, "resources", NULL, SECTION_DEPTH),
                  element_find(config, "rsc_defaults", NULL, SECTION_DEPTH),
                  read_primitive, &r);
    FOR_EACH_CHILD(e, nodes)
        if (element_is(e, "node"))
            read_node(&r, e);
    read_node_states(&r, status, SECTION_DEPTH);
    read_faults(&r, states_parent(status), states_parent(status), PAIR_DEPTH);
    read_entries(&r, element_find(crm_config, "cluster_property_set",
                                  JOURNAL_SET_ID, 1));
    if (in_maintenance_mode(&r, crm_config))
        for (size_t i = 0; i < view->n_nodes; i++)
            view->nodes[i].is_unmanaged = true;
}

/* --- text --- */

static void
trim_end(char *s)
{
    size_t len = strlen(s);

    while (len && isspace((unsigned char) s[len - 1]))
        s[--len] = '\0';
}

xmlDoc *
cluster_xml_parse(const char *bytes, size_t len, struct vmha_error *err)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR |
                        XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS;
    const xmlError *why;
    xmlDoc *doc;

    if (len > CLUSTER_XML_MAX) {
        vmha_fail(err, VMHA_E_INPUT, 0, "CIB: more than %d bytes",
                  CLUSTER_XML_MAX);
        return NULL;
    }
    xmlResetLastError();
    doc = xmlReadMemory(bytes, (int) len, "CIB", NULL, options);
    if (!doc) {
        CLEANUP_FREE char *text = NULL;

        why = xmlGetLastError();
        text = xstrdup(why && why->message ? why->message : "not XML");
        trim_end(text);
        vmha_fail(err, VMHA_E_INPUT, 0, "CIB: line %d: %s", why ? why->line : 0,
                  text);
        return NULL;
    }
    if (doc->intSubset || !xmlDocGetRootElement(doc)) {
        xmlFreeDoc(doc);
        vmha_fail(err, VMHA_E_INPUT, 0, "CIB: a DTD is not allowed");
        return NULL;
    }
    return doc;
}

int
attribute_xml_read(const char *text, size_t len, char **ret_value,
                   struct vmha_error *err)
{
    xmlDoc *doc = cluster_xml_parse(text, len, err);
    const xmlNode *first;

    if (!doc)
        return vmha_context(err, "attrd_updater");
    first = element_find(xmlDocGetRootElement(doc), "attribute", NULL, 2);
    *ret_value = NULL;
    if (first)
        xstrset(ret_value, element_attr(first, "value"));
    xmlFreeDoc(doc);
    return 0;
}

char *
cluster_xml_journal_id(const char *name)
{
    CLEANUP_BUF struct buf id = BUF_INIT(8192);

    (void) buf_add_str(&id, JOURNAL_SET_ID "-");
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char) *p;

        /* "_" starts an escape, else "a_2f" and "a/" would collide. */
        if (isascii(c) && (isalnum(c) || c == '-' || c == '.'))
            (void) buf_add(&id, p, 1);
        else
            (void) buf_printf(&id, "_%02x", c);
    }
    return buf_take(&id);
}

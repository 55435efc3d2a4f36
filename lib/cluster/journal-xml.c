/* Requests that change the journal, as libcib takes them. */
#include "journal-xml.h"

#include <string.h>

#include "cleanup.h"
#include "cluster-xml.h"
#include "element.h"

bool
journal_is_printable(const char *s)
{
    for (; *s; s++)
        if (*s < ' ' || *s > '~')
            return false;
    return true;
}

xmlDoc *
journal_modify_doc(const struct journal_pair *pairs, size_t n)
{
    xmlDoc *doc = xmlNewDoc(AS_XML("1.0"));
    xmlNode *root = xmlNewDocNode(doc, NULL, AS_XML("crm_config"), NULL);
    xmlNode *set;

    xmlDocSetRootElement(doc, root);
    set = xmlNewChild(root, NULL, AS_XML("cluster_property_set"), NULL);
    xmlSetProp(set, AS_XML("id"), AS_XML(JOURNAL_SET_ID));
    for (size_t i = 0; i < n; i++) {
        CLEANUP_FREE char *id = cluster_xml_journal_id(pairs[i].name);
        xmlNode *e = xmlNewChild(set, NULL, AS_XML("nvpair"), NULL);

        xmlSetProp(e, AS_XML("id"), AS_XML(id));
        xmlSetProp(e, AS_XML("name"), AS_XML(pairs[i].name));
        xmlSetProp(e, AS_XML("value"), AS_XML(pairs[i].value));
    }
    return doc;
}

/* S as an XPath string; XPath 1.0 has no escapes, so that a text with both
 * kinds of quotes is put together from pieces.
 */
static int
add_literal(struct buf *b, const char *s)
{
    if (!strchr(s, '\''))
        return buf_printf(b, "'%s'", s);
    if (!strchr(s, '"'))
        return buf_printf(b, "\"%s\"", s);
    if (buf_add_str(b, "concat(''") == -1)
        return -1;
    while (*s) {
        size_t len = strcspn(s, "'");

        if (len == 0 ? buf_add_str(b, ",\"'\"") == -1
                     : buf_printf(b, ",'%.*s'", (int) len, s) == -1)
            return -1;
        s += len ? len : 1;
    }
    return buf_add_str(b, ")");
}

int
journal_pair_path(struct buf *path, const struct journal_pair *pair)
{
    if (buf_add_str(path, "/cib/configuration/crm_config/cluster_property_set"
                          "[@id='" JOURNAL_SET_ID "']/nvpair[@name=") == -1 ||
        add_literal(path, pair->name) == -1 ||
        buf_add_str(path, " and @value=") == -1 ||
        add_literal(path, pair->value) == -1)
        return -1;
    return buf_add_str(path, "]");
}

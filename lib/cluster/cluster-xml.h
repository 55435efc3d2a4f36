/* What the CIB's XML says, as a view: pure, and total for any tree.
 *
 * The value forms of Pacemaker 2.1 (in_ccm="true", crmd="online") and of 2.1.7
 * and later (times in seconds since the epoch, "0" for no) are both read.
 *
 * cluster_node.is_online, where certainty is needed, errs towards online:
 * - a full member is online while Corosync has it (in_ccm) or its controller
 *   runs (crmd), and where a value makes no sense;
 * - a remote is online from the join on until its connection is lost.  From
 *   2.1.7 on the CIB does not show that loss (in_ccm may be "0" for a joined
 *   remote): there it is online until it is fenced.
 */
#ifndef VMHA_CLUSTER_XML_H
#define VMHA_CLUSTER_XML_H

#include <stddef.h>

#include <libxml/tree.h>

#include "cluster.h"
#include "error.h"

/* The property set that holds the journal, and that set's parent. */
#define JOURNAL_SET_ID "vmha-journal"

/* The largest CIB file that cluster_xml_parse takes. */
enum { CLUSTER_XML_MAX = 64 * 1024 * 1024 };

/* A document (free it with xmlFreeDoc) made of LEN bytes, or NULL: not well
 * formed (the message has the line), with a DTD, or too large.
 */
xmlDoc *cluster_xml_parse(const char *bytes, size_t len,
                          struct vmha_error *err);

/* Fill in VIEW's nodes, entries, instances and problem, which must be empty.
 * CONFIG is a tree that has crm_config, nodes, resources and rsc_defaults at
 * most two levels below its root; STATUS has the node_states there (their
 * attributes suffice).  Both may be the whole CIB; NULL is an empty one.
 *
 * A journal entry without a name, id or value has "" there: it is for the
 * caller to judge.  VIEW->problem names the first place that makes no sense.
 */
void cluster_xml_read(const xmlNode *config, const xmlNode *status,
                      struct cluster_view *view);

/* Is the CIB with this STATUS (and the attributes of its cib element) current:
 * is the DC that it names a member by its own account?
 *
 * A CIB manager that was restarted starts from disk, where the status is empty,
 * and shows every node as offline until the DC has given it the present one (1
 * to 2 s in the lab).  Where the DC itself is lost, nobody keeps the status.
 */
bool cluster_xml_is_current(const xmlNode *status);

/* The value (caller frees it) of the only attribute in what attrd_updater
 * --query --output-as=xml prints; *RET_VALUE is NULL where it has none.
 */
int attribute_xml_read(const char *text, size_t len, char **ret_value,
                       struct vmha_error *err);

/* The XML id of the journal's nvpair NAME (caller frees it); different names
 * have different ids.  The form is that of crm_attribute, so that both address
 * the same nvpair.
 */
char *cluster_xml_journal_id(const char *name);

#endif

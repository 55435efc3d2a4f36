/* Requests that change the journal, as libcib takes them.  Pure. */
#ifndef VMHA_JOURNAL_XML_H
#define VMHA_JOURNAL_XML_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

#include "buf.h"

struct journal_pair {
    const char *name;
    const char *value;
};

/* The longest request for one pair; names and values are far shorter. */
enum { JOURNAL_TEXT_MAX = 4096 };

/* Only printable ASCII is written: XML and XPath take it without loss. */
bool journal_is_printable(const char *s);

/* A crm_config with the N pairs, for cib modify; free it with xmlFreeDoc. */
xmlDoc *journal_modify_doc(const struct journal_pair *pairs, size_t n);

/* The XPath of the pair with this name and this value.  As the CIB manager
 * looks it up and deletes it in one step, in the order that Corosync gives to
 * all writes, this is an atomic compare and delete.
 */
int journal_pair_path(struct buf *path, const struct journal_pair *pair);

#endif

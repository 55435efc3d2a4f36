/* What Nova has of our hosts, as findings.  Pure. */
#ifndef VMHA_NOVA_AUDIT_H
#define VMHA_NOVA_AUDIT_H

#include <stddef.h>

#include <json-c/json.h>

#include "audit.h"

/* Call FN for each finding.  DOCS: what the N daemons answered to "check"
 * (tools/recoveryd/examine.c); members that make no sense count as missing.
 */
void nova_audit(struct json_object *const *docs, size_t n,
                const struct audit_words *words, audit_fn *fn, void *arg);

#endif

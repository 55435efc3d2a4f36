/* What the daemons answered, as one document for programs. */
#ifndef VMHA_DOCUMENT_H
#define VMHA_DOCUMENT_H

#include <stdbool.h>

#include "command.h"
#include "replies.h"

/* What a daemon answered as an object, or NULL; json_object_put it. */
struct json_object *document_parse(const struct reply *p);

/* {"instances": [...]} with the daemons' status documents as they came; of
 * hosts only HOST, where it is not NULL.  An answer that is no status becomes
 * {"instance": NAME, "error": TEXT}.
 */
struct json_object *document_of(const struct replies *r, const char *host);

/* O, what COMMAND tells, on one line as JSON, or as XML: <vmha-result
 * api-version="1"><COMMAND ...>.  Nothing in it harms a terminal (text.h).  The
 * caller frees it; O is put away.
 */
char *document_done(struct json_object *o, enum output form,
                    const char *command, bool is_utf8);

#endif

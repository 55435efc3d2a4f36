/* What the daemons answered, as one JSON document for programs. */
#ifndef VMHA_DOCUMENT_H
#define VMHA_DOCUMENT_H

#include <stdbool.h>

#include "replies.h"

/* {"instances": [...]} on one line, with the daemons' status documents as they
 * came; of HOSTs only HOST, where it is not NULL.  An answer that is no status
 * becomes {"instance": NAME, "error": TEXT}.  Nothing in it harms a terminal
 * (text.h).  The caller frees it.
 */
char *document_text(const struct replies *r, const char *host, bool is_utf8);

/* The text of O on one line, as harmless; O is put away. */
struct json_object;
char *document_done(struct json_object *o, bool is_utf8);

#endif

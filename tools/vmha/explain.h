/* The decision log and the daemon's plans, as text for people.  All text is
 * harmless to a terminal (text.h); times are in the local time zone; the caller
 * frees it.
 */
#ifndef VMHA_EXPLAIN_H
#define VMHA_EXPLAIN_H

#include "../history/query.h"

/* What became of each VM that VMS tells of, with what HOSTS says of its host.
 */
char *explain_why(const struct history_list *vms,
                  const struct history_list *hosts, bool is_utf8);

/* The newest LIMIT incidents, newest first, each with its EVENTS. */
char *explain_incidents(const struct history_list *list,
                        const struct history_list *events, size_t limit,
                        bool is_utf8);

/* The document of the request `plan`. */
char *explain_plan(struct json_object *plan, bool is_utf8);

#endif

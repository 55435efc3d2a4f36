/* The decision log, from where it is: the files of this node, and those of the
 * nodes whose daemons run now.
 */
#ifndef VMHA_GATHER_H
#define VMHA_GATHER_H

#include "../history/query.h"
#include "group-ask.h"

struct gather {
    const char *dir;  /* only the files there, and nobody is asked; or NULL */
    struct ask *ask;  /* NULL: there is no daemon to ask... */
    char *trouble;    /* ...for this reason */
    char *unseen;     /* nodes whose files nobody has shown, or NULL */
    size_t n_damaged; /* lines that could not be read */
};

/* DIR is borrowed. */
void gather_init(struct gather *g, const char *dir);
void gather_clear(struct gather *g);
#define CLEANUP_GATHER CLEANUP(gather_clear)

/* Add what matches Q to LIST.  An error where neither files nor daemons could
 * be read.
 */
int gather_lines(struct gather *g, const struct history_query *q,
                 struct history_list *list, struct vmha_error *err);

/* Add to the document O, or say on standard error, what may be missing. */
void gather_put(const struct gather *g, struct json_object *o);
void gather_warn(const struct gather *g);

/* Read a daemon's reply: its lines are added to LIST, unless its node is HAVE.
 * *RET_REPLY, which the caller puts away, has its node and nodes.
 */
int gather_reply(const char *text, size_t len, const struct history_query *q,
                 const char *have, struct history_list *list,
                 struct json_object **ret_reply, struct vmha_error *err);

#endif

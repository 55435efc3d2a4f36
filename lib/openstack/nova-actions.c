/* What was asked of a server: the document of os-instance-actions. */
#include "nova-actions.h"

#include <stdlib.h>

#include "reply.h"
#include "xalloc.h"

void
nova_actions_clear(struct nova_action_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->all[i].name);
        free(list->all[i].user);
    }
    free(list->all);
    *list = (struct nova_action_list){ 0 };
}

static int
read_action(const struct reply_node *n, struct nova_action *a,
            struct vmha_error *err)
{
    const char *name, *message, *user;

    if (reply_text(n, "action", &name, err) == -1 ||
        reply_text_opt(n, "message", &message, err) == -1 ||
        reply_text_opt(n, "user_id", &user, err) == -1 ||
        reply_time_opt(n, "start_time", &a->started_ms, err) == -1)
        return -1;
    a->name = xstrdup(name);
    xstrset(&a->user, user);
    a->has_failed = message != NULL; /* "Error" */
    return 0;
}

int
nova_actions_parse(const char *bytes, size_t len,
                   struct nova_action_list *ret_list, struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    CLEANUP_NOVA_ACTIONS struct nova_action_list list = { 0 };
    struct reply_node top, actions, n;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_list(&top, "instanceActions", &actions, err) == -1)
        return -1;
    list.all = xcalloc(reply_length(&actions), sizeof *list.all);
    for (size_t i = 0; i < reply_length(&actions); i++)
        if (reply_item(&actions, i, &n, err) == -1 ||
            read_action(&n, &list.all[list.n++], err) == -1)
            return -1;
    *ret_list = list;
    list = (struct nova_action_list){ 0 };
    return 0;
}

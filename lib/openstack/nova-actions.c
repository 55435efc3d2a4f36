/* What was asked of a server: the document of os-instance-actions. */
#include "nova-actions.h"

#include <stdlib.h>

#include "reply.h"
#include "xalloc.h"

void
nova_actions_clear(struct nova_action_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct nova_action_list){ 0 };
}

int
nova_actions_parse(const char *bytes, size_t len,
                   struct nova_action_list *ret_list, struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    CLEANUP_NOVA_ACTIONS struct nova_action_list all = { 0 };
    struct reply_node top, list, n;
    const char *name, *message;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_list(&top, "instanceActions", &list, err) == -1)
        return -1;
    all.names = xcalloc(reply_length(&list), sizeof *all.names);
    for (size_t i = 0; i < reply_length(&list); i++) {
        if (reply_item(&list, i, &n, err) == -1 ||
            reply_text(&n, "action", &name, err) == -1 ||
            reply_text_opt(&n, "message", &message, err) == -1)
            return -1;
        if (!message) /* else "Error" */
            all.names[all.n++] = xstrdup(name);
    }
    *ret_list = all;
    all = (struct nova_action_list){ 0 };
    return 0;
}

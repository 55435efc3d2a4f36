/* What was asked of a server: the document of os-instance-actions. */
#ifndef VMHA_NOVA_ACTIONS_H
#define VMHA_NOVA_ACTIONS_H

#include "cleanup.h"
#include "error.h"
#include "nova.h"

/* In the order of the document: newest first. */
struct nova_action_list {
    struct nova_action *all;
    size_t n;
};

int nova_actions_parse(const char *bytes, size_t len,
                       struct nova_action_list *ret_list,
                       struct vmha_error *err);
void nova_actions_clear(struct nova_action_list *list);
#define CLEANUP_NOVA_ACTIONS CLEANUP(nova_actions_clear)

#endif

/* Nova's server groups into structs. */
#ifndef VMHA_NOVA_GROUPS_JSON_H
#define VMHA_NOVA_GROUPS_JSON_H

#include <stddef.h>

#include "cleanup.h"
#include "error.h"
#include "nova.h"

struct nova_group_list {
    struct nova_group *items;
    size_t n;
};

/* Append the page in BYTES. */
int nova_groups_parse(const char *bytes, size_t len,
                      struct nova_group_list *list, struct vmha_error *err);
void nova_groups_clear(struct nova_group_list *list);
#define CLEANUP_NOVA_GROUPS CLEANUP(nova_groups_clear)

#endif

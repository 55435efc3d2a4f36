/* Nova's aggregates and hypervisors into structs, and requests about hosts into
 * documents.
 */
#ifndef VMHA_NOVA_HOSTS_JSON_H
#define VMHA_NOVA_HOSTS_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "error.h"
#include "nova.h"

struct nova_aggregate_list {
    struct nova_aggregate *items;
    size_t n;
};

struct nova_hypervisor_list {
    struct nova_hypervisor *items;
    size_t n;
};

/* {"aggregates": [...]} */
int nova_aggregates_parse(const char *bytes, size_t len,
                          struct nova_aggregate_list *ret_list,
                          struct vmha_error *err);
void nova_aggregates_clear(struct nova_aggregate_list *list);
#define CLEANUP_NOVA_AGGREGATES CLEANUP(nova_aggregates_clear)

/* Append the page in BYTES.  *RET_MARKER (caller frees): where the next page
 * begins, NULL where none follows.
 */
int nova_hypervisors_parse(const char *bytes, size_t len,
                           struct nova_hypervisor_list *list, char **ret_marker,
                           struct vmha_error *err);
void nova_hypervisors_clear(struct nova_hypervisor_list *list);
#define CLEANUP_NOVA_HYPERVISORS CLEANUP(nova_hypervisors_clear)

/* Body of the PUT that disables a service with REASON (NULL: none), or enables
 * it.
 */
char *nova_service_body(bool is_disabled, const char *reason);
/* Body of evacuate, to TARGET if there is one. */
char *nova_evacuate_body(const char *target);
/* Body of an aggregate's action add_host or remove_host. */
char *nova_aggregate_body(const char *action, const char *host);

#endif

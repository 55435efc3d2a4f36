/* Every document of Nova that we read. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "nova-actions.h"
#include "nova-groups-json.h"
#include "nova-hosts-json.h"
#include "nova-json.h"

static void
read_servers(const char *text, size_t size)
{
    CLEANUP_NOVA_SERVERS struct nova_server_list list = { 0 };
    struct vmha_error err;
    bool more;

    (void) nova_server_parse(text, size, &list, &err);
    (void) nova_servers_parse(text, size, &list, &more, &err);
    for (size_t i = 0; i < list.n; i++)
        assert(strlen(list.items[i].id) == 36 && list.items[i].vm_state);
}

static void
read_migrations(const char *text, size_t size)
{
    CLEANUP_NOVA_MIGRATIONS struct nova_migration_list list = { 0 };
    struct vmha_error err;
    bool more;

    (void) nova_migrations_parse(text, size, &list, &more, &err);
    (void) nova_migrations_parse(text, size, &list, &more, &err);
    nova_migrations_merge(&list);
    for (size_t i = 1; i < list.n; i++)
        assert(list.items[i - 1].created_ms >= list.items[i].created_ms);
}

static void
read_services(const char *text, size_t size)
{
    CLEANUP_NOVA_SERVICE struct nova_service one = { 0 }, found = { 0 };
    struct vmha_error err;
    bool is_found = false;

    (void) nova_service_parse(text, size, &one, &err);
    if (nova_services_parse(text, size, "cmp1", &found, &is_found, &err) == 0)
        assert(is_found == (found.host != NULL));
}

static void
read_hosts(const char *text, size_t size)
{
    CLEANUP_NOVA_AGGREGATES struct nova_aggregate_list sets = { 0 };
    CLEANUP_NOVA_HYPERVISORS struct nova_hypervisor_list hosts = { 0 };
    CLEANUP_FREE char *marker = NULL;
    struct vmha_error err;

    if (nova_aggregates_parse(text, size, &sets, &err) == 0)
        for (size_t i = 0; i < sets.n; i++)
            assert(sets.items[i].id > 0);
    if (nova_hypervisors_parse(text, size, &hosts, &marker, &err) == 0)
        assert(!marker || hosts.n > 0);
}

static void
read_actions(const char *text, size_t size)
{
    CLEANUP_NOVA_ACTIONS struct nova_action_list list = { 0 };
    struct vmha_error err;

    (void) nova_actions_parse(text, size, &list, &err);
    for (size_t i = 0; i < list.n; i++)
        assert(list.all[i].name);
}

static void
read_groups(const char *text, size_t size)
{
    CLEANUP_NOVA_GROUPS struct nova_group_list list = { 0 };
    struct vmha_error err;

    (void) nova_groups_parse(text, size, &list, &err);
    for (size_t i = 0; i < list.n; i++)
        assert(list.items[i].id && list.items[i].name && list.items[i].policy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *) data, *prefix;
    struct vmha_error err;
    unsigned minor;

    read_servers(text, size);
    read_migrations(text, size);
    read_services(text, size);
    read_groups(text, size);
    read_hosts(text, size);
    read_actions(text, size);
    (void) nova_version_parse(text, size, &minor, &prefix, &err);
    (void) nova_is_not_found(text, size);
    (void) nova_guest_parse(text, size, &err);
    return 0;
}

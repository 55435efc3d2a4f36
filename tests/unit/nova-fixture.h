/* What tests of lib/openstack/nova share: a session with a scripted peer, and
 * callbacks that keep what a call gave.
 */
#ifndef VMHA_NOVA_FIXTURE_H
#define VMHA_NOVA_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "../peer/peer-cloud.h"
#include "cleanup.h"
#include "nova.h"

#define U1   "11111111-1111-4111-8111-111111111111"
#define U2   "22222222-2222-4222-8222-222222222222"
#define API  "/v2.1"
#define LIST "GET " API "/servers/detail?all_tenants=1&limit=500&host=cmp1"
#define RECS "GET " API "/os-migrations?migration_type=evacuation"
#define SVCS "GET " API "/os-services?binary=nova-compute&host=cmp1 "
#define SERVICE(more)                                                          \
    "{\"id\":\"" U1 "\",\"host\":\"cmp1\",\"state\":\"down\"," more "}"
#define DOWN_DISABLED "\"status\":\"disabled\",\"forced_down\":true"

/* What a call gave; of the lists the IDs' first four letters, with commas. */
struct got {
    bool is_done;
    unsigned times;
    int status;
    bool was_sent;
    char *detail, *request_id;
    struct vmha_error err;
    size_t n;
    char *ids, *first; /* and the first one's state */
};

void got_clear(struct got *g);
#define CLEANUP_GOT CLEANUP(got_clear)

nova_done_fn on_done;
nova_service_fn on_service;
nova_servers_fn on_servers;
nova_migrations_fn on_migrations;

struct both {
    struct peer_cloud p;
    struct peer *peer;
    struct cloud *cloud;
    struct nova *nova;
};

/* VERSION is what the version document says; NULL: there is none. */
struct both both_new(const char *version);
void both_clear(struct both *b);
#define CLEANUP_BOTH CLEANUP(both_clear)

/* Wait for the one callback. */
void wait_for(struct got *g);

/* Fetch token and version, as calls that do not wait need them. */
void warm_up(struct both *b);

/* The last request that the peer got. */
const char *last(const struct both *b);

#endif

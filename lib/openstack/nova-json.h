/* Nova's documents into structs, and requests into documents. */
#ifndef VMHA_NOVA_JSON_H
#define VMHA_NOVA_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "error.h"
#include "nova.h"

/* A page of servers or of migrations; both grow by parsing into them. */
struct nova_server_list {
    struct nova_server *items;
    size_t n;
};

struct nova_migration_list {
    struct nova_migration *items;
    size_t n;
};

/* Append the page in BYTES.  *RET_MORE: a next page follows.
 *
 * A server of which Nova knows nothing because its cell is down (N20) is an
 * error of kind VMHA_E_AGAIN.
 */
int nova_servers_parse(const char *bytes, size_t len,
                       struct nova_server_list *list, bool *ret_more,
                       struct vmha_error *err);
int nova_migrations_parse(const char *bytes, size_t len,
                          struct nova_migration_list *list, bool *ret_more,
                          struct vmha_error *err);

/* {"server": {...}}: append it. */
int nova_server_parse(const char *bytes, size_t len,
                      struct nova_server_list *list, struct vmha_error *err);

void nova_servers_clear(struct nova_server_list *list);
void nova_migrations_clear(struct nova_migration_list *list);
#define CLEANUP_NOVA_SERVERS    CLEANUP(nova_servers_clear)
#define CLEANUP_NOVA_MIGRATIONS CLEANUP(nova_migrations_clear)

/* Newest first, and of records with the same uuid only the one that stands
 * last in LIST.
 */
void nova_migrations_merge(struct nova_migration_list *list);

/* The service of exactly HOST in {"services": [...]}; *RET_FOUND tells whether
 * there is one.  VMHA_E_AGAIN where its cell is down.
 */
int nova_services_parse(const char *bytes, size_t len, const char *host,
                        struct nova_service *ret_service, bool *ret_found,
                        struct vmha_error *err);

/* {"service": {...}} */
int nova_service_parse(const char *bytes, size_t len,
                       struct nova_service *ret_service,
                       struct vmha_error *err);
void nova_service_clear(struct nova_service *s);
#define CLEANUP_NOVA_SERVICE CLEANUP(nova_service_clear)

/* A version document: the newest microversion, 2.RET_MINOR, and the path of
 * the API below the document ("" or "/v2.1").  VMHA_E_CONFIG where the API
 * has no microversions.
 */
int nova_version_parse(const char *bytes, size_t len, unsigned *ret_minor,
                       const char **ret_prefix, struct vmha_error *err);

/* Is it Nova's own "not found", not that of some proxy? */
bool nova_is_not_found(const char *bytes, size_t len);

/* Do the diagnostics of a VM (2.48) say that its guest runs? */
int nova_guest_parse(const char *bytes, size_t len, struct vmha_error *err);

/* Body of the PUT of nova_service_force_down. */
char *nova_force_down_body(const char *reason);

#endif

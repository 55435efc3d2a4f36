/* Conformance of what a host that comes back is asked. */
#ifndef VMHA_CONFORMANCE_RETURNS_H
#define VMHA_CONFORMANCE_RETURNS_H

#include <stdbool.h>

#include "nova.h"

/* The service has evacuations that are done and not completed. */
void returns_refuse_up(struct nova *nova, const char *service_id);

/* Its nova-compute starts while it is forced down, and completes them; then
 * Nova takes it back.
 */
void returns_take_up(struct nova *nova, const char *service_id,
                     const char *host, const char *hook, size_t n_evacuated);

/* A server on a host that is up, and whether it runs. */
void returns_ask_guest(struct nova *nova, const char *id, bool is_running);

/* Its host was rebooted, and nova-compute is about to stop it: that action has
 * no user, and a time since.  Then it is started.
 */
void returns_sync_power(struct nova *nova, const char *id);

#endif

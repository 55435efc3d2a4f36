/* Conformance of what a host that comes back is asked. */
#ifndef VMHA_CONFORMANCE_RETURNS_H
#define VMHA_CONFORMANCE_RETURNS_H

#include <stdbool.h>

#include "nova.h"

/* The service has evacuations that are done and not completed. */
void returns_refuse_up(struct nova *nova, const char *service_id);

/* A server on a host that is up, and whether it runs. */
void returns_ask_guest(struct nova *nova, const char *id, bool is_running);

#endif

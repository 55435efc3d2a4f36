/* From request to handler. */
#ifndef VMHA_SIM_ROUTES_H
#define VMHA_SIM_ROUTES_H

#include "sim-http.h"

/* Answer R: sets status, out and headers. */
void sim_dispatch(struct sim_req *r);

/* Class of a request's route, for latencies: auth, versions, services,
 * servers, server, evacuate, action, migrations, other, control.
 */
const char *sim_route_class(const struct sim_req *r);

#endif

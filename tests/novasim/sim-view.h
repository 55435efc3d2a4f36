/* A server as the API shows it. */
#ifndef VMHA_SIM_VIEW_H
#define VMHA_SIM_VIEW_H

#include "sim-nova.h"

/* Add the server to r->out, in the fields of r->minor.  IS_LIST: as in
 * servers/detail, which has no server_groups.
 */
void sim_view_server(struct sim_req *r, const char *key, const struct sim_vm *v,
                     bool is_list);
/* id, name and links. */
void sim_view_brief(struct sim_req *r, const struct sim_vm *v);

/* status from vm_state and task_state (nova/api/openstack/common.py). */
const char *sim_view_status(const struct sim_vm *v);
/* The vm_state that shows as STATUS, any case; NULL: none. */
const char *sim_view_state_of(const char *status);
/* hostId: a hash of project and host. */
void sim_view_host_id(GString *o, const char *project, const char *host);

#endif

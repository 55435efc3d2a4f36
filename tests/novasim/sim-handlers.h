/* The handlers that the route table of sim-routes.c names; each answers R.
 * They are defined in sim-services.c, sim-hosts.c, sim-groups.c, sim-servers.c,
 * sim-metadata.c, sim-actions.c, sim-migrations.c and sim-versions.c.
 */
#ifndef VMHA_SIM_HANDLERS_H
#define VMHA_SIM_HANDLERS_H

#include "sim-http.h"

void nova_services_list(struct sim_req *r);
void nova_services_update(struct sim_req *r);
void nova_services_delete(struct sim_req *r);
void nova_aggregates_list(struct sim_req *r);
void nova_aggregates_action(struct sim_req *r);
void nova_hypervisors_detail(struct sim_req *r);
void nova_groups_list(struct sim_req *r);
void nova_servers_detail(struct sim_req *r);
void nova_servers_index(struct sim_req *r);
void nova_servers_show(struct sim_req *r);
void nova_servers_diagnostics(struct sim_req *r);
void nova_servers_delete(struct sim_req *r);
void nova_servers_action(struct sim_req *r);
void nova_metadata_list(struct sim_req *r);
void nova_metadata_merge(struct sim_req *r);
void nova_metadata_replace(struct sim_req *r);
void nova_metadata_show(struct sim_req *r);
void nova_metadata_set(struct sim_req *r);
void nova_metadata_delete(struct sim_req *r);
void nova_actions_list(struct sim_req *r);
void nova_actions_show(struct sim_req *r);
void nova_migrations_list(struct sim_req *r);
void nova_server_migrations(struct sim_req *r);
void nova_versions(struct sim_req *r);
void nova_version(struct sim_req *r);

#endif

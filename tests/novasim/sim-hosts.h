/* Aggregates and hypervisors, as far as the control steps see them. */
#ifndef VMHA_SIM_HOSTS_H
#define VMHA_SIM_HOSTS_H

#include <glib.h>
#include <json-c/json.h>

/* The step `aggregate`: a new one, NAME with HOSTS.  NULL, or what is wrong. */
const char *sim_step_aggregate(struct json_object *in, GString *out);

/* All of them, with their hosts. */
void sim_dump_aggregates(GString *o);

#endif

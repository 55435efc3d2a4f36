/* Change the cluster's configuration by Pacemaker's own programs, as an
 * administrator would.
 */
#ifndef VMHA_CRM_H
#define VMHA_CRM_H

#include "error.h"

/* Set the node attribute NAME of NODE for good; VALUE "" deletes it. */
int crm_set_attribute(const char *node, const char *name, const char *value,
                      struct vmha_error *err);

/* Set parameter NAME of RESOURCE. */
int crm_set_parameter(const char *resource, const char *name, const char *value,
                      struct vmha_error *err);

#endif

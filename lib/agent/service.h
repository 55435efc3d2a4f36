/* An agent's daemon: a program of ours with a private directory in /run.
 *
 * The directory has conf (its parameters), pid (pidfile.h), control (its
 * socket: control.h) and errors (what it wrote before it ended).  The daemon
 * answers "health" with starting, ready, or "degraded WHY", and "reload" with
 * ok.  The functions are for the resource that the cluster has named.
 */
#ifndef VMHA_SERVICE_H
#define VMHA_SERVICE_H

#include <stdint.h>

#include "error.h"
#include "param.h"

/* An OCF code, with the reason in ERR where it is OCF_DEGRADED, or -1: PROGRAM
 * runs but does not answer.
 */
int service_monitor(const char *program, struct vmha_error *err);

/* The same, and where all is well the daemon's answer to QUESTION, as to
 * health; "starting" is none yet.  It has PATIENCE_MS for it.
 */
int service_monitor_depth(const char *program, const char *question,
                          int64_t patience_ms, struct vmha_error *err);

/* Write the parameters and start it, unless it runs; return when it is ready.
 * The cluster's timeout for the action is kept, or START_MS without one.  An
 * error in what the daemon reads is one of this node, never of the resource.
 */
int service_start(const char *program, const struct param *table,
                  const void *conf, struct vmha_error *err);

/* End it: by SIGTERM, and when PATIENCE_MS have passed by SIGKILL. */
int service_stop(const char *program, int64_t patience_ms,
                 struct vmha_error *err);

/* Hand it new parameters.  OCF_NOT_RUNNING where it does not run. */
int service_reload(const char *program, const struct param *table,
                   const void *conf, struct vmha_error *err);

/* The parameters are good: what else is wrong with the configuration is in the
 * files of this node, and another node may have them right.
 */
enum vmha_kind service_kind_on_this_node(enum vmha_kind kind);

#endif

/* Request log: what a scenario judges its subject by.
 *
 *   <epoch.ms> <seq> <what> <method> <path?query> <status> <ms> <version>
 * <text>
 *
 * what: recv (the request is complete; text: summary of its body), send (the
 * answer starts; text: the mishap or -), done (the answer is over; text:
 * ok, gone, hung or the mishap), late (a delayed effect took place).  status
 * and version are - where unknown; version is the microversion asked for.  ms
 * counts from recv.  Passwords, secrets and tokens never appear.
 */
#ifndef VMHA_SIM_LOG_H
#define VMHA_SIM_LOG_H

#include "sim-http.h"

void sim_log_open(const char *path); /* "": none */
void sim_log(const struct sim_req *r, const char *what, const char *text);
/* Summary of the request's body; caller frees by g_free. */
char *sim_log_summary(const struct sim_req *r);
void sim_log_flush(void);

#endif

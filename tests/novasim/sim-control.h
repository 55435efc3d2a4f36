/* Control API under /_sim/: how a test builds its cloud and breaks it. */
#ifndef VMHA_SIM_CONTROL_H
#define VMHA_SIM_CONTROL_H

#include "sim-http.h"

/* Answer a request to /_sim/... */
void sim_control(struct sim_req *r);

/* Run a scenario: a JSON array of {"do": "hosts", ...}, each what a POST to
 * /_sim/<do> takes.  Ends the program where a step fails.
 */
void sim_scenario(const char *text, size_t len);

#endif

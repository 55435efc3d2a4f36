/* Bodies of answers, whole or spoilt. */
#ifndef VMHA_SIM_ANSWER_H
#define VMHA_SIM_ANSWER_H

#include "sim-http.h"
#include "sim-mishap.h"

struct MHD_Response;

/* The response with r->out as its body, spoilt as M says; takes r->out. */
struct MHD_Response *sim_answer(struct sim_req *r, const struct sim_mishap *m);

/* Make R's answer the one that M (MISHAP_STATUS) scripts. */
void sim_answer_script(struct sim_req *r, const struct sim_mishap *m);

#endif

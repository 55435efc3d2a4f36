/* Answers that go to the wrong request, as behind a proxy that mixes up its
 * connections.
 */
#ifndef VMHA_SIM_SHUFFLE_H
#define VMHA_SIM_SHUFFLE_H

#include "sim-http.h"

/* Each gets the other's answer. */
void sim_shuffle_swap(struct sim_req *a, struct sim_req *b);
/* Keep a copy of the answer of R for the request that is answered next. */
void sim_shuffle_keep(const struct sim_req *r);
/* Give R the answer that was kept, if any, instead of its own. */
void sim_shuffle_give(struct sim_req *r);

#endif

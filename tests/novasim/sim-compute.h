/* nova-compute on the hosts: its life, and what it does to servers. */
#ifndef VMHA_SIM_COMPUTE_H
#define VMHA_SIM_COMPUTE_H

#include "sim-state.h"

/* An operation of nova-compute on a server that lives on its host. */
struct sim_op {
    const char *key;    /* in the body of POST .../action */
    const char *method; /* as in error texts and instance actions */
    const char *policy;
    const char *allowed[8]; /* vm_states, NULL-ended */
    const char *task;       /* task_state while it runs */
    const char *vm_state;   /* afterwards */
    int power_state;
    bool is_on; /* the guest, afterwards */
    const char *event;
};

extern const struct sim_op sim_ops[];
extern const size_t sim_ops_n;

/* Begin OP: the API's part is done.  Where no nova-compute runs it waits for
 * one, as the message does in the queue.
 */
void sim_compute_op(struct sim_vm *v, const struct sim_op *op,
                    struct sim_action *a);
/* The source of a resize, RECORD, ends it; a dead one never does. */
void sim_compute_confirm(struct sim_vm *v, struct sim_record *record,
                         struct sim_action *a);
void sim_compute_delete(struct sim_vm *v);

/* Power of the machine.  Off: nova-compute and guests die.  On: neither
 * starts by itself (N33).
 */
void sim_host_power(struct sim_host *h, bool on);
/* nova-compute's process.  Its start cleans up evacuated guests (N31). */
void sim_host_compute(struct sim_host *h, bool run);

/* The guest ended by itself: a crash, or the user's shutdown inside. */
void sim_guest_crash(struct sim_vm *v, struct sim_host *h);

#endif

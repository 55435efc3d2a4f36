/* Evacuations that Nova leaves in one state for long (N28).  Nothing is sent
 * again by time alone, for two at once leave a guest that Nova does not know
 * of; but people are told.
 */
#ifndef VMHA_STUCK_H
#define VMHA_STUCK_H

#include <stdbool.h>
#include <stdint.h>

struct incident;
struct record_fact;
struct vm;

/* The record of an evacuation under way, as it was last seen. */
struct vm_stage {
    char status[16];    /* "accepted", "pre-migrating"; "": none seen */
    char *dest;         /* its destination, NULL before the claim */
    int64_t since_ms;   /* seen so since then */
    int64_t written_ms; /* by the cloud's clock: last change of the record */
    char *service;      /* what the destination's nova-compute is, or NULL */
    int64_t service_ms; /* when that was asked */
    char *told;         /* what people are told, or NULL */
};

void vm_stage_clear(struct vm_stage *s);

/* A record was read, and is the newest of its VM. */
void stuck_on_record(struct incident *inc, const struct record_fact *r,
                     int64_t asked_ms);

/* So long may an evacuation be in that state: several times as long as any of
 * this host's VMs that got beyond it, and some minutes in any case.
 */
int64_t stuck_limit_ms(const struct incident *inc, const char *status);

/* Look which are stuck now: vm_reason() says so. */
void stuck_look(struct incident *inc, int64_t now_ms);

/* Why a VM is where it is, for people; NULL: as it should be. */
const char *vm_reason(const struct vm *v);

/* A destination of stuck VMs whose nova-compute should be asked for, or NULL.
 */
const char *stuck_asks(const struct incident *inc, int64_t now_ms);

/* That answer: STATE is "up", "down", ...; NULL: Nova knows none. */
void stuck_on_service(struct incident *inc, const char *dest, const char *state,
                      int64_t asked_ms);

#endif

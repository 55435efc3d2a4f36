/* Requests of the daemon that are under way, to the cloud or the journal. */
#ifndef VMHA_REQUEST_H
#define VMHA_REQUEST_H

#include "daemon.h"

/* A request under way.  It names its VM, too. */
struct request {
    struct pending base;
    int64_t began_ms; /* of the incident: tells it from its successor */
    struct incident_id incident;
    char vm[UUID_MAX];
    unsigned busy; /* enum busy to take back, or 0 */
    int64_t since_ms;
    struct journal_host entry;
    char *dest; /* or NULL */
};

/* A request of step S for host H, which is busy with BUSY until it ends. */
struct request *request_new(struct daemon *d, struct host *h,
                            const struct step *s, unsigned busy);

/* The incident that a request belongs to, no longer busy with it; NULL when
 * it is over or another has taken its place.
 */
struct incident *request_finish(struct request *r);
/* The VM likewise. */
struct vm *request_finish_vm(struct request *r, struct incident **ret_inc);

/* Did the cloud answer at all?  A refusal is an answer. */
bool request_is_answered(const struct nova_result *res);

/* Tell whether the cloud answers. */
void request_tell_cloud(struct daemon *d, const struct nova_result *res);
/* A failed read: note it, back off.  False where it succeeded. */
bool request_is_trouble(struct request *r, struct incident *inc,
                        const struct nova_result *res);

#endif

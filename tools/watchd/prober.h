/* The worker process, as its parent sees it: started, asked, ended when it is
 * late, started again.
 *
 * It also finds out whether libvirt answers at all, which the parent cannot
 * without the risk of hanging itself: "ready" says that it does.
 */
#ifndef VMHA_PROBER_H
#define VMHA_PROBER_H

#include "asking.h"

struct prober;

struct prober_calls {
    void (*ready)(void *arg);
    void (*answer)(const struct ask *a, const struct answer_text *answer,
                   void *arg);
    /* It ended, or could not be started; it is tried again. */
    void (*down)(const char *why, void *arg);
};

/* PROGRAM is run with --ask=URI and --agent-timeout. */
struct prober *prober_new(const char *program, const char *uri,
                          const struct prober_calls *calls, void *arg);
void prober_free(struct prober *p);

/* For the workers from the next one on. */
void prober_set_agent_timeout(struct prober *p, int64_t timeout_ms);

/* All is well: the next worker that ends is replaced at once. */
void prober_praise(struct prober *p);

/* Start a new worker; what is asked has no answer. */
void prober_restart(struct prober *p);

/* May it be asked? */
bool prober_is_free(const struct prober *p);

/* Ask.  There is an answer in all cases but prober_restart. */
void prober_ask(struct prober *p, const struct ask *a);

#endif

/* Ask the recovery daemons, on whatever node they run. */
#ifndef VMHA_GROUP_ASK_H
#define VMHA_GROUP_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "replies.h"

struct ask;

/* Enter the daemons' group.  VMHA_E_PERMISSION: only root may;
 * VMHA_E_ABSENT: there is no running cluster here.
 */
struct ask *ask_new(struct vmha_error *err);
void ask_free(struct ask *a);
void ask_cleanup(struct ask **a);
#define CLEANUP_ASK CLEANUP(ask_cleanup)

/* Send REQUEST to all and collect whole replies until WANT (0: all members of
 * the group) have answered, but not for more than 1 s after the first reply
 * and 3 s in all.  VMHA_E_ABSENT: nobody runs, or nobody answers;
 * VMHA_E_AGAIN: Corosync ended; the next call enters the group again, and
 * fails as ask_new does.  *RET_REPLIES is sorted; the caller clears it.
 */
int ask_all(struct ask *a, const char *request, size_t want,
            struct replies *ret_replies, struct vmha_error *err);

/* The same where one daemon knows, and may take its time: until a whole reply
 * IS_ANSWER, or all daemons have replied, but not for more than WAIT_MS.  Which
 * members are daemons is asked before.
 */
typedef bool ask_answer_fn(const struct reply *reply);
int ask_one(struct ask *a, const char *request, ask_answer_fn *is_answer,
            int64_t wait_ms, struct replies *ret_replies,
            struct vmha_error *err);

/* Let DELAY_MS pass; the group goes on. */
void ask_wait(struct ask *a, int64_t delay_ms);

#endif

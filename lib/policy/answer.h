/* What Nova's answer to an evacuate call means (rule N29). */
#ifndef VMHA_ANSWER_H
#define VMHA_ANSWER_H

#include <stdbool.h>

enum answer {
    ANSWER_QUEUED,   /* accepted: watch its migration record */
    ANSWER_NOT_SENT, /* never reached the cloud: send again later */
    ANSWER_UNKNOWN,  /* it may or may not have had its effect */
    ANSWER_GONE,     /* the VM does not exist any more */
    ANSWER_IN_USE,   /* Nova takes the source for alive (N7) */
    ANSWER_STATE,    /* the VM's state does not allow it: read it again */
    ANSWER_DENIED,   /* our user may not do this: credentials or policy */
    ANSWER_BLOCKED,  /* never for this VM: report the reason */
};

/* STATUS is the HTTP status, 0 without an answer; WAS_SENT tells whether the
 * request may have left; DETAIL is Nova's text.
 */
enum answer answer_to_evacuate(int status, bool was_sent, const char *detail);

#endif

/* What Nova's answer to an evacuate call means. */
#include "answer.h"

#include <stddef.h>
#include <string.h>

/* The first row that fits counts; what fits none is unknown (N27). */
static const struct {
    int first, last;
    const char *text; /* must be in Nova's words; NULL: any */
    enum answer answer;
} table[] = {
    { 200, 299, NULL, ANSWER_QUEUED },
    { 400, 400, "still in use", ANSWER_IN_USE },
    { 400, 400, NULL, ANSWER_BLOCKED },
    { 401, 401, NULL, ANSWER_DENIED },
    { 403, 403, NULL, ANSWER_DENIED },
    { 404, 404, NULL, ANSWER_GONE },
    { 409, 409, "vm_state", ANSWER_STATE },
    { 409, 409, "task_state", ANSWER_STATE },
    { 409, 409, NULL, ANSWER_BLOCKED },
    { 406, 406, NULL, ANSWER_NOT_SENT }, /* an API server of another release */
    { 408, 408, NULL, ANSWER_UNKNOWN },
    { 413, 413, NULL, ANSWER_UNKNOWN },
    { 429, 429, NULL, ANSWER_UNKNOWN },
    { 400, 499, NULL, ANSWER_BLOCKED },
};

enum answer
answer_to_evacuate(int status, bool was_sent, const char *detail)
{
    if (status == 0)
        return was_sent ? ANSWER_UNKNOWN : ANSWER_NOT_SENT;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (status >= table[i].first && status <= table[i].last &&
            (!table[i].text || strstr(detail, table[i].text)))
            return table[i].answer;
    return ANSWER_UNKNOWN;
}

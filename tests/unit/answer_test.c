/* lib/policy: what Nova's answer to an evacuate call means (N29). */
#include "answer.h"
#include "cleanup.h"
#include "tap.h"

/* clang-format off */
static const struct {
    const char *rule;
    int status;
    bool was_sent;
    const char *detail;
    enum answer want;
} table[] = {
    { "N26 accepted", 200, true, "", ANSWER_QUEUED },
    { "N26 accepted", 202, true, "", ANSWER_QUEUED },
    { "N29 refused connection", 0, false, "", ANSWER_NOT_SENT },
    { "N27 timeout", 0, true, "", ANSWER_UNKNOWN },
    { "N7 source up", 400, true,
      "Compute service of c1 is still in use.", ANSWER_IN_USE },
    { "N15 vTPM since Xena", 400, true,
      "Operation 'evacuate' not supported for vTPM-enabled instance x.",
      ANSWER_BLOCKED },
    { "N29 token", 401, true, "", ANSWER_DENIED },
    { "N29 policy", 403, true,
      "Policy doesn't allow os_compute_api:os-evacuate to be performed.",
      ANSWER_DENIED },
    { "N29 deleted", 404, true, "Instance x could not be found.",
      ANSWER_GONE },
    { "N9 vm_state", 409, true,
      "Cannot 'evacuate' instance x while it is in vm_state paused",
      ANSWER_STATE },
    { "N9 task_state before Train", 409, true,
      "Cannot 'evacuate' instance x while it is in task_state rebuilding",
      ANSWER_STATE },
    { "an API server of another release", 406, true, "", ANSWER_NOT_SENT },
    { "N15 share", 409, true, "Feature not supported with instances that "
      "have shares.", ANSWER_BLOCKED },
    { "N29 timeout said by a proxy", 408, true, "", ANSWER_UNKNOWN },
    { "N29 limits", 413, true, "", ANSWER_UNKNOWN },
    { "N29 limits", 429, true, "", ANSWER_UNKNOWN },
    { "our own fault", 405, true, "", ANSWER_BLOCKED },
    { "N27 error after the effect", 500, true, "", ANSWER_UNKNOWN },
    { "N27", 502, true, "", ANSWER_UNKNOWN },
    { "N27", 503, true, "still in use", ANSWER_UNKNOWN },
    { "N27", 504, true, "", ANSWER_UNKNOWN },
    { "a redirection is no answer", 302, true, "", ANSWER_UNKNOWN },
    { "nonsense", 999, true, "", ANSWER_UNKNOWN },
};
/* clang-format on */

static void
test_table(void)
{
    for (size_t i = 0; i < N_ELEMENTS(table); i++)
        ok_msg(answer_to_evacuate(table[i].status, table[i].was_sent,
                                  table[i].detail) == table[i].want,
               "%s: %d '%s'", table[i].rule, table[i].status, table[i].detail);
}

/* N27: only these answers prove that nothing was started. */
static void
test_all_statuses(void)
{
    for (int status = 0; status < 1000; status++) {
        enum answer a = answer_to_evacuate(status, true, "");

        if (status >= 200 && status < 300)
            ok_msg(a == ANSWER_QUEUED, "%d", status);
        else if (status >= 400 && status < 500)
            ok_msg(a != ANSWER_QUEUED &&
                       (a != ANSWER_NOT_SENT || status == 406),
                   "%d", status);
        else
            ok_msg(a == ANSWER_UNKNOWN, "%d", status);
    }
}

TAP_MAIN({ "each row of N29", test_table },
         { "every status has a safe meaning", test_all_statuses })

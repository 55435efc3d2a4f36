/* What daemons answer when they are told to do something. */
#include "verdict.h"

#include <json-c/json.h>

#include "cleanup.h"
#include "clock.h"

enum { PATIENCE_MS = 15000, PAUSE_MS = 200 };

int
verdict_of(const struct reply *p, enum verdict *ret_verdict,
           struct vmha_error *err)
{
    static const struct {
        const char *member;
        enum verdict verdict;
    } table[] = { { "ok", VERDICT_DONE },
                  { "pending", VERDICT_PENDING },
                  { "foreign", VERDICT_FOREIGN } };
    struct json_object *o = json_tokener_parse(p->body.data), *value;
    int rc = -1;

    if (json_object_object_get_ex(o, "error", &value) &&
        json_object_is_type(value, json_type_string)) {
        vmha_fail(err, VMHA_E_REFUSED, 0, "%s", json_object_get_string(value));
        json_object_put(o);
        return -1;
    }
    for (size_t i = 0; rc == -1 && i < N_ELEMENTS(table); i++)
        if (json_object_object_get_ex(o, table[i].member, &value)) {
            *ret_verdict = table[i].verdict;
            rc = 0;
        }
    if (rc == -1)
        vmha_fail(err, VMHA_E_INPUT, 0, "'%s' gave an unknown answer",
                  p->instance);
    json_object_put(o);
    return rc;
}

/* One round: how many are in each state. */
static int
count_verdicts(struct ask *a, const char *request, size_t ret_n[N_VERDICTS],
               struct vmha_error *err)
{
    CLEANUP_REPLIES struct replies replies = { 0 };

    for (int v = 0; v < N_VERDICTS; v++)
        ret_n[v] = 0;
    if (ask_all(a, request, 0, &replies, err) == -1)
        return -1;
    for (size_t i = 0; i < replies.n; i++) {
        enum verdict verdict;

        if (verdict_of(&replies.list[i], &verdict, err) == -1)
            return -1;
        ret_n[verdict]++;
    }
    return 0;
}

int
tell_all(struct ask *a, const char *request, size_t *ret_n_done,
         struct vmha_error *err)
{
    int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
    size_t n[N_VERDICTS], n_pending = 0; /* in the round before */

    for (;;) {
        if (count_verdicts(a, request, n, err) == -1)
            return -1;
        if (n[VERDICT_PENDING] == 0)
            break;
        if (clock_mono_ms() > end_ms)
            return vmha_fail(err, VMHA_E_AGAIN, 0,
                             "the daemons do as they are told, but cannot "
                             "write it to the journal yet: has the cluster "
                             "quorum and a DC?");
        n_pending = n[VERDICT_PENDING];
        ask_wait(a, PAUSE_MS);
    }
    /* what was pending may be over by now, and foreign again */
    *ret_n_done = n[VERDICT_DONE] > n_pending ? n[VERDICT_DONE] : n_pending;
    return 0;
}

/* One line of the decision log: a JSON object on one line.
 *
 *     {"v":1,"time":1795419841123,"instance":"vmha","on":"ctl1","what":"vm",
 *      "node":"cmp1","incident":"1795419841.123456789","vm":UUID,"name":"web",
 *      "rule":"state","phase":"not handled yet","reason":"vm_state
 * 'paused'...", "facts":{"vm_state":"paused",...}}
 *
 * what      is written when              and has
 * start     the daemon starts
 * host      certainty or opening change  certainty, opening, facts
 * incident  phase or obstacle change     phase, reason, times, vms, is_closed
 * vm        phase or reason change       phase, reason, attempts; facts where
 *                                        Nova's list or one reading decided
 * brake     a host is held, or let go    phase, reason, facts
 * reserve   a step of a reserved host    step, set (aggregate), facts
 * call      Nova is asked for a change   step, facts
 * answer    Nova has answered, or not    step, status, request, verdict, and
 *                                        detail (Nova's words) or reason (ours)
 *
 * Nothing is decided by the log: it tells what was decided, and why.
 */
#ifndef VMHA_LINE_H
#define VMHA_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "error.h"

/* Without the end of the line.  Longer ones are neither written nor read. */
enum { LINE_BYTES_MAX = 8192, LINE_FORMAT = 1 };

struct history_line {
    struct json_object *json; /* owns all texts here */
    int64_t time_ms;          /* wall clock */
    const char *what;
    /* NULL: the line has none */
    const char *instance, *on; /* resource, and the node of its daemon */
    const char *node, *incident, *vm, *name, *rule, *phase, *reason;
    const char *step, *verdict, *request, *detail, *certainty, *opening;
    int64_t status, attempts;
};

/* Read the LEN bytes of one line, which are not trusted.  Members that are not
 * known are ignored.
 */
int history_line_parse(const char *text, size_t len,
                       struct history_line *ret_line, struct vmha_error *err);
/* The same for what was parsed already, which LINE has a reference of then. */
int history_line_of(struct json_object *o, struct history_line *ret_line,
                    struct vmha_error *err);
void history_line_clear(struct history_line *line);
#define CLEANUP_HISTORY_LINE CLEANUP(history_line_clear)

#endif

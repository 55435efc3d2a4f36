/* Form of the messages between vmha's programs: one header line, then a body.
 *
 *     vmha1 request 3-4711-1 vmha 0 1\n{"verb": "status"}
 *     vmha1 reply 3-4711-1 vmha 0 2\n{"instance": ...
 *
 * version, kind, id of the request, instance (or "-": all), part, parts.  A
 * reply that is longer than one message comes in parts.
 */
#ifndef VMHA_WIRE_H
#define VMHA_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum { WIRE_WORD_MAX = 80, WIRE_PARTS_MAX = 1024 };

struct wire {
    bool is_reply;
    char id[WIRE_WORD_MAX];
    char instance[WIRE_WORD_MAX];
    unsigned part, parts;
    const char *body; /* into the message, not NUL-terminated */
    size_t body_len;
};

/* Read a message of LEN bytes; VMHA_E_INPUT names the field. */
int wire_parse(const char *data, size_t len, struct wire *ret_wire,
               struct vmha_error *err);

/* Cut BODY into messages of at most LIMIT bytes and hand each to FN; stops with
 * -1 where FN does, or where there would be too many parts.
 */
typedef int wire_send_fn(const void *data, size_t len, void *arg,
                         struct vmha_error *err);
int wire_format(bool is_reply, const char *id, const char *instance,
                const char *body, size_t body_len, size_t limit,
                wire_send_fn *fn, void *arg, struct vmha_error *err);

#endif

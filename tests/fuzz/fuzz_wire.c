/* A message of the group: one that is accepted is written and read alike. */
#include <assert.h>
#include <string.h>

#include "buf.h"
#include "fuzz.h"
#include "group.h"
#include "wire.h"

static int
keep(const void *data, size_t len, void *arg, struct vmha_error *err)
{
    (void) err;
    return buf_add(arg, data, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_BUF struct buf b = BUF_INIT(GROUP_MESSAGE_MAX);
    struct vmha_error err;
    struct wire w, again;

    if (wire_parse((const char *) data, size, &w, &err) == -1)
        return 0;
    assert((const uint8_t *) w.body + w.body_len == data + size);
    assert(w.part < w.parts && w.parts <= WIRE_PARTS_MAX);
    if (wire_format(w.is_reply, w.id, w.instance, w.body,
                    w.body_len < 4096 ? w.body_len : 4096, GROUP_MESSAGE_MAX,
                    keep, &b, &err) == -1)
        assert(!"what was read can be written");
    assert(wire_parse(b.data, b.len, &again, &err) == 0);
    assert(strcmp(again.id, w.id) == 0);
    assert(strcmp(again.instance, w.instance) == 0);
    assert(again.is_reply == w.is_reply && again.parts == 1);
    assert(memcmp(again.body, w.body, again.body_len) == 0);
    return 0;
}

/* Form of the messages between vmha's programs. */
#include "wire.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "scan.h"

#define WIRE_VERSION "vmha1"

/* One word of the header line, which ends at END; steps over the blank. */
static int
next_word(const char **p, const char *end, char ret_word[WIRE_WORD_MAX])
{
    const char *blank = memchr(*p, ' ', (size_t) (end - *p));
    size_t len = (size_t) ((blank ? blank : end) - *p);

    if (len == 0 || len >= WIRE_WORD_MAX || memchr(*p, '\0', len))
        return -1;
    memcpy(ret_word, *p, len);
    ret_word[len] = '\0';
    *p += len + (blank != NULL);
    return 0;
}

static int
next_number(const char **p, const char *end, unsigned *ret_value)
{
    char word[WIRE_WORD_MAX];

    return next_word(p, end, word) == -1 ? -1 : scan_uint(word, ret_value);
}

int
wire_parse(const char *data, size_t len, struct wire *ret_wire,
           struct vmha_error *err)
{
    const char *end = memchr(data, '\n', len), *p = data;
    char version[WIRE_WORD_MAX], kind[WIRE_WORD_MAX];
    struct wire w = { 0 };

    if (!end)
        return vmha_fail(err, VMHA_E_INPUT, 0, "message: no header line");
    if (next_word(&p, end, version) == -1 || strcmp(version, WIRE_VERSION) != 0)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "message: the version is not " WIRE_VERSION);
    if (next_word(&p, end, kind) == -1 ||
        (strcmp(kind, "request") != 0 && strcmp(kind, "reply") != 0))
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "message: the kind is not request or reply");
    w.is_reply = strcmp(kind, "reply") == 0;
    if (next_word(&p, end, w.id) == -1 || next_word(&p, end, w.instance) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "message: id or instance is missing or too long");
    if (next_number(&p, end, &w.part) == -1 ||
        next_number(&p, end, &w.parts) == -1 || p != end ||
        w.parts > WIRE_PARTS_MAX || w.part >= w.parts)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "message: part or parts is no number in range");
    w.body = end + 1;
    w.body_len = len - (size_t) (w.body - data);
    *ret_wire = w;
    return 0;
}

int
wire_format(bool is_reply, const char *id, const char *instance,
            const char *body, size_t body_len, size_t limit, wire_send_fn *fn,
            void *arg, struct vmha_error *err)
{
    size_t room = limit - 4 * WIRE_WORD_MAX;
    size_t parts = body_len ? (body_len + room - 1) / room : 1;

    if (parts > WIRE_PARTS_MAX)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "message: %zu bytes are too many", body_len);
    for (size_t i = 0; i < parts; i++) {
        CLEANUP_BUF struct buf b = BUF_INIT(limit);
        size_t len = i + 1 < parts ? room : body_len - i * room;

        if (buf_printf(&b, WIRE_VERSION " %s %s %s %zu %zu\n",
                       is_reply ? "reply" : "request", id, instance, i,
                       parts) == -1 ||
            buf_add(&b, body + i * room, len) == -1)
            return vmha_fail(err, VMHA_E_INPUT, 0,
                             "message: id or instance is too long");
        if (fn(b.data, b.len, arg, err) == -1)
            return -1;
    }
    return 0;
}

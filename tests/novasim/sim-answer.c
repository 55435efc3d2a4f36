/* Bodies of answers, whole or spoilt. */
#include "sim-answer.h"

#include <string.h>

#include <microhttpd.h>

#include "sim-json.h"

struct stream {
    GString *text; /* starts with it */
    uint64_t fill; /* then so many bytes of 'a' */
    bool is_cut;   /* ends by closing the connection */
};

static ssize_t
stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct stream *s = cls;
    uint64_t left;

    if (pos < s->text->len) {
        max = MIN(max, s->text->len - pos);
        memcpy(buf, s->text->str + pos, max);
        return (ssize_t) max;
    }
    left = s->text->len + s->fill - pos;
    if (!left)
        return s->is_cut ? MHD_CONTENT_READER_END_WITH_ERROR
                         : MHD_CONTENT_READER_END_OF_STREAM;
    max = MIN(max, left);
    memset(buf, 'a', max);
    return (ssize_t) max;
}

static void
stream_free(void *cls)
{
    struct stream *s = cls;

    g_string_free(s->text, TRUE);
    g_free(s);
}

static struct MHD_Response *
stream_response(GString *text, uint64_t fill, bool is_cut, uint64_t length)
{
    struct stream *s = g_new0(struct stream, 1);

    *s = (struct stream){ text, fill, is_cut };
    return MHD_create_response_from_callback(length, 65536, stream_read, s,
                                             stream_free);
}

static struct MHD_Response *
text_response(GString *text)
{
    size_t len = text->len;

    return MHD_create_response_from_buffer(len, g_string_free(text, FALSE),
                                           MHD_RESPMEM_MUST_FREE);
}

static void
spoil_text(GString *text, const struct sim_mishap *m)
{
    char *s;

    switch (m->kind) {
    case MISHAP_GARBAGE:
        g_string_truncate(text, 0);
        for (int i = 0; i < 64; i++)
            g_string_append_c(text, (char) (128 + sim_random(128)));
        break;
    case MISHAP_TRUNCATED: g_string_truncate(text, text->len / 2); break;
    case MISHAP_EMPTY: g_string_truncate(text, 0); break;
    case MISHAP_NUL:
        for (size_t i = text->len / 2; i < text->len; i += 7)
            text->str[i] = '\0';
        break;
    case MISHAP_NEST:
        g_string_truncate(text, 0);
        for (int64_t i = 0; i < m->depth; i++)
            g_string_append_c(text, '[');
        break;
    case MISHAP_WRONGTYPE:
        s = sim_wrong_types(text->str, m->depth);
        g_string_assign(text, s);
        g_free(s);
        break;
    default: break;
    }
}

struct MHD_Response *
sim_answer(struct sim_req *r, const struct sim_mishap *m)
{
    GString *text = r->out;
    uint64_t whole = text->len;

    r->out = NULL;
    switch (m->kind) {
    case MISHAP_CUT:
        g_string_truncate(text, text->len / 2);
        return stream_response(text, 0, true, MAX(whole, 1));
    case MISHAP_HUGE:
        g_string_assign(text, "{\"servers\":[{\"id\":\"");
        return stream_response(text, (uint64_t) m->bytes, false,
                               MHD_SIZE_UNKNOWN);
    default: spoil_text(text, m); return text_response(text);
    }
}

void
sim_answer_script(struct sim_req *r, const struct sim_mishap *m)
{
    r->status = m->status;
    g_string_truncate(r->out, 0);
    if (m->body) {
        g_string_append(r->out, m->body);
    } else {
        out_open(r->out, NULL, '{');
        out_open(r->out, "computeFault", '{');
        out_int(r->out, "code", m->status);
        out_str(r->out, "message", "scripted by novasim");
        out_close(r->out, '}');
        out_close(r->out, '}');
    }
    if (m->retry_after_s >= 0)
        sim_header(r, "Retry-After", "%lld", (long long) m->retry_after_s);
}

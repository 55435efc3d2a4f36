/* lib/cluster/wire, tools/vmha/replies: messages and what they add up to. */
#include "group.h"
#include "tap.h"
#include "wire.h"

#include "../../tools/vmha/replies.h"

#define ID "1-100-1"

static int
keep(const void *data, size_t len, void *arg, struct vmha_error *err)
{
    (void) err;
    return buf_add(arg, data, len);
}

static void
test_format(void)
{
    CLEANUP_BUF struct buf b = BUF_INIT(4096);
    struct vmha_error err = { 0 };

    is_int(wire_format(false, ID, "-", "{}", 2, GROUP_MESSAGE_MAX, keep, &b,
                       &err),
           0);
    is_str(buf_str(&b), "vmha1 request 1-100-1 - 0 1\n{}");
}

static void
test_round_trip(void)
{
    CLEANUP_BUF struct buf b = BUF_INIT(4096);
    struct vmha_error err = { 0 };
    struct wire w;

    is_int(wire_format(true, ID, "vmha", "", 0, GROUP_MESSAGE_MAX, keep, &b,
                       &err),
           0);
    is_int(wire_parse(b.data, b.len, &w, &err), 0);
    ok(w.is_reply);
    is_str(w.id, ID);
    is_str(w.instance, "vmha");
    is_int(w.part, 0);
    is_int(w.parts, 1);
    is_int(w.body_len, 0);
}

static void
test_errors(void)
{
    static const struct {
        const char *message, *error;
    } cases[] = {
        { "", "no header line" },
        { "vmha1 request a b 0 1", "no header line" },
        { "vmha2 request a b 0 1\n", "version" },
        { "vmha1 order a b 0 1\n", "kind" },
        { "vmha1 request  b 0 1\n", "id or instance" },
        { "vmha1 request a\n", "id or instance" },
        { "vmha1 request a b 1 1\n", "part" },
        { "vmha1 request a b 0 0\n", "part" },
        { "vmha1 request a b 0 1025\n", "part" },
        { "vmha1 request a b 0 1 2\n", "part" },
        { "vmha1 request a b -1 1\n", "part" },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct vmha_error err = { 0 };
        struct wire w;

        is_int(wire_parse(cases[i].message, strlen(cases[i].message), &w, &err),
               -1);
        is_int(err.kind, VMHA_E_INPUT);
        has_str(err.text, cases[i].error);
    }
}

struct parts {
    struct replies replies;
    uint32_t node_id;
    unsigned n;
};

static int
receive(const void *data, size_t len, void *arg, struct vmha_error *err)
{
    struct parts *p = arg;
    struct wire w;

    ok(len <= 1000);
    if (wire_parse(data, len, &w, err) == -1)
        return -1;
    replies_add(&p->replies, ID, &w, p->node_id, 7);
    p->n++;
    return 0;
}

static void
test_long_reply(void)
{
    CLEANUP_BUF struct buf body = BUF_INIT(100000);
    struct parts p = { .node_id = 1 };
    struct vmha_error err = { 0 };

    for (int i = 0; i < 2000; i++)
        (void) buf_printf(&body, "%d ", i);
    is_int(wire_format(true, ID, "vmha", body.data, body.len, 1000, receive, &p,
                       &err),
           0);
    is_int(p.n, (body.len + 679) / 680); /* 1000 less the header's room */
    is_int(replies_whole(&p.replies), 1);
    is_str(p.replies.list[0].body.data, body.data);
    replies_clear(&p.replies);
}

static void
test_too_long(void)
{
    struct parts p = { .node_id = 1 };
    struct vmha_error err = { 0 };
    static char body[1000 * 1000];

    is_int(wire_format(true, ID, "vmha", body, sizeof body, 1000, receive, &p,
                       &err),
           -1);
    is_int(err.kind, VMHA_E_INPUT);
    is_int(p.n, 0);
}

/* --- replies ------------------------------------------------------------- */

struct message {
    const char *text;
    uint32_t node_id, pid;
};

static void
add_all(struct replies *r, const struct message *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct vmha_error err;
        struct wire w;

        is_int(wire_parse(m[i].text, strlen(m[i].text), &w, &err), 0);
        replies_add(r, ID, &w, m[i].node_id, m[i].pid);
    }
    replies_finish(r);
}

static void
test_sorted_and_apart(void)
{
    static const struct message messages[] = {
        { "vmha1 reply " ID " b 0 2\nB1", 2, 9 },
        { "vmha1 reply " ID " a 0 1\nA on 3", 3, 9 },
        { "vmha1 reply " ID " a 0 1\nA on 1", 1, 9 },
        { "vmha1 reply " ID " b 1 2\nB2", 2, 9 },
    };
    CLEANUP_REPLIES struct replies r = { 0 };

    add_all(&r, messages, N_ELEMENTS(messages));
    is_int(r.n, 3);
    is_str(r.list[0].body.data, "A on 1");
    is_str(r.list[1].body.data, "A on 3");
    is_str(r.list[2].body.data, "B1B2");
}

static void
test_strays(void)
{
    static const struct message messages[] = {
        { "vmha1 request " ID " - 0 1\nx", 1, 100 },
        { "vmha1 reply 1-100-2 a 0 1\nanother request", 1, 9 },
        { "vmha1 reply " ID " late 1 2\nno first part", 1, 9 },
        { "vmha1 reply " ID " gap 0 3\n1", 2, 9 },
        { "vmha1 reply " ID " gap 2 3\n3", 2, 9 },
        { "vmha1 reply " ID " gap 1 3\n2", 2, 9 },
        { "vmha1 reply " ID " grows 0 2\n1", 3, 9 },
        { "vmha1 reply " ID " grows 1 3\n2", 3, 9 },
        { "vmha1 reply " ID " half 0 2\n1", 4, 9 },
        { "vmha1 reply " ID " good 0 1\ngood", 5, 9 },
        { "vmha1 reply " ID " good 0 1\nagain", 5, 9 },
    };
    CLEANUP_REPLIES struct replies r = { 0 };

    add_all(&r, messages, N_ELEMENTS(messages));
    is_int(r.n, 1);
    is_str(r.list[0].body.data, "good");
}

static void
test_many_instances(void)
{
    CLEANUP_REPLIES struct replies r = { 0 };
    struct wire w = { .is_reply = true,
                      .id = ID,
                      .parts = 1,
                      .body = "x",
                      .body_len = 1,
                      .instance = "a" };

    for (uint32_t node = 1; node <= 2 * REPLIES_MAX; node++)
        replies_add(&r, ID, &w, node, 9);
    is_int(replies_whole(&r), REPLIES_MAX);
}

static void
test_too_big_reply(void)
{
    enum { CHUNK = 60 * 1024 };
    static char body[CHUNK];
    CLEANUP_REPLIES struct replies r = { 0 };
    struct wire w = { .is_reply = true,
                      .id = ID,
                      .parts = WIRE_PARTS_MAX,
                      .body = body,
                      .body_len = CHUNK,
                      .instance = "a" };

    for (; w.part < WIRE_PARTS_MAX; w.part++)
        replies_add(&r, ID, &w, 1, 9);
    is_int(replies_whole(&r), 0);
    is_int(r.list[0].body.len, 0);
}

TAP_MAIN({ "a message", test_format }, { "an empty reply", test_round_trip },
         { "broken messages", test_errors },
         { "a reply in parts", test_long_reply },
         { "a reply of too many parts", test_too_long },
         { "replies of several daemons", test_sorted_and_apart },
         { "what is no reply is ignored", test_strays },
         { "more daemons than there are", test_many_instances },
         { "a reply without end", test_too_big_reply })

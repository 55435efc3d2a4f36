/* tools/vmha: status documents, and what people and programs are shown. */
#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "tap.h"
#include "xalloc.h"

#include "../../tools/vmha/document.h"
#include "../../tools/vmha/text.h"
#include "../../tools/vmha/view.h"

/* JSON of a daemon with HOSTS. */
#define DAEMON(node, state, reason, hosts)                                     \
    "{\"version\":1,\"instance\":\"vmha\",\"node\":\"" node                    \
    "\",\"segment\":null,\"state\":\"" state "\",\"reason\":" reason           \
    ",\"quorate\":true,\"time_ms\":1,\"watched_hosts\":3,\"hosts\":[" hosts    \
    "],\"of\":\"a newer daemon\"}"
#define VM(name, phase, reason, attempts)                                      \
    "{\"id\":\"id-1\",\"name\":\"" name "\",\"phase\":\"" phase                \
    "\",\"state\":\"active\",\"reason\":\"" reason "\",\"attempts\":" attempts \
    "}"
#define COUNTS                                                                 \
    "{\"total\":40,\"recovered\":12,\"in_flight\":10,\"waiting\":16,"          \
    "\"failed\":1,\"held\":1,\"skipped\":0,\"gone\":0}"
#define HOST(phase, done, problems)                                            \
    "{\"host\":\"cmp1\",\"service_host\":\"compute-1\",\"phase\":\"" phase     \
    "\",\"reason\":null,\"times\":{\"fenced_ms\":1795419841123,"               \
    "\"down_ms\":1795419841250,\"first_evacuate_ms\":1795419841523,"           \
    "\"done_ms\":" done "},\"vms\":" COUNTS ",\"problems\":[" problems "]}"
#define HELD                                                                   \
    "{\"host\":\"cmp2\",\"service_host\":\"cmp2\",\"phase\":\"held\","         \
    "\"reason\":\"the last fencing of the node failed\"}"

static const struct view_style plain = { .is_utf8 = true };

static char *
view(const char *json, const char *host, const struct view_style *style)
{
    struct report report = { .instance = xstrdup("vmha") };
    struct vmha_error err;
    char *text;

    if (status_parse(json, strlen(json), &report.status, &err) == -1)
        report.trouble = xstrdup(err.text);
    text = view_text(&report, 1, host, style);
    reports_clear(&report, 1);
    return text;
}

#define is_view(json, host, style, want)                                       \
    do {                                                                       \
        CLEANUP_FREE char *got_ = view(json, host, style);                     \
        is_str(got_, want);                                                    \
    } while (0)

static void
test_calm(void)
{
    is_view(DAEMON("ctl1", "ready", "null", ""), NULL, &plain,
            "Nothing to recover: 3 hosts watched by vmha on ctl1\n");
    is_view(
        DAEMON("ctl1", "ready", "null", HELD), "cmp9", &plain,
        "Nothing to recover on host cmp9: 3 hosts watched by vmha on ctl1\n");
}

static void
test_warnings(void)
{
#define WARNED                                                                 \
    "],\"warnings\":[\"host 'a' has no segment\",\"evil \\u001b[2J\"],\"x\":["
    CLEANUP_FREE char *twice = NULL;
    struct report two[2] = { { .instance = xstrdup("a") },
                             { .instance = xstrdup("b") } };
    const char *json = DAEMON("ctl1", "ready", "null", WARNED);
    struct vmha_error err;

    is_view(json, NULL, &plain,
            "Nothing to recover: 3 hosts watched by vmha on ctl1\n"
            "warning: host 'a' has no segment\n"
            "warning: evil ?[2J\n");
    for (size_t i = 0; i < 2; i++)
        is_int(status_parse(json, strlen(json), &two[i].status, &err), 0);
    twice = view_text(two, 2, NULL, &plain);
    reports_clear(two, 2);
    is_str(strstr(strstr(twice, "no segment") + 1, "no segment"), NULL);
    is_view(DAEMON("ctl1", "ready", "null", "],\"warnings\":[7"), NULL, &plain,
            "vmha: warnings[0]: expected a string\n");
}

static void
test_degraded(void)
{
    is_view(DAEMON("ctl1", "degraded", "\"keystone: 503\"", ""), NULL, &plain,
            "vmha on ctl1: degraded (keystone: 503), 3 hosts watched\n");
}

static void
test_host(void)
{
    is_view(DAEMON("ctl1", "ready", "null",
                   HOST("evacuating", "null",
                        VM("app", "waiting", "No valid host.", "3") "," VM(
                            "db", "held", "it is paused",
                            "0") "," VM("web", "blocked", "never launched",
                                        "0")) "," HELD),
            NULL, &plain,
            "cmp1 (compute-1)  evacuating  12 of 40 VMs recovered\n"
            "  fenced 2026-11-23 07:44:01, forced down +0.1 s, "
            "first evacuate call +0.4 s\n"
            "  12 recovered, 10 in flight, 16 waiting, 1 failed, "
            "1 held\n"
            "  failed: web id-1: never launched\n"
            "  held: db id-1: it is paused\n"
            "  waiting after 3 failed attempts: app id-1: No valid host.\n"
            "cmp2  held\n"
            "  the last fencing of the node failed\n"
            "vmha on ctl1: ready, 3 hosts watched\n");
}

static void
test_one_host(void)
{
    static const char json[] =
        DAEMON("ctl1", "ready", "null", HOST("down", "null", "") "," HELD);
    CLEANUP_FREE char *by_node = view(json, "cmp1", &plain);
    CLEANUP_FREE char *by_service = view(json, "compute-1", &plain);

    has_str(by_node, "cmp1 (compute-1)");
    ok(!strstr(by_node, "cmp2"));
    is_str(by_service, by_node);
}

static void
test_no_vms(void)
{
    is_view(DAEMON("ctl1", "ready", "null",
                   "{\"host\":\"a\",\"service_host\":\"a\",\"phase\":"
                   "\"fenced\",\"reason\":null,\"times\":{},\"vms\":"
                   "{\"total\":0,\"recovered\":0,\"in_flight\":0,"
                   "\"waiting\":0,\"failed\":0,\"held\":0,"
                   "\"skipped\":0,\"gone\":0},\"problems\":[]}"),
            NULL, &plain, "a  fenced\nvmha on ctl1: ready, 3 hosts watched\n");
}

static void
test_done(void)
{
    CLEANUP_FREE char *text =
        view(DAEMON("ctl1", "ready", "null", HOST("done", "1795420141123", "")),
             NULL, &plain);

    has_str(text, "done +5 min 0 s\n");
    has_str(text, "vmha host release cmp1\n");
    is_view(DAEMON("ctl1", "ready", "null",
                   "{\"host\":\"a\",\"service_host\":\"a\",\"phase\":"
                   "\"done\",\"reason\":null,\"times\":{},\"vms\":"
                   "{\"total\":7,\"recovered\":6,\"in_flight\":0,"
                   "\"waiting\":0,\"failed\":0,\"held\":0,"
                   "\"skipped\":0,\"gone\":1},\"problems\":[]}"),
            NULL, &plain,
            "a  done  6 of 7 VMs recovered\n"
            "  6 recovered, 1 gone\n"
            "vmha on ctl1: ready, 3 hosts watched\n");
}

static void
test_many_problems(void)
{
    CLEANUP_BUF struct buf vms = BUF_INIT(100000);

    for (int i = 0; i < 30; i++)
        (void) buf_printf(&vms, "%s%s", i ? "," : "",
                          VM("vm", "blocked", "why", "0"));
    CLEANUP_FREE char *json =
        xasprintf(DAEMON("ctl1", "ready", "null", HOST("done", "null", "%s")),
                  buf_str(&vms));
    CLEANUP_FREE char *text = view(json, NULL, &plain);
    unsigned n = 0;

    for (char *s = text; (s = strstr(s, "failed: vm")); s++)
        n++;
    is_int(n, 20);
    has_str(text, "  and 10 more such VMs (--output-as=json)\n");
}

/* --- the terminal -------------------------------------------------------- */

static void
test_bar(void)
{
    static const struct view_style style = { .is_utf8 = true, .bar = 20 };
    CLEANUP_FREE char *text =
        view(DAEMON("ctl1", "ready", "null", HOST("evacuating", "null", "")),
             NULL, &style);

    has_str(text, "evacuating  [######>>>>>x........]  12 of 40 VMs");
}

static void
test_colour(void)
{
    static const struct view_style style = { .has_colour = true };
    CLEANUP_FREE char *text =
        view(DAEMON("ctl1", "ready", "null", HELD), NULL, &style);

    is_str(text, "\033[1mcmp2\033[0m  \033[31mheld\033[0m\n"
                 "  \033[31mthe last fencing of the node failed\033[0m\n"
                 "vmha on ctl1: \033[32mready\033[0m, 3 hosts watched\n");
}

static void
test_width(void)
{
    static const struct view_style narrow = { .columns = 20, .bar = 10 };

    is_view(DAEMON("ctl1", "ready", "null", HELD), NULL, &narrow,
            "cmp2  held\n"
            "  the last fencing >\n"
            "vmha on ctl1: ready>\n");
}

#define EVIL "\\u001b[2J\\u009b31m\\u202e\\u0000"

static void
test_hostile_names(void)
{
    is_view(DAEMON("c" EVIL "x", "degraded", "\"a\\nb\\u007f\\ufffec\"", ""),
            NULL, &plain,
            "vmha on c?[2J?31m?: degraded (a?b??c), 3 hosts watched\n");
}

static void
test_text(void)
{
    static const struct {
        const char *in;
        size_t columns;
        bool is_utf8;
        const char *out;
        size_t width;
    } cases[] = {
        { "", 10, true, "", 0 },
        { "abc", 3, true, "abc", 3 },
        { "abcd", 3, true, "ab>", 3 },
        { "abcdefgh", 6, true, "abcde>", 6 },
        { "abcd", 2, true, "a>", 2 },
        { "abcd", 0, true, "", 0 },
        { "é", 1, true, "é", 1 },
        { "é", 1, false, "?", 1 },
        { "名前です", 8, true, "名前です", 8 },
        { "名前です", 7, true, "名前で>", 7 },
        { "名前です", 6, true, "名前>", 5 },
        { "e\xcc\x81x", 2, true, "e\xcc\x81x", 2 }, /* combining */
        { "\xc3", 5, true, "?", 1 },                /* cut sequence */
        { "\xc0\x9b", 5, true, "??", 2 },           /* overlong */
        { "\xed\xa0\x80", 5, true, "???", 3 },      /* surrogate */
        { "\xf4\x90\x80\x80", 5, true, "????", 4 }, /* beyond Unicode */
        { "\xc2\x9b"
          "2J",
          5, true, "?2J", 3 },            /* C1 */
        { "\xc3\x9b", 5, false, "?", 1 }, /* holds CSI as a byte */
        { "a\x1b[0m", 9, true, "a?[0m", 5 },
        { "\xe2\x80\xae", 9, true, "?", 1 }, /* direction */
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        CLEANUP_BUF struct buf b = BUF_INIT(100);
        size_t width =
            text_add(&b, cases[i].in, cases[i].columns, cases[i].is_utf8);

        is_str(buf_str(&b), cases[i].out);
        is_int(width, cases[i].width);
    }
}

/* --- documents ----------------------------------------------------------- */

static void
test_parse_errors(void)
{
    static const struct {
        const char *json, *error;
        enum vmha_kind kind;
    } cases[] = {
        { "", "no JSON: ", VMHA_E_INPUT },
        { "[]", "not a JSON object", VMHA_E_INPUT },
        { "{\"error\":\"no\"}", "no", VMHA_E_REFUSED },
        { "{\"version\":2}", "version: expected 1", VMHA_E_INPUT },
        { "{\"version\":1}", "instance: expected a string", VMHA_E_INPUT },
        { DAEMON("a", "ready", "7", ""), "reason: expected a string or null",
          VMHA_E_INPUT },
        { DAEMON("a", "ready", "null", "0"), "hosts[0]: expected an object",
          VMHA_E_INPUT },
        { DAEMON("a", "ready", "null", HELD "," HOST("x", "-1", "")),
          "hosts[1].times.done_ms: expected a whole number, not negative, or "
          "null",
          VMHA_E_INPUT },
        { DAEMON("a", "ready", "null",
                 HOST("x", "null", VM("a", "b", "c", "1.5"))),
          "hosts[0].problems[0].attempts: expected a whole number, not "
          "negative",
          VMHA_E_INPUT },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct vmha_error err = { 0 };
        struct status s = { .watched_hosts = 42 };

        is_int(status_parse(cases[i].json, strlen(cases[i].json), &s, &err),
               -1);
        is_int(err.kind, cases[i].kind);
        has_str(err.text, cases[i].error);
        is_int(s.watched_hosts, 42);
    }
}

static char *
document(const char *json, const char *host, bool is_utf8)
{
    struct reply reply = { .instance = "vmha",
                           .body = BUF_INIT(REPLY_BYTES_MAX) };
    struct replies replies = { .list = &reply, .n = 1 };
    char *text;

    (void) buf_add_str(&reply.body, json);
    text = document_done(document_of(&replies, host), OUTPUT_JSON, "status",
                         is_utf8);
    buf_clear(&reply.body);
    return text;
}

static void
test_document(void)
{
    static const char json[] = DAEMON("ctl/1", "ready", "null", HELD);
    CLEANUP_FREE char *text = document(json, NULL, true);

    is_str(text,
           "{\"instances\":[" DAEMON("ctl/1", "ready", "null", HELD) "]}\n");
}

static void
test_document_of_host(void)
{
    static const char json[] =
        DAEMON("ctl1", "ready", "null", HOST("down", "null", "") "," HELD);
    CLEANUP_FREE char *text = document(json, "compute-1", true);

    has_str(text, "cmp1");
    ok(!strstr(text, "cmp2"));
}

static void
test_document_of_error(void)
{
    CLEANUP_FREE char *text = document("{\"version\":3}", NULL, true);

    is_str(text, "{\"instances\":[{\"instance\":\"vmha\",\"error\":"
                 "\"version: expected 1\"}]}\n");
}

static void
test_document_is_harmless(void)
{
    static const char json[] =
        DAEMON("\\u001b\\u007f\\u009b\\u202e\\u00e9\\ud83d\\ude00", "ready",
               "null", "");
    CLEANUP_FREE char *utf8 = document(json, NULL, true);
    CLEANUP_FREE char *ascii = document(json, NULL, false);

    has_str(utf8, "\"\\u001b\\u007f\\u009b\\u202eé\xf0\x9f\x98\x80\"");
    has_str(ascii, "\"\\u001b\\u007f\\u009b\\u202e\\u00e9\\ud83d\\ude00\"");
}

int
main(void)
{
    static const struct tap_test tests[] = {
        { "nothing to recover is one line", test_calm },
        { "warnings, each once", test_warnings },
        { "a degraded instance says why", test_degraded },
        { "hosts with work", test_host },
        { "one host, by both its names", test_one_host },
        { "a host whose VMs are not known yet", test_no_vms },
        { "a host that is done", test_done },
        { "problems are listed up to a limit", test_many_problems },
        { "a progress bar", test_bar },
        { "colours", test_colour },
        { "lines are cut to the terminal", test_width },
        { "hostile names are harmless", test_hostile_names },
        { "text of all kinds", test_text },
        { "broken documents", test_parse_errors },
        { "JSON has the documents as they came", test_document },
        { "JSON of one host", test_document_of_host },
        { "JSON of an error", test_document_of_error },
        { "JSON is harmless", test_document_is_harmless },
    };

    setenv("TZ", "UTC", 1);
    tzset();
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        printf("# no locale C.UTF-8\n");
    return tap_main(tests, N_ELEMENTS(tests));
}

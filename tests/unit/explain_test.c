/* tools/vmha: the decision log gathered from daemons, and shown. */
#include <stdlib.h>
#include <time.h>

#include "cleanup.h"
#include "tap.h"
#include "xalloc.h"

#include "../../tools/vmha/explain.h"
#include "../../tools/vmha/gather.h"
#include "../../tools/vmha/moment.h"

#define LINE(time, on, what, more)                                             \
    "{\"v\":1,\"time\":" #time ",\"on\":\"" on "\",\"what\":\"" what           \
    "\",\"node\":\"cmp1\",\"incident\":\"1795419841.000000000\"" more "}"
#define REPLY(node, lines)                                                     \
    "{\"version\":1,\"node\":\"" node "\",\"nodes\":[\"ctl1\",\"ctl2\"],"      \
    "\"damaged\":1,\"is_cut\":false,\"lines\":[" lines "]}"

static void
add(struct history_list *list, const struct history_query *q, const char *text,
    const char *have)
{
    struct json_object *reply = NULL;
    struct vmha_error err;

    if (!ok(gather_reply(text, strlen(text), q, have, list, &reply, &err) == 0))
        printf("# %s\n", err.text);
    json_object_put(reply);
}

static void
test_gather(void)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"version\":1}",
        "{\"version\":1,\"node\":\"a\",\"nodes\":[],\"lines\":{}}",
        "{\"version\":2,\"node\":\"a\",\"nodes\":[],\"lines\":[]}",
    };
    CLEANUP_HISTORY_LIST struct history_list list = { 0 };
    const struct history_query q = { .vm = "u1" };
    struct json_object *reply = NULL;
    struct vmha_error err;

    add(&list, &q,
        REPLY("ctl2",
              LINE(7000, "ctl2", "vm", ",\"vm\":\"u1\"") "," LINE(
                  8000, "ctl2", "vm", ",\"vm\":\"other\"") ",{\"v\":7}"),
        "ctl1");
    add(&list, &q, REPLY("ctl1", LINE(6000, "ctl1", "vm", ",\"vm\":\"u1\"")),
        "ctl1");
    is_int(list.n, 1); /* ctl1's own files were read already */
    is_int(list.n_damaged, 2);
    add(&list, &q, REPLY("ctl1", LINE(6000, "ctl1", "vm", ",\"vm\":\"u1\"")),
        "");
    is_int(list.n, 2);
    is_int(list.lines[0].time_ms, 6000);
    for (size_t i = 0; i < N_ELEMENTS(bad); i++)
        ok_msg(gather_reply(bad[i], strlen(bad[i]), &q, "", &list, &reply,
                            &err) == -1 &&
                   err.kind == VMHA_E_INPUT,
               "%s", bad[i]);
    ok(gather_reply("{\"error\":\"unknown\"}", 19, &q, "", &list, &reply,
                    &err) == -1);
    is_int(err.kind, VMHA_E_REFUSED);
}

/* Two daemons, one after the other, on two nodes: one story. */
/* A VM that two daemons saw to, and what was decided of its host. */
/* clang-format off */
#define WEB ",\"vm\":\"u1\",\"name\":\"web\""
#define WAITS LINE(1795419841300, "ctl1", "vm", WEB \
    ",\"phase\":\"waiting\",\"rule\":\"order\"," \
    "\"facts\":{\"vm_state\":\"active\"}")
#define ASKED LINE(1795419841400, "ctl1", "call", \
    ",\"vm\":\"u1\",\"step\":\"evacuate\",\"rule\":\"may call\"")
#define ANSWERED LINE(1795419841500, "ctl1", "answer", \
    ",\"vm\":\"u1\",\"step\":\"evacuate\",\"status\":0," \
    "\"verdict\":\"unknown\",\"reason\":\"timeout\"")
#define ENDS LINE(1795419849000, "ctl2", "vm", WEB \
    ",\"phase\":\"recovered\",\"rule\":\"verified\"")
#define FENCED LINE(1795419841200, "ctl1", "host", \
    ",\"rule\":\"certainty\",\"certainty\":\"certain\"," \
    "\"reason\":\"it is fenced\",\"facts\":{\"is_current\":true," \
    "\"is_online\":false,\"fenced_s\":17}")
#define EARLIER LINE(1795419000000, "ctl1", "host", \
    ",\"reason\":\"long ago\"")
/* clang-format on */

static void
test_why(void)
{
    static const char want[] =
        "web u1, on cmp1 when it was fenced 2026-11-23 07:44:01: recovered\n"
        "  2026-11-23 07:44:01.200  host cmp1: certain, it is fenced "
        "[certainty]\n"
        "      is_current, not is_online, fenced_s 17\n"
        "  2026-11-23 07:44:01.300  waiting [order]\n"
        "      vm_state active\n"
        "  2026-11-23 07:44:01.400  Nova is asked: evacuate [may call]\n"
        "  2026-11-23 07:44:01.500  Nova's answer to evacuate: no answer "
        "unknown: timeout\n"
        "  2026-11-23 07:44:09.000  recovered [verified]\n";
    CLEANUP_HISTORY_LIST struct history_list vms = { 0 }, hosts = { 0 };
    const struct history_query vm = { .vm = "u1" }, host = { .what = "host" };
    CLEANUP_FREE char *text = NULL;

    add(&vms, &vm, REPLY("ctl2", ENDS), "");
    add(&vms, &vm, REPLY("ctl1", WAITS "," ASKED "," ANSWERED), "");
    add(&hosts, &host, REPLY("ctl1", FENCED "," EARLIER), "");
    text = explain_why(&vms, &hosts, true);
    is_str(text, want);
}

static void
test_incidents(void)
{
    CLEANUP_HISTORY_LIST struct history_list list = { 0 }, events = { 0 };
    const struct history_query q = { .what = "incident" };
    CLEANUP_FREE char *none = explain_incidents(&list, &events, 1, true);

    is_str(none, "No incident is known.\n");
    add(&list, &q,
        REPLY(
            "ctl1",
            LINE(
                1795419841300, "ctl1", "incident",
                ",\"phase\":\"fenced\"") "," LINE(1795419900000, "ctl1",
                                                  "incident",
                                                  ",\"phase\":\"done\","
                                                  "\"reason\":\"why\",\"is_"
                                                  "closed\":"
                                                  "true,\"vms\":{\"total\":3,"
                                                  "\"recovered\":1,\"failed\":"
                                                  "0,\"in_flight\":2},"
                                                  "\"times\":{\"fenced_ms\":"
                                                  "1795419841000,\"first_"
                                                  "evacuate_ms\":1795419841200,"
                                                  "\"done_ms\":null}") ",{"
                                                                       "\"v\":"
                                                                       "1,"
                                                                       "\"time"
                                                                       "\":7,"
                                                                       "\"what"
                                                                       "\":"
                                                                       "\"incid"
                                                                       "ent\","
                                                                       "\"node"
                                                                       "\":"
                                                                       "\"cmp0"
                                                                       "\","
                                                                       "\"incid"
                                                                       "ent\":"
                                                                       "\"1."
                                                                       "0000000"
                                                                       "00\","
                                                                       "\"phase"
                                                                       "\":"
                                                                       "\"done"
                                                                       "\"}"),
        "");
    is_int(list.n, 2); /* the newest line of each */
    CLEANUP_FREE char *one = explain_incidents(&list, &events, 1, true);
    is_str(one, "2026-11-23 07:44:01  cmp1  done and closed  1 of 3 VMs "
                "recovered, 2 in flight, first evacuate call +0.2 s\n"
                "    why\n"
                "and 1 older ones (--limit)\n");
}

/* What happened to it, and to reserved hosts for it, stands with it. */
static void
test_events(void)
{
    static const char all[] =
        REPLY("ctl1", LINE(1795419841000, "ctl1", "brake",
                           ",\"phase\":\"held\",\"rule\":\"brake\","
                           "\"reason\":\"held by the brake: too "
                           "many\"") "," LINE(1795419842000, "ctl1", "reserve",
                                              ",\"rule\":\"reserve\","
                                              "\"step\":\"take\"") ","
                                                                   "{"
                                                                   "\""
                                                                   "v"
                                                                   "\""
                                                                   ":1"
                                                                   ","
                                                                   "\""
                                                                   "ti"
                                                                   "me"
                                                                   "\""
                                                                   ":"
                                                                   "17"
                                                                   "95"
                                                                   "41"
                                                                   "98"
                                                                   "43"
                                                                   "00"
                                                                   "0,"
                                                                   "\""
                                                                   "wh"
                                                                   "at"
                                                                   "\""
                                                                   ":"
                                                                   "\""
                                                                   "br"
                                                                   "ak"
                                                                   "e"
                                                                   "\""
                                                                   ","
                                                                   "\""
                                                                   "no"
                                                                   "de"
                                                                   "\""
                                                                   ":"
                                                                   "\""
                                                                   "cm"
                                                                   "p9"
                                                                   "\""
                                                                   ","
                                                                   "\""
                                                                   "in"
                                                                   "ci"
                                                                   "de"
                                                                   "nt"
                                                                   "\""
                                                                   ":"
                                                                   "\""
                                                                   "1."
                                                                   "00"
                                                                   "00"
                                                                   "00"
                                                                   "00"
                                                                   "0"
                                                                   "\""
                                                                   "}");
    CLEANUP_HISTORY_LIST struct history_list list = { 0 }, events = { 0 };
    const struct history_query incident = { .what = "incident" };
    const struct history_query any = { 0 };

    add(&list, &incident,
        REPLY("ctl1",
              LINE(1795419841300, "ctl1", "incident", ",\"phase\":\"fenced\"")),
        "");
    add(&events, &any, all, "");
    CLEANUP_FREE char *text = explain_incidents(&list, &events, 5, true);
    is_str(text, "2026-11-23 07:44:01  cmp1  fenced  0 of 0 VMs recovered\n"
                 "    2026-11-23 07:44:01.000  host cmp1: held by the brake: "
                 "too many [brake]\n"
                 "    2026-11-23 07:44:02.000  reserved host cmp1: take "
                 "[reserve]\n");
}

/* The next daemon took it over, and knows neither its beginning nor the VMs. */
static void
test_taken_over(void)
{
    static const char first[] =
        REPLY("ctl1", LINE(1795419842000, "ctl1", "incident",
                           ",\"phase\":\"done\",\"vms\":{\"total\":3,"
                           "\"recovered\":3},\"times\":{\"fenced_ms\":"
                           "1795419841000,\"first_evacuate_ms\":"
                           "1795419841200,\"done_ms\":1795419842000}"));
    static const char next[] =
        REPLY("ctl2", LINE(1795419900000, "ctl2", "incident",
                           ",\"phase\":\"released\",\"vms\":{\"total\":0,"
                           "\"recovered\":0},\"times\":{\"fenced_ms\":"
                           "1795419841000,\"first_evacuate_ms\":null}"));

    for (int is_swapped = 0; is_swapped < 2; is_swapped++) {
        CLEANUP_HISTORY_LIST struct history_list list = { 0 }, events = { 0 };
        const struct history_query q = { .what = "incident" };

        add(&list, &q, is_swapped ? next : first, "");
        add(&list, &q, is_swapped ? first : next, "");
        CLEANUP_FREE char *text = explain_incidents(&list, &events, 5, true);
        is_str(text, "2026-11-23 07:44:01  cmp1  released  3 of 3 VMs "
                     "recovered, first evacuate call +0.2 s, done +1.0 s\n");
    }
}

static void
test_plan(void)
{
    struct json_object *plan = json_tokener_parse(
        "{\"host\":\"cmp1\",\"service_host\":\"c-1\",\"now\":\"it lives\","
        "\"obstacle\":\"no quorum\",\"evacuated\":1,\"total\":4,\"vms\":["
        "{\"id\":\"u2\",\"name\":\"b\",\"phase\":\"held\",\"reason\":"
        "\"paused\"},{\"id\":\"u1\",\"name\":\"a\\u001b[2J\",\"state\":"
        "\"stopped\",\"ram_mb\":512,\"is_evacuated\":true,\"place\":1,"
        "\"priority\":500,\"is_stopped_again\":true},{\"id\":\"u3\",\"name\":"
        "\"c\",\"state\":\"active\",\"ram_mb\":1,\"is_evacuated\":true,"
        "\"warning\":\"odd\",\"place\":2,\"priority\":1000,\"reserved_host\":"
        "\"rsv1\","
        "\"apart_from_group\":\"g1\"}],"
        "\"brake\":\"held by the brake: too many\","
        "\"recovery_method\":\"rh_priority\",\"starts_by_level\":true}");
    CLEANUP_FREE char *text = explain_plan(plan, false);

    is_str(text, "cmp1 (c-1): if it failed now, 1 of 4 VMs would be evacuated\n"
                 "  now: it lives\n"
                 "  but nothing would be done now: no quorum\n"
                 "  but it would be held by the brake: too many\n"
                 "  VMs start one priority after the other, the highest first\n"
                 "     1. a?[2J u1 (stopped, 512 MiB): stopped again there\n"
                 "     2. c u3 (active, 1 MiB, priority 1000, to rsv1, not "
                 "together with others of server group g1)\n"
                 "        odd\n"
                 "  held: b u2: paused\n"
                 "  and 1 more\n");
    json_object_put(plan);
}

static void
test_since(void)
{
    static const char *const bad[] = { "", "yesterday", "+2h", "-2h",
                                       "2026-11-23T07:44:02" };
    const int64_t now_ms = INT64_C(1795419841500);
    struct vmha_error err;
    int64_t ms = 0;

    ok(moment_parse_past("2h", now_ms, &ms, &err) == 0);
    is_int(ms, now_ms - 7200000);
    ok(moment_parse_past("999999h", 7200000, &ms, &err) == 0 && ms == 0);
    ok(moment_parse_past("2026-11-23T07:44:01", now_ms, &ms, &err) == 0);
    is_int(ms, INT64_C(1795419841000));
    for (size_t i = 0; i < N_ELEMENTS(bad); i++)
        ok_msg(moment_parse_past(bad[i], now_ms, &ms, &err) == -1 &&
                   err.kind == VMHA_E_CONFIG,
               "'%s'", bad[i]);
}

static void
test_zone(void)
{
    ok(setenv("TZ", "UTC", 1) == 0);
    tzset();
}

TAP_MAIN({ "in UTC", test_zone }, { "replies, good and bad", test_gather },
         { "why a VM is where it is", test_why },
         { "incidents, newest first", test_incidents },
         { "what happened to them", test_events },
         { "an incident of two daemons", test_taken_over },
         { "a plan", test_plan }, { "a time to begin at", test_since })

/* lib/policy: libvirt's events -> what is wrong with VMs. */
#include <stdlib.h>

#include "cleanup.h"
#include "tap.h"
#include "watch.h"

#define A "aaaaaaaa-0000-4000-8000-000000000001"
#define B "bbbbbbbb-0000-4000-8000-000000000002"

static const struct watch_rules all = {
    .reports = { true, true, true, true, true, true, true, true },
};

static struct watch_time
at(int64_t ms)
{
    return (struct watch_time){ ms, 1000 + ms / 1000 };
}

/* "crash@1000 " for each fault at that time. */
static const char *
faults_at(struct watch *w, const struct watch_rules *rules, int64_t ms)
{
    static char text[1024];
    struct watch_time t = at(ms);
    struct report r;
    size_t len = 0;

    (void) watch_report(w, rules, &t, &r);
    text[0] = '\0';
    for (size_t i = 0; i < r.n && len < sizeof text - 64; i++)
        len += (size_t) snprintf(text + len, sizeof text - len, "%c:%s@%d ",
                                 r.faults[i].name[0],
                                 fault_why_name(r.faults[i].why),
                                 (int) r.faults[i].since_s);
    return text;
}

/* Events with commas between them, one a second, from second 0 on. */
static void
play(struct watch *w, const char *events)
{
    char one[64];

    for (int s = 0; *events; s++) {
        size_t len = strcspn(events, ",");
        struct watch_time t = at(s * 1000);

        memcpy(one, events, len);
        one[len] = '\0';
        watch_event(w, A, one, &t);
        events += len + (events[len] == ',');
    }
}

/* clang-format off */
static const struct {
    const char *events, *want; /* just after the last one */
    enum watch_cause cause;    /* its switch */
} rows[] = {
    /* ends that were wanted */
    { "started",                                   "", CAUSE_NONE },
    { "started,stopped/shutdown",                  "", CAUSE_NONE },
    { "started,stopped/destroyed",                 "", CAUSE_NONE },
    { "started,suspended/migrated,stopped/migrated", "", CAUSE_NONE },
    { "started,stopped/saved",                     "", CAUSE_NONE },
    { "started,stopped",                           "", CAUSE_NONE },
    { "started,suspended",                         "", CAUSE_NONE },
    { "started,suspended/api-error",               "", CAUSE_NONE },
    { "started,shutdown",                          "", CAUSE_NONE },
    { "started,frobnicated/wildly",                "", CAUSE_NONE },
    /* QEMU died */
    { "started,stopped/failed",          "a:crash@1001 ", CAUSE_CRASH },
    { "started,stopped/crashed",         "a:crash@1001 ", CAUSE_CRASH },
    { "stopped/failed",                  "a:crash@1000 ", CAUSE_CRASH },
    { "is shutoff/crashed",              "a:crash@1000 ", CAUSE_CRASH },
    { "is shutoff/failed",               "a:crash@1000 ", CAUSE_CRASH },
    { "stopped/failed,is shutoff/crashed", "a:crash@1000 ", CAUSE_CRASH },
    { "stopped/failed,is shutoff/unknown", "a:crash@1000 ", CAUSE_CRASH },
    { "stopped/failed,started",                    "", CAUSE_NONE },
    { "stopped/failed,is running",                 "", CAUSE_NONE },
    { "stopped/failed,stopped/shutdown",           "", CAUSE_NONE },
    /* the guest panicked */
    { "started,crashed/panicked,stopped/crashed", "a:panic@1001 ", CAUSE_PANIC },
    { "started,crashed/panicked,reboot,resumed",   "", CAUSE_NONE },
    { "is crashed",                      "a:panic@1000 ", CAUSE_PANIC },
    { "is paused/crashed",               "a:panic@1000 ", CAUSE_PANIC },
    { "is crashed,is shutoff/crashed",   "a:panic@1000 ", CAUSE_PANIC },
    { "started,crashloaded",                       "", CAUSE_NONE },
    /* its watchdog fired */
    { "started,watchdog/pause,suspended/watchdog", "a:watchdog@1002 ", CAUSE_WATCHDOG },
    { "started,watchdog/poweroff,stopped/failed", "a:watchdog@1002 ", CAUSE_WATCHDOG },
    { "started,watchdog/poweroff,stopped/failed,is shutoff/crashed", "a:watchdog@1002 ", CAUSE_WATCHDOG },
    { "started,watchdog/reset,reboot",             "", CAUSE_NONE },
    { "started,watchdog/none",                     "", CAUSE_NONE },
    { "started,watchdog/inject-nmi",               "", CAUSE_NONE },
    { "started,watchdog/poweroff",                 "", CAUSE_NONE },
    { "is paused/watchdog",              "a:watchdog@1000 ", CAUSE_WATCHDOG },
    { "suspended/watchdog,resumed",                "", CAUSE_NONE },
    /* its disk failed */
    { "started,io-error/pause,suspended/ioerror", "a:io@1002 ", CAUSE_IO_PAUSE },
    { "is paused/ioerror",               "a:io@1000 ", CAUSE_IO_PAUSE },
    { "suspended/ioerror,resumed",                 "", CAUSE_NONE },
    { "suspended/ioerror,suspended",     "a:io@1000 ", CAUSE_IO_PAUSE },
    { "started,io-error/report",         "a:io@1001 ", CAUSE_IO_REPORT },
    { "io-error/report,suspended,resumed", "a:io@1000 ", CAUSE_IO_REPORT },
    { "io-error/report,is running",      "a:io@1000 ", CAUSE_IO_REPORT },
    { "io-error/report,reboot",                    "", CAUSE_NONE },
    { "started,io-error/none",                     "", CAUSE_NONE },
    /* libvirt lost its monitor */
    { "started,control-error",           "a:hang@1001 ", CAUSE_HANG },
    { "started,control-error,stopped/failed", "a:crash@1002 ", CAUSE_CRASH },
    /* nobody saw its end */
    { "started,is shutoff/unknown",      "a:gone@1001 ", CAUSE_GONE },
    { "started,is shutoff/daemon",       "a:gone@1001 ", CAUSE_GONE },
    { "started,is shutoff/unknown,is shutoff/unknown", "a:gone@1001 ", CAUSE_GONE },
    { "started,is shutoff/unknown,started",        "", CAUSE_NONE },
    { "is shutoff/unknown",                        "", CAUSE_NONE },
    { "started,is shutoff",                        "", CAUSE_NONE },
    { "started,suspended,is shutoff/unknown", "a:gone@1002 ", CAUSE_GONE },
    /* a restart is under way: Nova destroys, undefines and defines it */
    { "stopped/failed,undefined",        "a:crash@1000 ", CAUSE_CRASH },
    { "stopped/failed,stopped/destroyed", "a:crash@1000 ", CAUSE_CRASH },
    { "stopped/failed,is shutoff/destroyed", "a:crash@1000 ", CAUSE_CRASH },
    { "is crashed,stopped/destroyed,undefined,defined", "a:panic@1000 ", CAUSE_PANIC },
    { "started,control-error,stopped/destroyed", "a:hang@1001 ", CAUSE_HANG },
    { "started,is shutoff/unknown,undefined", "a:gone@1001 ", CAUSE_GONE },
    { "is crashed,stopped/destroyed,undefined,defined,started", "", CAUSE_NONE },
    { "is crashed,stopped/migrated",               "", CAUSE_NONE },
};
/* clang-format on */

static void
test_table(void)
{
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        CLEANUP(watch_clear) struct watch w = { 0 };

        play(&w, rows[i].events);
        ok_msg(strcmp(faults_at(&w, &all, 9000), rows[i].want) == 0,
               "%s: got '%s', want '%s'", rows[i].events,
               faults_at(&w, &all, 9000), rows[i].want);
    }
}

/* With its switch off it is not told; with all others off it is. */
static void
test_switches(void)
{
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        CLEANUP(watch_clear) struct watch w = { 0 };
        struct watch_rules only = { 0 }, none = all;

        if (rows[i].cause == CAUSE_NONE)
            continue;
        play(&w, rows[i].events);
        none.reports[rows[i].cause] = false;
        only.reports[rows[i].cause] = true;
        ok_msg(!*faults_at(&w, &none, 9000), "%s: switched off",
               rows[i].events);
        ok_msg(strcmp(faults_at(&w, &only, 9000), rows[i].want) == 0,
               "%s: it alone", rows[i].events);
    }
}

/* A guest that is reset by on_crash=restart is no fault for a moment, either;
 * one that stays is told soon.
 */
static void
test_settle(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_time t = at(1000);
    struct report r;

    watch_event(&w, A, "is running", &t);
    watch_event(&w, A, "crashed/panicked", &t);
    is_int(watch_report(&w, &all, &t, &r), 1000 + WATCH_SETTLE_MS);
    is_int(r.n, 0);
    is_str(faults_at(&w, &all, 1000 + WATCH_SETTLE_MS), "a:panic@1001 ");
    watch_event(&w, A, "stopped/crashed", &t);
    is_str(faults_at(&w, &all, 1000), "a:panic@1001 ");
}

/* What the watchdog did long ago is no reason of an end now. */
static void
test_note(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_time t = at(0);

    watch_event(&w, A, "watchdog/shutdown", &t);
    t = at(WATCH_NOTE_MS);
    watch_event(&w, A, "stopped/failed", &t);
    is_str(faults_at(&w, &all, WATCH_NOTE_MS), "a:crash@1010 ");
}

/* All that is known of a VM is in the lists of domains. */
static void
test_lists(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_time t = at(0);
    struct report r;

    watch_begin(&w);
    watch_event(&w, A, "is running", &t);
    watch_event(&w, B, "is shutoff/crashed", &t);
    watch_end(&w, &t);
    is_str(faults_at(&w, &all, 0), "b:crash@1000 ");
    t = at(5000);
    watch_begin(&w);
    watch_end(&w, &t);
    is_str(faults_at(&w, &all, 5000), "a:gone@1005 ");
    is_int(watch_report(&w, &all, &t, &r), 5000 + WATCH_MISSING_MS);
    t = at(6000);
    watch_begin(&w);
    watch_end(&w, &t);
    is_str(faults_at(&w, &all, 6000), "a:gone@1005 ");
    is_str(faults_at(&w, &all, 5000 + WATCH_MISSING_MS), "");
    is_int(w.n, 0);
}

/* A domain that was not persistent, as that of an incoming migration, is told
 * for a while: it may have been one of ours.
 */
static void
test_missing(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_time t = at(0);

    watch_event(&w, A, "started/migrated", &t);
    watch_event(&w, A, "stopped/failed", &t);
    watch_event(&w, A, "missing", &t);
    is_str(faults_at(&w, &all, 1000), "a:crash@1000 ");
    is_str(faults_at(&w, &all, WATCH_MISSING_MS), "");
}

/* One that does not come back was deleted, or moved. */
static void
test_midway(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_time t = at(0);

    watch_event(&w, A, "is crashed", &t);
    watch_event(&w, A, "stopped/destroyed", &t);
    t = at(1000);
    watch_event(&w, A, "undefined", &t);
    is_str(faults_at(&w, &all, WATCH_MISSING_MS), "a:panic@1000 ");
    is_str(faults_at(&w, &all, 1000 + WATCH_MISSING_MS), "");
    is_int(w.n, 0);
}

/* Nothing is kept of VMs that left in order. */
static void
test_forget(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };

    play(&w, "started,stopped/destroyed,undefined,defined");
    is_int(w.n, 0);
    play(&w, "started,undefined");
    is_int(w.n, 1);
    play(&w, "stopped/destroyed");
    is_int(w.n, 0);
    ok(!watch_know(&w, "no uuid"));
}

static void
test_many(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_time t = at(0);
    struct report r, same;
    char uuid[37];

    for (int i = 0; i < 5000; i++) {
        snprintf(uuid, sizeof uuid, "%08x-0000-4000-8000-000000000000", i);
        watch_event(&w, uuid, i == 4000 ? "stopped/failed" : "is crashed", &t);
    }
    is_int(w.n, WATCH_VMS_MAX);
    (void) watch_report(&w, &all, &t, &r);
    is_int(r.n, REPORT_FAULTS_MAX);
    is_int(r.more, WATCH_VMS_MAX - REPORT_FAULTS_MAX);
    is_str(r.faults[0].name, "00000fa0-0000-4000-8000-000000000000");
    is_str(r.faults[1].name, "00000000-0000-4000-8000-000000000000");
    is_str(r.faults[63].name, "0000003e-0000-4000-8000-000000000000");
    same = r;
    ok(watch_same(&r, &same));
    same.more--;
    ok(!watch_same(&r, &same));
    same = r;
    same.faults[5].since_s++;
    ok(!watch_same(&r, &same));
}

/* One VM has one line: its worst fault. */
static void
test_worst(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_time t = at(0);

    watch_event(&w, A, "started", &t);
    watch_raise(watch_find(&w, A), CAUSE_AGENT, &t);
    is_str(faults_at(&w, &all, 0), "a:agent@1000 ");
    watch_event(&w, A, "suspended/ioerror", &t);
    is_str(faults_at(&w, &all, 0), "a:io@1000 ");
    watch_event(&w, A, "resumed", &t);
    is_str(faults_at(&w, &all, 0), "a:agent@1000 ");
    watch_event(&w, A, "reboot", &t);
    is_str(faults_at(&w, &all, 0), "");
}

TAP_MAIN({ "each event has its meaning", test_table },
         { "and its switch", test_switches },
         { "a panic that passes is not told", test_settle },
         { "a watchdog's reset explains an end that follows", test_note },
         { "a list of domains tells what events did not", test_lists },
         { "an end without a domain is told for a while", test_missing },
         { "and so is one in the middle of a restart", test_midway },
         { "a VM that left is forgotten", test_forget },
         { "the report is bounded, the worst first", test_many },
         { "a VM is told once", test_worst })

/* lib/policy: the brake. */
#include "brake.h"
#include "cleanup.h"
#include "tap.h"

/* Minutes, in nanoseconds. */
#define MIN(n) ((n) *INT64_C(60000000000))

static void
test_shares(void)
{
    static const struct {
        struct brake_limit limit;
        unsigned hosts, want;
    } shares[] = {
        { { 5, false }, 3, 5 },
        { { 0, false }, 100, 0 },
        { { 50, true }, 3, 2 },
        { { 50, true }, 5, 2 },
        { { 50, true }, 6, 3 },
        { { 50, true }, 99, 49 },
        { { 1, true }, 1000, 10 },
        { { 10, true }, 5, BRAKE_SHARE_MIN },
        { { 50, true }, 0, BRAKE_SHARE_MIN },
    };

    for (size_t i = 0; i < N_ELEMENTS(shares); i++)
        ok_msg(brake_limit_of(shares[i].limit, shares[i].hosts) ==
                   shares[i].want,
               "%u of %u", shares[i].limit.value, shares[i].hosts);
}

/* Times in minutes; the window is 10 minutes long. */
static void
test_crowd(void)
{
    static const int64_t times[] = { MIN(100), MIN(50), MIN(104),
                                     MIN(110), MIN(55), MIN(120) };
    static const struct {
        int64_t at_ns;
        unsigned want;
    } crowds[] = {
        { MIN(50), 2 },  { MIN(55), 2 },  { MIN(100), 3 },
        { MIN(104), 3 }, { MIN(110), 3 }, { MIN(120), 2 },
    };

    for (size_t i = 0; i < N_ELEMENTS(crowds); i++)
        is_int(brake_crowd(times, N_ELEMENTS(times), crowds[i].at_ns, 600000),
               crowds[i].want);
    is_int(brake_crowd(times, N_ELEMENTS(times), MIN(100), 0), 1);
    is_int(brake_crowd(times, 0, MIN(100), 600000), 0);
    is_int(brake_crowd(times, N_ELEMENTS(times), MIN(100), INT64_MAX / 2), 6);
}

static const struct brake_rules rules = { .segment = { 2, false },
                                          .total = { 4, false },
                                          .window_ms = 600000 };

static void
test_brake(void)
{
    static const int64_t times[] = { MIN(1), MIN(2), MIN(3),
                                     MIN(4), MIN(5), MIN(90) };
    static const struct {
        const char *name;
        size_t n_segment, n_total;
        int64_t at_ns;
        enum brake want;
        unsigned failed;
    } stories[] = {
        { "one", 1, 1, MIN(1), BRAKE_OFF, 0 },
        { "as many as are allowed", 2, 2, MIN(2), BRAKE_OFF, 0 },
        { "one too many: it is held", 3, 3, MIN(3), BRAKE_SEGMENT, 3 },
        { "and so is the first, while it has had no call", 3, 3, MIN(1),
          BRAKE_SEGMENT, 3 },
        { "others fail in other segments", 2, 4, MIN(1), BRAKE_OFF, 0 },
        { "too many in all", 2, 5, MIN(1), BRAKE_TOTAL, 5 },
        { "the segment's own is told first", 5, 5, MIN(1), BRAKE_SEGMENT, 5 },
        { "a failure long after", 6, 6, MIN(90), BRAKE_OFF, 0 },
    };

    for (size_t i = 0; i < N_ELEMENTS(stories); i++) {
        struct brake_facts f = { .times_ns = times,
                                 .n_segment = stories[i].n_segment,
                                 .n_total = stories[i].n_total,
                                 .segment_hosts = 10,
                                 .total_hosts = 20 };
        struct brake_answer a = brake_of(&f, &rules, stories[i].at_ns);

        ok_msg(a.brake == stories[i].want && a.failed == stories[i].failed,
               "%s: %d, %u", stories[i].name, (int) a.brake, a.failed);
        if (a.brake != BRAKE_OFF)
            is_int(a.allowed, a.brake == BRAKE_TOTAL ? 4 : 2);
    }
}

static void
test_entries(void)
{
    static const struct {
        const char *name;
        struct journal_host entry;
        bool counts, is_too_late;
    } entries[] = {
        { "fenced", { .phase = PHASE_FENCED }, true, false },
        { "forced down", { .phase = PHASE_DOWN }, true, false },
        { "before its first call", { .phase = PHASE_EVACUATING }, true, false },
        { "evacuating",
          { .phase = PHASE_EVACUATING, .has_mark = true },
          true,
          true },
        { "done, still dead", { .phase = PHASE_DONE }, true, false },
        { "back", { .phase = PHASE_DONE, .has_returned = true }, false, false },
        { "closed", { .phase = PHASE_RELEASED }, false, false },
        { "fenced again, with the mark of the first time",
          { .phase = PHASE_FENCED, .has_mark = true },
          true,
          false },
    };

    for (size_t i = 0; i < N_ELEMENTS(entries); i++) {
        ok_msg(brake_counts(&entries[i].entry) == entries[i].counts, "%s",
               entries[i].name);
        ok_msg(brake_is_too_late(&entries[i].entry) == entries[i].is_too_late,
               "%s", entries[i].name);
    }
}

/* Hosts without an incident: dead, but not by proof. */
static void
test_unproven(void)
{
    for (int c = 0; c < N_CERTAINTIES; c++) {
        bool want = c == FENCING_UNSEEN || c == FENCING_FAILED ||
                    c == FENCING_BY_HAND || c == NAME_SHARED;

        ok_msg(brake_counts_unproven((enum certainty) c) == want, "%s",
               certainty_text((enum certainty) c));
    }
}

static void
test_release(void)
{
    struct brake_rules r = rules;

    ok_msg(!brake_is_over(&r, MIN(1), INT64_MAX), "never by itself");
    r.release_after_ms = 60000;
    ok(!brake_is_over(&r, MIN(1), 119999));
    ok(brake_is_over(&r, MIN(1), 120000));
    ok_msg(!brake_is_over(&r, MIN(1), 0), "the clock was set back");
}

TAP_MAIN({ "a share of few hosts is two", test_shares },
         { "the fullest window counts", test_crowd },
         { "too many in a segment, or in all", test_brake },
         { "what counts, and what goes on", test_entries },
         { "what counts though nothing is done for it", test_unproven },
         { "it ends by itself only where that is wanted", test_release })

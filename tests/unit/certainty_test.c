/* lib/policy: the certainty rule (design, "Certainty rule", points 1 to 5). */
#include "certainty.h"
#include "cleanup.h"
#include "tap.h"

/* Times in steps of 10 s: apart by more than clocks may differ. */
#define AT(n) ((n) *INT64_C(10000000000))

enum { N_BITS = 16 };

/* Case number N of all: the low bits are the booleans, then the times. */
static struct death_facts
facts_of(unsigned n)
{
    static const int64_t fenced_s[] = { 0, 90, 900 },
                         entry[] = { 0, 9, 10, 11 }, seen[] = { 0, 9, 10, 11 };
    unsigned t = n >> N_BITS;

    return (struct death_facts){
        .is_current = n & 1,
        .is_quorate = n & 2,
        .is_sole_owner = n & 4,
        .is_remote = n & 8,
        .is_online = n & 16,
        .is_unmanaged = n & 32,
        .has_fencing = n & 64,
        .fencing_succeeded = n & 128,
        .fencing_by_hand = n & 256,
        .has_returned = n & 512,
        .trusts_manual_ack = n & 1024,
        .is_unknown = n & 2048,
        .shares_name = n & 4096,
        .is_resting = n & 8192,
        .is_disarmed = n & 16384,
        .is_newly_ours = n & 32768,
        .fencing_ns = AT(10),
        .fenced_s = fenced_s[t % 3],
        .entry_ns = AT(entry[t / 3 % 4]),
        .seen_ns = AT(seen[t / 12 % 4]),
    };
}

enum { N_CASES = (1 << N_BITS) * 3 * 4 * 4 };

/* The rule in other words: one doubt is enough. */
static bool
may_doubt_death(const struct death_facts *f)
{
    bool shows_gone = f->is_remote ? f->fenced_s != 0 : !f->is_online;
    bool shows_fenced = f->is_remote && f->fenced_s != 0;
    bool is_named = f->entry_ns == AT(10), is_unseen = f->seen_ns < AT(10);
    bool is_newer = f->entry_ns < AT(10);
    bool is_marked = shows_fenced && f->fenced_s == 90 && f->entry_ns;

    if (!f->is_current || !f->is_quorate || !f->is_sole_owner) /* 3 */
        return true;
    if (f->is_newly_ours) /* another may still act */
        return true;
    if (f->is_unknown) /* 2 */
        return true;
    if (f->is_unmanaged || f->is_resting) /* 4 */
        return true;
    if (f->shares_name) /* fencing the one proves nothing of the other */
        return true;
    if (!shows_gone) /* 2 */
        return true;
    if (!f->has_fencing) /* 1: a fencer that lost its history */
        return !is_marked || f->has_returned;
    if (!f->fencing_succeeded) /* 1 */
        return true;
    if (f->fencing_by_hand && !f->trusts_manual_ack) /* 1 */
        return true;
    if (!is_named && !shows_fenced && !is_unseen) /* 1 */
        return true;
    return f->has_returned && !is_newer; /* 5 */
}

static bool
may_doubt(const struct death_facts *f)
{
    return may_doubt_death(f) || f->is_disarmed;
}

static void
test_truth_table(void)
{
    unsigned certain = 0, wrong = 0;

    for (unsigned n = 0; n < N_CASES; n++) {
        struct death_facts f = facts_of(n);
        bool got = certainty_of(&f) == CERTAIN;

        certain += got;
        if (got == may_doubt(&f) && wrong++ < 5)
            ok_msg(false, "case %u: '%s'", n, certainty_text(certainty_of(&f)));
    }
    is_int(wrong, 0);
    ok_msg(certain > 100, "%u cases are certain", certain);
}

/* What is given as the reason is true. */
static bool
is_true(enum certainty c, const struct death_facts *f)
{
    bool looks_dead = f->is_remote ? f->fenced_s > 0 : !f->is_online;

    switch (c) {
    case CERTAIN: return !may_doubt(f);
    case NOT_CURRENT: return !f->is_current;
    case NOT_QUORATE: return !f->is_quorate;
    case NOT_SOLE_OWNER: return !f->is_sole_owner;
    case NEWLY_OURS: return f->is_newly_ours;
    case NODE_UNMANAGED: return f->is_unmanaged;
    case NODE_ALIVE: return f->is_online && !looks_dead;
    case NODE_UNKNOWN: return f->is_unknown;
    case NEVER_FENCED: return !f->has_fencing;
    case FENCING_UNSEEN: return !f->has_fencing && f->fenced_s > 0;
    case FENCING_FAILED: return f->has_fencing && !f->fencing_succeeded;
    case FENCING_BY_HAND: return f->fencing_by_hand && !f->trusts_manual_ack;
    case FENCING_IS_OLD: return f->seen_ns >= AT(10) || f->has_returned;
    case CIB_DISAGREES: return !looks_dead;
    case NAME_SHARED: return f->shares_name;
    case NODE_RESTING: return f->is_resting;
    case DISARMED: return !may_doubt_death(f) && f->is_disarmed;
    default: return false;
    }
}

static void
test_reasons_are_true(void)
{
    unsigned wrong = 0, given[N_CERTAINTIES] = { 0 };

    for (unsigned n = 0; n < N_CASES; n++) {
        struct death_facts f = facts_of(n);
        enum certainty c = certainty_of(&f);

        given[c]++;
        if (!is_true(c, &f) && wrong++ < 5)
            ok_msg(false, "case %u: '%s'", n, certainty_text(c));
    }
    is_int(wrong, 0);
    for (int c = 0; c < N_CERTAINTIES; c++) {
        ok_msg(given[c] > 0, "'%s' is given", certainty_text(c));
        ok(certainty_text(c)[0] != '\0');
    }
}

struct story {
    const char *name;
    struct death_facts facts;
    enum certainty want;
};

/* clang-format off */
#define SOUND .is_current = true, .is_quorate = true, .is_sole_owner = true
#define FENCED(at) .has_fencing = true, .fencing_succeeded = true, \
                   .fencing_ns = AT(at)
static const struct story stories[] = {
    { "1: a member fenced now, no entry yet",
      { SOUND, FENCED(20), .seen_ns = AT(10) }, CERTAIN },
    { "1: a member fenced now, its entry names it",
      { SOUND, FENCED(20), .entry_ns = AT(20), .seen_ns = AT(30) }, CERTAIN },
    { "1: a member that was fenced, came back, and is stopped cleanly later",
      { SOUND, FENCED(20), .seen_ns = AT(20) }, FENCING_IS_OLD },
    { "1: the same before its entry is gone",
      { SOUND, FENCED(20), .entry_ns = AT(20), .has_returned = true,
        .seen_ns = AT(20) }, FENCING_IS_OLD },
    { "1: it is fenced again",
      { SOUND, FENCED(40), .entry_ns = AT(20), .has_returned = true,
        .seen_ns = AT(20) }, CERTAIN },
    { "1: node_fenced says nothing of a member",
      { SOUND, FENCED(20), .fenced_s = 5, .seen_ns = AT(20) }, FENCING_IS_OLD },
    { "1: a remote whose fencing is below the watermark but in the CIB",
      { SOUND, FENCED(20), .is_remote = true, .fenced_s = 5, .seen_ns = AT(30) },
      CERTAIN },
    { "1: acknowledged by hand",
      { SOUND, FENCED(20), .is_remote = true, .fenced_s = 5,
        .fencing_by_hand = true }, FENCING_BY_HAND },
    { "1: acknowledged by hand, and that is trusted",
      { SOUND, FENCED(20), .is_remote = true, .fenced_s = 5,
        .fencing_by_hand = true, .trusts_manual_ack = true }, CERTAIN },
    { "1: full restart: the history is empty, the entry proves nothing",
      { SOUND, .entry_ns = AT(20) }, NEVER_FENCED },
    { "1: the fencer lost its history, the DC's mark is of the entry's time",
      { SOUND, .is_remote = true, .fenced_s = 201, .entry_ns = AT(20) },
      CERTAIN },
    { "1: the same, but the mark is of a later fencing that nobody can see",
      { SOUND, .is_remote = true, .fenced_s = 400, .entry_ns = AT(20) },
      FENCING_UNSEEN },
    { "1: the same without an entry",
      { SOUND, .is_remote = true, .fenced_s = 400 }, FENCING_UNSEEN },
    { "1: a member that was stopped cleanly, its old fencing by another clock",
      { SOUND, FENCED(20) + 12000000, .entry_ns = AT(20),
        .has_returned = true, .seen_ns = AT(20) }, FENCING_IS_OLD },
    { "1: the same once its entry is gone",
      { SOUND, FENCED(20) + 12000000, .seen_ns = AT(20) }, FENCING_IS_OLD },
    { "1: a remote that is just stopped",
      { SOUND, FENCED(20), .is_remote = true, .seen_ns = AT(10) }, CIB_DISAGREES },
    { "1: the newest fencing failed, whatever came before",
      { SOUND, .has_fencing = true, .fencing_ns = AT(20), .entry_ns = AT(10),
        .is_remote = true, .fenced_s = 5 }, FENCING_FAILED },
    { "2: a remote between off and the CIB's node_fenced",
      { SOUND, FENCED(20), .is_remote = true, .is_online = true }, NODE_ALIVE },
    { "2: a member that is fenced but not yet gone from the CIB",
      { SOUND, FENCED(20), .is_online = true }, NODE_ALIVE },
    { "3: no quorum",
      { .is_current = true, .is_sole_owner = true, FENCED(20) }, NOT_QUORATE },
    { "3, 4, 5: what is seen alive is alive, whoever may act on it",
      { .is_current = true, .is_unmanaged = true, FENCED(20),
        .is_online = true }, NODE_ALIVE },
    { "2: the node was removed, whatever the history says of it",
      { SOUND, FENCED(20), .is_unknown = true }, NODE_UNKNOWN },
    { "3: disarmed, and else provably dead",
      { SOUND, FENCED(20), .is_remote = true, .fenced_s = 5,
        .is_disarmed = true }, DISARMED },
    { "3: disarmed, and it has only an old fencing: no failure to note",
      { SOUND, FENCED(20), .seen_ns = AT(20), .is_disarmed = true },
      FENCING_IS_OLD },
    { "4: maintenance",
      { SOUND, FENCED(20), .is_unmanaged = true }, NODE_UNMANAGED },
    { "4: maintenance by vmha's own attribute",
      { SOUND, FENCED(20), .is_resting = true }, NODE_RESTING },
    { "4: it says so of dead hosts only",
      { SOUND, .is_resting = true }, NEVER_FENCED },
    { "two nodes with one name in Nova",
      { SOUND, FENCED(20), .shares_name = true }, NAME_SHARED },
};
/* clang-format on */

static void
test_stories(void)
{
    for (size_t i = 0; i < N_ELEMENTS(stories); i++) {
        enum certainty got = certainty_of(&stories[i].facts);

        ok_msg(got == stories[i].want, "%s: got '%s'", stories[i].name,
               certainty_text(got));
    }
}

/* A fencing at AT(N), in the order of a history. */
#define GOOD(n)                                                                \
    {                                                                          \
        .ns = AT(n), .has_succeeded = true                                     \
    }
#define BY_HAND(n)                                                             \
    {                                                                          \
        .ns = AT(n), .has_succeeded = true, .is_by_hand = true                 \
    }
#define BAD(n)                                                                 \
    {                                                                          \
        .ns = AT(n)                                                            \
    }
#define MARKED(n) .is_remote = true, .fenced_s = AT(n) / 1000000000

/* clang-format off */
static const struct {
    const char *name;
    struct death_facts facts;
    struct fencing_fact list[3]; /* newest first */
    size_t n;
    int64_t want_ns;
    bool succeeded, by_hand;
} histories[] = {
    { "none", { MARKED(10) }, { { 0 } }, 0, 0, false, false },
    { "a success", { MARKED(10) }, { GOOD(10) }, 1, AT(10), true, false },
    { "the newer of two", { MARKED(20) }, { GOOD(20), GOOD(10) }, 2, AT(20),
      true, false },
    { "a failure", { MARKED(10) }, { BAD(10) }, 1, AT(10), false, false },
    { "failures after the one that the CIB marks", { MARKED(10) },
      { BAD(30), BAD(20), GOOD(10) }, 3, AT(10), true, false },
    { "failures after one that was acknowledged by hand", { MARKED(10) },
      { BAD(30), BAD(20), BY_HAND(10) }, 3, AT(10), true, true },
    { "a failure, and the CIB marks an earlier life", { MARKED(5) },
      { BAD(20), GOOD(10) }, 2, AT(20), false, false },
    { "a failure, and the remote has connected since", { .is_remote = true },
      { BAD(20), GOOD(10) }, 2, AT(20), false, false },
    { "a failure, for a member that is gone", { .is_remote = false },
      { BAD(20), GOOD(10) }, 2, AT(20), false, false },
    { "a failure, for a host that is alive",
      { .is_remote = true, .is_online = true },
      { BAD(30), GOOD(20), GOOD(10) }, 3, AT(20), true, false },
    { "a success after a failure", { MARKED(20) }, { GOOD(20), BAD(10) }, 2,
      AT(20), true, false },
};
/* clang-format on */

static void
test_which_fencing(void)
{
    for (size_t i = 0; i < N_ELEMENTS(histories); i++) {
        struct death_facts f = histories[i].facts;

        certainty_take_fencing(&f, histories[i].list, histories[i].n);
        ok_msg(f.has_fencing == (histories[i].n > 0) &&
                   f.fencing_ns == histories[i].want_ns &&
                   f.fencing_succeeded == histories[i].succeeded &&
                   f.fencing_by_hand == histories[i].by_hand,
               "%s", histories[i].name);
    }
}

/* Nothing is done for the VMs of a living host where one thing is in doubt. */
static void
test_living(void)
{
    unsigned n_wrong = 0, n_may = 0;

    for (unsigned n = 0; n < N_CASES; n++) {
        struct death_facts f = facts_of(n);
        bool is_there =
            !f.is_unknown && f.is_online && !(f.is_remote && f.fenced_s);
        bool may = f.is_current && f.is_quorate && f.is_sole_owner &&
                   !f.is_newly_ours && is_there && !f.is_unmanaged &&
                   !f.is_resting && !f.is_disarmed;

        n_may += may;
        n_wrong += may != (certainty_of_living(&f) == NODE_ALIVE);
    }
    is_int(n_wrong, 0);
    ok(n_may > 0);
}

TAP_MAIN({ "work on VMs of a living host", test_living },
         { "certain exactly where no point of the rule doubts",
           test_truth_table },
         { "every reason given is true, and each occurs",
           test_reasons_are_true },
         { "stories of hosts that are dead or only look so", test_stories },
         { "which of several fencings counts", test_which_fencing })

/* lib/policy: when a process is restarted, when it has failed. */
#include "cleanup.h"
#include "procs.h"
#include "tap.h"

static const struct proc_rules rules = {
    .tries = 2,
    .interval_ms = 100,
    .stable_ms = 1000,
};
static const struct proc_rules asked = {
    .tries = 1,
    .interval_ms = 100,
    .stable_ms = 1000,
    .health_ms = 400,
    .health_misses = 2,
};
static const struct proc_rules alone = {
    .tries = 0,
    .interval_ms = 100,
    .stable_ms = 1000,
};

static const char *const steps[] = {
    [PROC_NOTHING] = "nothing", [PROC_LOOK] = "look", [PROC_START] = "start",
    [PROC_RESTART] = "restart", [PROC_ASK] = "ask",
};

struct story {
    struct proc p;
    const struct proc_rules *rules;
    struct watch_time now;
    char text[1024];
    size_t len;
};

static void
add(struct story *s, const char *word)
{
    s->len += (size_t) snprintf(s->text + s->len, sizeof s->text - s->len,
                                "%s@%d ", word, (int) s->now.mono_ms);
}

/* An outcome of a step: found, missing, tried well or not, answered well or
 * not.
 */
static void
outcome(struct story *s, char c)
{
    switch (c) {
    case 'f': proc_found(&s->p, s->rules, &s->now); break;
    case 'm': proc_missing(&s->p, s->rules, &s->now); break;
    case 'k':
    case 'x': proc_tried(&s->p, s->rules, c == 'k', &s->now); break;
    case 'a':
    case 'b': proc_answered(&s->p, s->rules, c == 'a', &s->now); break;
    default: ok_msg(false, "no outcome '%c'", c);
    }
}

/* d: it dies; c: its section changes; '.': nothing is to be done until the next
 * wake; else the outcome of the step that is wanted now, after 5 ms.
 */
static void
play(struct story *s, const char *events)
{
    int64_t wake_ms;

    for (; *events; events++) {
        enum proc_step step;

        if (*events == 'd') {
            proc_died(&s->p);
            continue;
        }
        if (*events == 'c') {
            proc_changed(&s->p);
            continue;
        }
        step = proc_next(&s->p, s->rules, &s->now, &wake_ms);
        if (*events == '.') {
            ok_msg(step == PROC_NOTHING, "%s is to be nothing, %s", events,
                   s->text);
            if (!wake_ms)
                add(s, "idle");
            else
                s->now.mono_ms = wake_ms;
            continue;
        }
        add(s, steps[step]);
        s->now.mono_ms += 5;
        outcome(s, *events);
    }
}

/* What was done, and what is reported then. */
static const char *
tell(struct story *s)
{
    struct fault f;

    if (proc_fault(&s->p, "p", &f))
        snprintf(s->text + s->len, sizeof s->text - s->len, "%s:%s:%s",
                 fault_kind_name(f.kind), f.name, fault_why_name(f.why));
    else
        snprintf(s->text + s->len, sizeof s->text - s->len, "ok");
    return s->text;
}

/* clang-format off */
static const struct {
    const struct proc_rules *rules;
    const char *events, *want;
} rows[] = {
    /* it runs, and nothing wakes us */
    { &rules, "f.",      "look@0 idle@5 ok" },
    /* it did not run at the beginning */
    { &rules, "mkf.",    "look@0 start@5 look@10 ok" },
    /* it dies: it is looked for and restarted at once */
    { &rules, "fdmkf",   "look@0 look@5 restart@10 look@15 ok" },
    /* somebody else has restarted it already */
    { &rules, "fdf.",    "look@0 look@5 idle@10 ok" },
    /* it takes a while to appear */
    { &rules, "fdmkm.m.f",
      "look@0 look@5 restart@10 look@15 look@40 look@85 ok" },
    /* it does not appear: the next try is one interval after the last one */
    { &rules, "fdmkm.m.m.mk",
      "look@0 look@5 restart@10 look@15 look@40 look@85 look@115 "
      "restart@120 ok" },
    /* and it has failed one interval after the last try */
    { &rules, "fdmkm.m.m.mkm.m.m.m",
      "look@0 look@5 restart@10 look@15 look@40 look@85 look@115 "
      "restart@120 look@125 look@150 look@195 look@225 proc:p:down" },
    /* a crash loop: the spacing holds, and being up shortly heals nothing */
    { &rules, "fdmkfdm.m.m.mkfdm",
      "look@0 look@5 restart@10 look@15 look@20 look@45 look@90 look@115 "
      "restart@120 look@125 look@130 proc:p:down" },
    /* it comes back later, and is well again when it has stayed */
    { &rules, "fdmxm.m.m.mxm.m.f",
      "look@0 look@5 restart@10 look@15 look@40 look@85 look@115 "
      "restart@120 look@125 look@1130 look@2135 proc:p:down" },
    { &rules, "fdmxm.m.m.mxm.f.d",
      "look@0 look@5 restart@10 look@15 look@40 look@85 look@115 "
      "restart@120 look@125 look@1130 proc:p:down" },
    { &rules, "fdmxm.m.m.mxm.f..",
      "look@0 look@5 restart@10 look@15 look@40 look@85 look@115 "
      "restart@120 look@125 look@1130 idle@2135 ok" },
    /* a command that fails: the last one's failure ends it at once */
    { &rules, "fdmxm.m.m.mxm",
      "look@0 look@5 restart@10 look@15 look@40 look@85 look@115 "
      "restart@120 look@125 proc:p:down" },
    /* up for long enough: tries are counted anew */
    { &rules, "fdmkf..dmk",
      "look@0 look@5 restart@10 look@15 idle@1020 look@1020 restart@1025 ok" },
    /* never restarted: it has one interval to come back */
    { &alone, "fdm.m.m.m",
      "look@0 look@5 look@30 look@75 look@110 proc:p:down" },
    { &alone, "fdm.fdm.f",
      "look@0 look@5 look@30 look@35 look@60 ok" },
    { &alone, "fdm.f.",  "look@0 look@5 look@30 idle@35 ok" },
    /* its section changes: it is looked for, with all of its tries */
    { &rules, "fcf.",    "look@0 look@5 idle@10 ok" },
    { &rules, "cf.",     "look@0 idle@5 ok" },
    { &rules, "fdmxm.m.m.mxmcmkf",
      "look@0 look@5 restart@10 look@15 look@40 look@85 look@115 "
      "restart@120 look@125 look@130 restart@135 look@140 proc:p:down" },
    { &rules, "fdmxm.m.m.mxmcf..",
      "look@0 look@5 restart@10 look@15 look@40 look@85 look@115 "
      "restart@120 look@125 look@130 idle@1135 ok" },
    /* asked how it is */
    { &asked, "f.a.a",   "look@0 ask@405 ask@810 ok" },
    { &asked, "f.b.a",   "look@0 ask@405 ask@810 ok" },
    { &asked, "f.b.bkf", "look@0 ask@405 ask@810 restart@815 look@820 ok" },
    /* it still hangs after the last try, then it recovers */
    { &asked, "f.b.bkf.b.b",
      "look@0 ask@405 ask@810 restart@815 look@820 ask@1225 ask@1630 "
      "proc:p:hang" },
    { &asked, "f.b.bkf.b.b.a.a.a",
      "look@0 ask@405 ask@810 restart@815 look@820 ask@1225 ask@1630 "
      "ask@2035 ask@2440 ask@2845 proc:p:hang" },
    { &asked, "f.b.bkf.b.b.a.a.a.",
      "look@0 ask@405 ask@810 restart@815 look@820 ask@1225 ask@1630 "
      "ask@2035 ask@2440 ask@2845 proc:p:hang" },
};
/* clang-format on */

static void
test_stories(void)
{
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct story s = { .rules = rows[i].rules };

        play(&s, rows[i].events);
        if (!is_str(tell(&s), rows[i].want))
            printf("# row %zu: %s\n", i, rows[i].events);
    }
}

/* What is being asked does not count when it ends. */
static void
test_death_while_asked(void)
{
    struct story s = { .rules = &asked };
    int64_t wake_ms;

    play(&s, "f.");
    is_int(proc_next(&s.p, &asked, &s.now, &wake_ms), PROC_ASK);
    is_int(proc_next(&s.p, &asked, &s.now, &wake_ms), PROC_NOTHING);
    is_int(wake_ms, 0);
    play(&s, "d");
    proc_answered(&s.p, &asked, false, &s.now);
    play(&s, "m");
    is_int(proc_next(&s.p, &asked, &s.now, &wake_ms), PROC_RESTART);
    proc_died(&s.p); /* by that */
    play(&s, "");
    is_int(s.p.doing, PROC_RESTART);
}

/* The next daemon goes on where this one was. */
static void
test_note(void)
{
    static const char *const events[] = {
        "fdmk",
        "f",
        "fdmxm.m.m.mxm",
        "fdmxm.m.m.mxm.f",
    };
    struct proc none = { 0 };

    for (size_t i = 0; i < N_ELEMENTS(events); i++) {
        struct story s = { .rules = &rules, .now = { 0, 1000 } };
        char note[PROC_NOTE_MAX], again[PROC_NOTE_MAX];
        struct proc p = { 0 };

        play(&s, events[i]);
        proc_note(&s.p, note);
        proc_recall(&p, note);
        proc_note(&p, again);
        is_str(again, note);
    }
    proc_recall(&none, "nonsense");
    is_int(none.tries, 0);
}

/* It has failed, and a new daemon tries nothing, nor does it take that back. */
static void
test_recall(void)
{
    struct story s = { .rules = &rules };

    proc_recall(&s.p, "tries=2 down@7");
    play(&s, "m.m.f.");
    is_str(tell(&s), "look@0 look@1005 look@2010 proc:p:down");
    is_int(s.p.since_s, 7);
    play(&s, ".");
    ok(!s.p.is_lasting);
}

/* It may be restarted just now: it is looked for, and not tried again before
 * that is over.
 */
static void
test_resume_unseen(void)
{
    struct story s = { .rules = &rules, .now = { 1000, 1 } };

    proc_resume_unseen(&s.p, 50, &s.now);
    play(&s, "m.m.mk");
    is_str(tell(&s), "look@1000 look@1025 look@1050 restart@1055 ok");
    is_int(s.p.tries, 2);
}

TAP_MAIN({ "a restart that may run", test_resume_unseen },
         { "stories", test_stories },
         { "it dies while it is asked", test_death_while_asked },
         { "the next daemon's note", test_note },
         { "the next daemon", test_recall })

/* A process that VMs need: is it there, is it to be restarted, has it failed?
 *
 * One step at a time: proc_next says what to do, its outcome comes back by one
 * of the functions below.  A *try* is a run of the commands that start or
 * restart the process; the next one does not begin before interval_ms have
 * passed since, and in that time the process may appear.  After the last one
 * the fault is *lasting*.  It is over, and tries are counted anew, when the
 * process has run for stable_ms without a failed answer.
 */
#ifndef VMHA_PROCS_H
#define VMHA_PROCS_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"
#include "watch.h"

enum {
    PROC_LOOK_FIRST_MS = 20, /* between two looks for what is to appear... */
    PROC_LOOK_LAST_MS = 1000 /* ...which becomes longer up to this */
};

struct proc_rules {
    unsigned tries; /* 0: never restarted, only looked for */
    int64_t interval_ms, stable_ms;
    int64_t health_ms; /* between two questions; 0: none */
    unsigned health_misses;
};

enum proc_phase {
    PROC_NEW,  /* not looked for yet */
    PROC_UP,   /* runs */
    PROC_LOST, /* does not: look for it */
    PROC_DUE,  /* to be tried */
    PROC_FAILED,
};

enum proc_step {
    PROC_NOTHING,
    PROC_LOOK,
    PROC_START,   /* it did not run when we began */
    PROC_RESTART, /* it died or hangs */
    PROC_ASK,     /* run its health command */
};

struct proc {
    enum proc_phase phase;
    enum proc_step doing; /* its outcome is to come */
    bool is_start;        /* it never ran so far */
    unsigned tries;
    int64_t try_ms;          /* not before; 0: at once */
    int64_t look_ms, gap_ms; /* the next look, and from that to the next */
    int64_t up_ms;           /* runs soundly since */
    int64_t ask_ms;
    unsigned misses;
    bool is_sound; /* answered well the last time, or is not asked */
    bool is_lasting;
    enum fault_why why; /* WHY_DOWN or WHY_HANG */
    int64_t since_s;    /* is lasting */
};

/* What to do now.  PROC_NOTHING: *RET_WAKE_MS says when to ask again,
 * monotonic; 0: when something has happened.
 */
enum proc_step proc_next(struct proc *p, const struct proc_rules *rules,
                         const struct watch_time *now, int64_t *ret_wake_ms);

/* Outcomes. */
void proc_found(struct proc *p, const struct proc_rules *rules,
                const struct watch_time *now);
void proc_missing(struct proc *p, const struct proc_rules *rules,
                  const struct watch_time *now);
void proc_tried(struct proc *p, const struct proc_rules *rules, bool is_ok,
                const struct watch_time *now);
void proc_answered(struct proc *p, const struct proc_rules *rules, bool is_ok,
                   const struct watch_time *now);

/* It was seen to end.  What is being asked does not count any more. */
void proc_died(struct proc *p);

/* It is another process by now, or has other rules: it is looked for again, and
 * its tries are counted anew.  A fault lasts until it is found well.
 */
void proc_changed(struct proc *p);

/* The lasting fault; false where there is none. */
bool proc_fault(const struct proc *p, const char *name,
                struct fault *ret_fault);

/* What the daemon before us knew, in words: "tries=2", "tries=3 down@1000". */
enum { PROC_NOTE_MAX = 80 };
void proc_note(const struct proc *p, char ret_note[PROC_NOTE_MAX]);
/* Of a proc that is new; a note that is none is not taken. */
void proc_recall(struct proc *p, const char *note);

/* It is being tried, by the daemon before us... */
void proc_resume(struct proc *p);
/* ...or perhaps: what it may have started ends within LIMIT_MS. */
void proc_resume_unseen(struct proc *p, int64_t limit_ms,
                        const struct watch_time *now);

#endif

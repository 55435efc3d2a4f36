/* A process that VMs need. */
#include "procs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "pace.h"
#include "scan.h"
#include "xalloc.h"

static void
lower(int64_t *wake_ms, int64_t ms)
{
    if (!*wake_ms || ms < *wake_ms)
        *wake_ms = ms;
}

static void
fail(struct proc *p, enum fault_why why, const struct watch_time *now)
{
    if (!p->is_lasting)
        p->since_s = now->wall_s;
    p->is_lasting = true;
    p->why = why;
}

/* --- what to do ----------------------------------------------------------- */

static void
heal(struct proc *p)
{
    p->is_lasting = false;
    p->tries = 0;
    p->try_ms = 0;
}

static bool
has_news(const struct proc *p)
{
    return p->tries || p->is_lasting;
}

static enum proc_step
next_while_up(struct proc *p, const struct proc_rules *rules, int64_t now_ms,
              int64_t *wake_ms)
{
    if (has_news(p) && p->is_sound) {
        if (now_ms - p->up_ms >= rules->stable_ms)
            heal(p);
        else
            lower(wake_ms, p->up_ms + rules->stable_ms);
    }
    if (!rules->health_ms)
        return PROC_NOTHING;
    if (p->ask_ms <= now_ms)
        return PROC_ASK;
    lower(wake_ms, p->ask_ms);
    return PROC_NOTHING;
}

static enum proc_step
next_step(struct proc *p, const struct proc_rules *rules, int64_t now_ms,
          int64_t *wake_ms)
{
    switch (p->phase) {
    case PROC_UP: return next_while_up(p, rules, now_ms, wake_ms);
    case PROC_DUE:
        if (p->try_ms <= now_ms)
            return p->is_start ? PROC_START : PROC_RESTART;
        lower(wake_ms, p->try_ms);
        return PROC_NOTHING;
    case PROC_NEW:
    case PROC_LOST:
    case PROC_FAILED: break;
    }
    if (p->look_ms <= now_ms)
        return PROC_LOOK;
    lower(wake_ms, p->look_ms);
    return PROC_NOTHING;
}

enum proc_step
proc_next(struct proc *p, const struct proc_rules *rules,
          const struct watch_time *now, int64_t *ret_wake_ms)
{
    *ret_wake_ms = 0;
    if (p->doing != PROC_NOTHING)
        return PROC_NOTHING;
    p->doing = next_step(p, rules, now->mono_ms, ret_wake_ms);
    return p->doing;
}

/* --- what came of it ------------------------------------------------------ */

static void
look_at_once(struct proc *p)
{
    p->phase = PROC_LOST;
    p->look_ms = 0;
    p->gap_ms = PROC_LOOK_FIRST_MS;
}

/* When it has appeared after the last try, that is over: it has failed at once
 * if it ends again.
 */
void
proc_found(struct proc *p, const struct proc_rules *rules,
           const struct watch_time *now)
{
    p->doing = PROC_NOTHING;
    p->phase = PROC_UP;
    p->is_start = false;
    if (p->tries >= rules->tries)
        p->try_ms = 0;
    p->up_ms = now->mono_ms;
    p->ask_ms = now->mono_ms + rules->health_ms;
    p->misses = 0;
    p->is_sound = !rules->health_ms;
}

static void
look_later(struct proc *p, int64_t now_ms, int64_t until_ms)
{
    p->look_ms = now_ms + p->gap_ms;
    if (until_ms && p->look_ms > until_ms)
        p->look_ms = until_ms;
    p->gap_ms = pace_doubled_ms(p->gap_ms, 1, PROC_LOOK_LAST_MS);
}

void
proc_missing(struct proc *p, const struct proc_rules *rules,
             const struct watch_time *now)
{
    bool was_new = p->phase == PROC_NEW;

    p->doing = PROC_NOTHING;
    if (p->phase == PROC_FAILED) {
        p->look_ms = now->mono_ms + PROC_LOOK_LAST_MS;
        return;
    }
    if (was_new)
        look_at_once(p);
    p->is_start |= was_new;
    if (p->is_lasting && was_new) { /* as the daemon before us knew */
        p->phase = PROC_FAILED;
        p->look_ms = now->mono_ms + PROC_LOOK_LAST_MS;
        return;
    }
    if (!rules->tries && !p->try_ms)
        p->try_ms = now->mono_ms + rules->interval_ms;
    if (p->try_ms > now->mono_ms) {
        look_later(p, now->mono_ms, p->try_ms);
    } else if (p->tries < rules->tries) {
        p->phase = PROC_DUE;
    } else {
        p->phase = PROC_FAILED;
        p->look_ms = now->mono_ms + PROC_LOOK_LAST_MS;
        fail(p, WHY_DOWN, now);
    }
}

/* After a last try that failed by itself nothing is worth waiting for. */
void
proc_tried(struct proc *p, const struct proc_rules *rules, bool is_ok,
           const struct watch_time *now)
{
    p->doing = PROC_NOTHING;
    p->tries++;
    p->try_ms = now->mono_ms;
    if (is_ok || p->tries < rules->tries)
        p->try_ms += rules->interval_ms;
    look_at_once(p);
}

void
proc_answered(struct proc *p, const struct proc_rules *rules, bool is_ok,
              const struct watch_time *now)
{
    if (p->doing != PROC_ASK)
        return; /* it died meanwhile */
    p->doing = PROC_NOTHING;
    p->ask_ms = now->mono_ms + rules->health_ms;
    if (is_ok) {
        if (!p->is_sound)
            p->up_ms = now->mono_ms;
        p->is_sound = true;
        p->misses = 0;
        return;
    }
    p->is_sound = false;
    if (++p->misses < rules->health_misses)
        return;
    if (p->tries < rules->tries)
        p->phase = PROC_DUE;
    else
        fail(p, WHY_HANG, now);
}

void
proc_died(struct proc *p)
{
    if (p->phase != PROC_UP)
        return; /* it is being restarted */
    p->doing = PROC_NOTHING;
    look_at_once(p);
}

void
proc_changed(struct proc *p)
{
    p->tries = 0;
    p->try_ms = 0;
    if (p->doing == PROC_ASK)
        p->doing = PROC_NOTHING;
    if (p->doing == PROC_NOTHING && p->phase != PROC_NEW)
        look_at_once(p);
}

/* --- the fault ------------------------------------------------------------ */

bool
proc_fault(const struct proc *p, const char *name, struct fault *ret_fault)
{
    struct fault f = { FAULT_PROCESS, p->why, p->since_s, "" };

    if (!p->is_lasting || fault_set_name(&f, name) == -1)
        return false;
    *ret_fault = f;
    return true;
}

#define TRIES "tries="

void
proc_note(const struct proc *p, char ret_note[PROC_NOTE_MAX])
{
    if (p->is_lasting)
        snprintf(ret_note, PROC_NOTE_MAX, TRIES "%u %s@%" PRId64, p->tries,
                 fault_why_name(p->why), p->since_s);
    else
        snprintf(ret_note, PROC_NOTE_MAX, TRIES "%u", p->tries);
}

void
proc_recall(struct proc *p, const char *note)
{
    CLEANUP_FREE char *text = xstrdup(note);
    char *since = text, *tries = strsep(&since, " ");
    char *why = strsep(&since, "@");
    uint64_t since_s;

    if (strncmp(tries, TRIES, strlen(TRIES)) != 0 ||
        scan_uint(tries + strlen(TRIES), &p->tries) == -1)
        return;
    if (!since || scan_u64(since, &since_s) == -1 || since_s > INT64_MAX)
        return;
    p->is_lasting = true;
    p->since_s = (int64_t) since_s;
    p->why = strcmp(why, fault_why_name(WHY_HANG)) == 0 ? WHY_HANG : WHY_DOWN;
}

void
proc_resume(struct proc *p)
{
    p->phase = PROC_DUE;
    p->doing = PROC_RESTART;
}

/* It counts as a try, and the next one waits for as long as that may run: two
 * at once are worse than a late one.  The process may appear meanwhile.
 */
void
proc_resume_unseen(struct proc *p, int64_t limit_ms,
                   const struct watch_time *now)
{
    p->tries++;
    p->try_ms = now->mono_ms + limit_ms;
    look_at_once(p);
}

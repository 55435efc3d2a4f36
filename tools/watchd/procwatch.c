/* The processes that VMs need: carries out what lib/policy/procs.h says.
 *
 * The end of a process is told by its pidfd, so nothing is polled while all of
 * them run.
 */
#include "procwatch.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>

#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "finder.h"
#include "log.h"
#include "notes.h"
#include "procs.h"
#include "timer.h"
#include "xalloc.h"

enum {
    COMMANDS_MAX = 32, /* at once, of all processes */
    SHOW_MS = 10000,   /* for systemctl to tell a process */
};

/* What a try runs, in this order; NULL: nothing. */
enum { PRE, MAIN, POST, N_PARTS };

struct watched {
    struct procwatch *all;
    const struct process_conf *conf;
    struct proc_rules rules;
    struct proc proc;
    int pidfd; /* -1: it does not run */
    guint source;
    enum proc_step waiting; /* for another command to end */
    char *parts[N_PARTS];
    int part;
    bool is_beginning; /* that part, once the notes have it */
    struct command *command;
    struct timer *wake;
    bool was_lasting; /* as told */
};

struct procwatch {
    struct watched **items;
    size_t n;
    unsigned n_commands;
    char *notes;
    bool is_unwritten; /* the notes, and that was logged */
    struct timer *write;
    void (*changed)(void *arg);
    void *arg;
};

static void step(void *arg);

static struct watch_time
now(void)
{
    return (struct watch_time){ clock_mono_ms(), clock_wall_ms() / 1000 };
}

/* --- notes for the next daemon -------------------------------------------- */

static void
write_notes(struct procwatch *pw)
{
    CLEANUP_FREE struct note *notes = xcalloc(pw->n + 1, sizeof *notes);
    struct vmha_error err;

    for (size_t i = 0; i < pw->n; i++) {
        const struct watched *w = pw->items[i];
        bool is_tried = w->proc.phase == PROC_DUE;

        snprintf(notes[i].name, sizeof notes[i].name, "%s", w->conf->name);
        proc_note(&w->proc, notes[i].text);
        notes[i].pid = w->is_beginning ? NOTE_BEGINS
                       : is_tried      ? command_pid(w->command)
                                       : 0;
        if (notes[i].pid > 0)
            notes[i].started = finder_start_time(notes[i].pid);
    }
    bool is_written = notes_write(pw->notes, notes, pw->n, &err) == 0;
    if (!is_written && !pw->is_unwritten)
        log_warning("%s", err.text);
    pw->is_unwritten = !is_written;
}

static void begin_part(struct watched *w);

/* A command is not run before the notes tell of it: if we are killed, the next
 * daemon must not run it a second time.
 */
static void
on_notes_due(void *arg)
{
    struct procwatch *pw = arg;

    write_notes(pw);
    for (size_t i = 0; i < pw->n; i++)
        if (pw->items[i]->is_beginning)
            begin_part(pw->items[i]);
}

static void
note(struct watched *w)
{
    timer_arm(&w->all->write, 0, on_notes_due, w->all);
}

/* --- commands ------------------------------------------------------------- */

static bool
has_room(const struct watched *w)
{
    return w->all->n_commands < COMMANDS_MAX;
}

static void
run(struct watched *w, char *const argv[], const char *user, uint64_t limit_ms,
    command_fn *fn)
{
    command_run(&w->command, argv, user, (int64_t) limit_ms, fn, w);
}

/* Of those that wait for a place, the next ones. */
static void
on_room(struct procwatch *pw)
{
    for (size_t i = 0; i < pw->n && pw->n_commands < COMMANDS_MAX; i++)
        if (pw->items[i]->waiting != PROC_NOTHING)
            step(pw->items[i]);
}

static void
end_command(struct watched *w, const char *output)
{
    w->all->n_commands--;
    command_log(w->conf->name, output);
}

static void
run_text(struct watched *w, const char *text, uint64_t limit_ms, command_fn *fn)
{
    struct vmha_error err; /* its words were checked with the file */
    char **argv = process_argv(w->conf, text, &err);

    run(w, argv, w->conf->user, limit_ms, fn);
    process_argv_free(argv);
}

/* --- where it is ---------------------------------------------------------- */

static void
drop_pid(struct watched *w)
{
    if (w->pidfd == -1)
        return;
    g_source_remove(w->source);
    close(w->pidfd);
    w->pidfd = -1;
}

static void
stop_asking(struct watched *w)
{
    if (w->proc.doing != PROC_ASK || !w->command)
        return;
    command_forget(&w->command, true);
    w->all->n_commands--;
}

static gboolean
on_death(gint fd, GIOCondition condition, gpointer arg)
{
    struct watched *w = arg;

    (void) fd, (void) condition;
    drop_pid(w);
    log_warning("process='%s' has ended", w->conf->name);
    stop_asking(w);
    on_room(w->all);
    proc_died(&w->proc);
    step(w);
    return G_SOURCE_CONTINUE; /* the source is removed already */
}

/* Its id may be another one's by the time that we hold it: look again. */
static bool
watch_pid(struct watched *w, pid_t pid)
{
    drop_pid(w);
    w->pidfd = pid ? (int) syscall(SYS_pidfd_open, pid, 0) : -1;
    if (w->pidfd == -1)
        return false;
    w->source = g_unix_fd_add(w->pidfd, G_IO_IN, on_death, w);
    if (finder_matches(pid, w->conf->exe))
        return true;
    drop_pid(w);
    return false;
}

static void
on_pid(struct watched *w, pid_t pid)
{
    struct watch_time t = now();

    if (watch_pid(w, pid)) {
        log_debug("process='%s' runs: pid='%d'", w->conf->name, (int) pid);
        proc_found(&w->proc, &w->rules, &t);
    } else {
        proc_missing(&w->proc, &w->rules, &t);
    }
    step(w);
}

static void
on_shown(const char *why, const char *output, void *arg)
{
    struct watched *w = arg;
    pid_t pid = 0;

    w->all->n_commands--;
    if (why)
        log_warning("process='%s': systemctl show: %s", w->conf->name, why);
    else
        pid = finder_parse_pid(output);
    on_pid(w, pid);
    on_room(w->all);
}

static void
look(struct watched *w)
{
    CLEANUP_FREE char *program = xstrdup("systemctl");
    CLEANUP_FREE char *show = xstrdup("show");
    CLEANUP_FREE char *property = xstrdup("--property=MainPID");
    CLEANUP_FREE char *value = xstrdup("--value");
    const struct process_conf *c = w->conf;
    char *argv[] = { program, show, property, value, c->unit, NULL };

    if (c->unit) {
        w->all->n_commands++;
        run(w, argv, NULL, SHOW_MS, on_shown);
    } else {
        on_pid(w, c->pidfile ? finder_by_pidfile(c->pidfile, c->exe)
                             : finder_by_exe(c->exe));
    }
}

/* --- a try ---------------------------------------------------------------- */

static void run_part(struct watched *w);

static void
end_try(struct watched *w, bool is_ok)
{
    struct watch_time t = now();

    proc_tried(&w->proc, &w->rules, is_ok, &t);
    note(w);
    step(w);
}

static void
on_part(const char *why, const char *output, void *arg)
{
    struct watched *w = arg;
    const char *text = w->parts[w->part];

    end_command(w, output);
    if (why)
        log_warning("process='%s': '%s': %s", w->conf->name,
                    text ? text : "systemctl restart", why);
    w->part++;
    if (why)
        end_try(w, false);
    else
        run_part(w);
    on_room(w->all);
}

static void
begin_part(struct watched *w)
{
    CLEANUP_FREE char *program = xstrdup("systemctl");
    CLEANUP_FREE char *verb = xstrdup("restart");
    char *argv[] = { program, verb, w->conf->unit, NULL };

    w->is_beginning = false;
    if (w->parts[w->part])
        run_text(w, w->parts[w->part], w->conf->timeout_ms, on_part);
    else
        run(w, argv, w->conf->user, w->conf->timeout_ms, on_part);
    note(w);
}

static void
run_part(struct watched *w)
{
    while (w->part < N_PARTS && !w->parts[w->part] &&
           (w->part != MAIN || !w->conf->unit))
        w->part++;
    if (w->part == N_PARTS) {
        end_try(w, true);
        return;
    }
    w->all->n_commands++;
    w->is_beginning = true;
    note(w);
}

static void
begin_try(struct watched *w, enum proc_step what)
{
    const struct process_conf *c = w->conf;
    bool is_start =
        (what == PROC_START && c->start) || (!c->restart && c->start);

    xstrset(&w->parts[PRE], is_start ? c->pre_start : c->pre_restart);
    xstrset(&w->parts[MAIN], is_start ? c->start : c->restart);
    xstrset(&w->parts[POST], is_start ? c->post_start : c->post_restart);
    w->part = PRE;
    log_notice("process='%s' is %s: try %u of %u", c->name,
               what == PROC_START ? "started" : "restarted", w->proc.tries + 1,
               c->tries);
    run_part(w);
}

static void
on_adopted(const char *why, const char *output, void *arg)
{
    struct watched *w = arg;

    end_command(w, output);
    if (why)
        log_warning("process='%s': %s", w->conf->name, why);
    end_try(w, !why);
    on_room(w->all);
}

/* --- its health ----------------------------------------------------------- */

static void
on_health(const char *why, const char *output, void *arg)
{
    struct watched *w = arg;
    struct watch_time t = now();

    end_command(w, why ? output : "");
    if (why)
        log_warning("process='%s' health: %s", w->conf->name, why);
    proc_answered(&w->proc, &w->rules, !why, &t);
    step(w);
    on_room(w->all);
}

/* --- steps ---------------------------------------------------------------- */

static void
tell_changes(struct watched *w)
{
    const struct proc *p = &w->proc;

    if (p->is_lasting == w->was_lasting)
        return;
    w->was_lasting = p->is_lasting;
    if (p->is_lasting)
        log_error("process='%s' has failed: it %s after %u tries",
                  w->conf->name, p->why == WHY_HANG ? "hangs" : "does not run",
                  p->tries);
    else
        log_notice("process='%s' is well again", w->conf->name);
    note(w);
    w->all->changed(w->all->arg);
}

static void
carry_out(struct watched *w, enum proc_step s)
{
    w->waiting = PROC_NOTHING;
    if (s != PROC_NOTHING && !has_room(w)) {
        w->waiting = s;
        return;
    }
    switch (s) {
    case PROC_NOTHING: break;
    case PROC_LOOK: look(w); break;
    case PROC_START:
    case PROC_RESTART: begin_try(w, s); break;
    case PROC_ASK:
        w->all->n_commands++;
        run_text(w, w->conf->health, w->conf->health_timeout_ms, on_health);
        break;
    }
}

static void
step(void *arg)
{
    struct watched *w = arg;
    struct watch_time t = now();
    int64_t wake_ms = 0;
    unsigned tries = w->proc.tries;
    enum proc_step s = w->waiting;

    timer_stop(&w->wake);
    if (s == PROC_NOTHING || w->proc.doing != s)
        s = proc_next(&w->proc, &w->rules, &t, &wake_ms);
    if (w->proc.tries != tries)
        note(w);
    tell_changes(w);
    if (wake_ms)
        timer_arm(&w->wake, wake_ms > t.mono_ms ? wake_ms - t.mono_ms : 0, step,
                  w);
    carry_out(w, s);
}

/* --- what is told --------------------------------------------------------- */

void
procwatch_report(const struct procwatch *pw, struct report *r)
{
    struct fault f;

    for (size_t i = pw->n; i-- > 0;)
        if (pw->items[i]->conf->on_failure == ON_FAILURE_DISABLE &&
            proc_fault(&pw->items[i]->proc, pw->items[i]->conf->name, &f))
            report_put_first(r, &f);
}

char *
procwatch_trouble(const struct procwatch *pw)
{
    const struct watched *first = NULL;
    size_t n = 0;

    for (size_t i = 0; i < pw->n; i++) {
        if (!pw->items[i]->proc.is_lasting)
            continue;
        if (!n++)
            first = pw->items[i];
    }
    if (!first)
        return NULL;
    CLEANUP_FREE char *more = xasprintf(" (and %zu more)", n - 1);
    return xasprintf("process %s %s%s", first->conf->name,
                     first->proc.why == WHY_HANG ? "hangs" : "does not run",
                     n > 1 ? more : "");
}

/* --- life ----------------------------------------------------------------- */

static struct watched *
watched_new(struct procwatch *pw)
{
    struct watched *w = xcalloc(1, sizeof *w);

    w->all = pw;
    w->pidfd = -1;
    return w;
}

static void
watched_free(struct watched *w)
{
    timer_stop(&w->wake);
    drop_pid(w);
    if (w->command || w->is_beginning)
        w->all->n_commands--;
    command_forget(&w->command, w->proc.doing == PROC_ASK);
    for (int part = 0; part < N_PARTS; part++)
        free(w->parts[part]);
    free(w);
}

static void
set_conf(struct watched *w, const struct process_conf *c)
{
    w->conf = c;
    w->rules = (struct proc_rules){
        .tries = c->tries,
        .interval_ms = (int64_t) c->interval_ms,
        .stable_ms = (int64_t) c->stable_ms,
        .health_ms = c->health ? (int64_t) c->health_interval_ms : 0,
        .health_misses = c->health_misses,
    };
}

static void
recall(const struct note *n, void *arg)
{
    struct procwatch *pw = arg;

    for (size_t i = 0; i < pw->n; i++) {
        struct watched *w = pw->items[i];

        if (strcmp(w->conf->name, n->name) != 0)
            continue;
        proc_recall(&w->proc, n->text);
        w->was_lasting = w->proc.is_lasting;
        if (n->pid == NOTE_BEGINS) {
            struct watch_time t = now();

            log_notice("process='%s' may be restarted already", w->conf->name);
            proc_resume_unseen(&w->proc, (int64_t) w->conf->timeout_ms, &t);
        }
        if (n->pid > 1 && n->started &&
            finder_start_time(n->pid) == n->started) {
            log_notice("process='%s' is being restarted already",
                       w->conf->name);
            proc_resume(&w->proc);
            pw->n_commands++;
            command_adopt(&w->command, n->pid, (int64_t) w->conf->timeout_ms,
                          on_adopted, w);
        }
    }
}

struct procwatch *
procwatch_new(const struct processes_conf *conf, const char *notes,
              void (*changed)(void *arg), void *arg)
{
    struct procwatch *pw = xcalloc(1, sizeof *pw);

    pw->notes = xstrdup(notes);
    pw->changed = changed;
    pw->arg = arg;
    procwatch_use(pw, conf);
    notes_read(notes, recall, pw);
    return pw;
}

/* The one of that name, which is no longer in the list. */
static struct watched *
take(struct procwatch *pw, const char *name)
{
    for (size_t i = 0; i < pw->n; i++)
        if (pw->items[i] && strcmp(pw->items[i]->conf->name, name) == 0)
            return TAKE(pw->items[i]);
    return NULL;
}

void
procwatch_use(struct procwatch *pw, const struct processes_conf *conf)
{
    struct watched **items = xcalloc(conf->n_processes + 1, sizeof *items);

    for (size_t i = 0; i < conf->n_processes; i++) {
        const struct process_conf *c = &conf->processes[i];
        struct watched *w = take(pw, c->name);

        if (w && !param_same(process_params, w->conf, c)) {
            stop_asking(w);
            proc_changed(&w->proc);
        }
        items[i] = w ? w : watched_new(pw);
        set_conf(items[i], c);
        timer_arm(&items[i]->wake, 0, step, items[i]);
    }
    for (size_t i = 0; i < pw->n; i++)
        if (pw->items[i])
            watched_free(pw->items[i]);
    free(pw->items);
    pw->items = items;
    pw->n = conf->n_processes;
    timer_arm(&pw->write, 0, on_notes_due, pw);
    on_room(pw);
}

void
procwatch_free(struct procwatch *pw)
{
    if (!pw)
        return;
    for (size_t i = 0; i < pw->n; i++)
        pw->items[i]->is_beginning = false;
    if (pw->write)
        write_notes(pw);
    timer_stop(&pw->write);
    for (size_t i = 0; i < pw->n; i++)
        watched_free(pw->items[i]);
    free(pw->items);
    free(pw->notes);
    free(pw);
}

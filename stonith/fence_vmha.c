/* fence_vmha: tells the recovery that Pacemaker has switched a host off.
 *
 * It is the last device of a fencing level, behind the one that switches the
 * power.  Pacemaker calls its "off" only when the power device has succeeded,
 * so "off" means: this host is dead, and its instances may be recovered.  It
 * writes that into the journal and returns.
 *
 * It is no power device, and a level in which it stands alone would fence
 * nothing while Pacemaker believes it did (then every instance of the host
 * runs twice).  So it refuses "reboot" always (behind a power device Pacemaker
 * turns a reboot into off, off, on, on), and "off" unless the CIB shows the
 * power device.  Once that is clear fencing never fails or waits because of
 * us: a failure would make Pacemaker repeat the level, power off included
 * (testbed.md section 6), and the recovery finds the fencing in the fencer's
 * history, too.
 *
 * Times: the guard has GUARD_MS, both steps together TOTAL_MS.  A CIB manager
 * may hang inside a library call, so a signal ends the process.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cibsync.h"
#include "cleanup.h"
#include "clock.h"
#include "fence.h"
#include "journal-names.h"
#include "journal.h"
#include "log.h"
#include "scan.h"

enum {
    GUARD_MS = 2000,
    TOTAL_MS = 4000,
    RETRY_MS = 100, /* between two tries to write */
};

struct conf {
    char *action;
    char *plug;
    char *nodename;
};

/* --- the bound ------------------------------------------------------------ */

/* What the process says and how it ends when its time is over. */
struct last_words {
    const char *text;
    int code;
};

static const struct last_words guard_words = {
    "fence_vmha: refused: the CIB could not be read in time\n", 1
};
static const struct last_words record_words = {
    "the host is fenced, but THE INTENT IS NOT IN THE JOURNAL: no answer in "
    "time; recovery relies on the fencer's history, ignoring\n",
    0
};

static const struct last_words *volatile last_words;

static void
on_alarm(int signal)
{
    const struct last_words *w = last_words;

    (void) signal;
    (void) !write(STDERR_FILENO, w->text, strlen(w->text));
    _exit(w->code);
}

/* The process ends with WORDS in TIME_MS. */
static int
limit_time(const struct last_words *words, unsigned time_ms,
           struct vmha_error *err)
{
    struct sigaction act = { .sa_handler = on_alarm };
    struct itimerval timer = {
        .it_value = { .tv_sec = time_ms / 1000,
                      .tv_usec = time_ms % 1000 * 1000 },
    };

    last_words = words;
    if (sigaction(SIGALRM, &act, NULL) == -1 ||
        setitimer(ITIMER_REAL, &timer, NULL) == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "timer");
    return 0;
}

/* --- actions ---------------------------------------------------------------
 */

/* The cluster's name of the host: "nodename", which the fencer always gives.
 * "plug" is what pcmk_host_map made of it.
 */
static const char *
target_of(const struct conf *c, struct vmha_error *err)
{
    const char *target = c->nodename ? c->nodename : c->plug;

    if (!target || !*target) {
        vmha_fail(err, VMHA_E_CONFIG, 0, "no target: plug is required");
        return NULL;
    }
    if (!scan_is_host_name(target)) {
        vmha_fail(err, VMHA_E_CONFIG, 0, "'%.64s' is no node name", target);
        return NULL;
    }
    return target;
}

static void
close_cib(struct cibsync **s)
{
    cibsync_free(*s);
}
#define CLEANUP_CIB CLEANUP(close_cib)

/* Does the CIB show that a power device has done its work before us? */
static int
guard(const char *target, struct vmha_error *err)
{
    CLEANUP_CIB struct cibsync *cib = cibsync_new("fence_vmha", err);

    if (!cib || cibsync_check_target(cib, target, err) == -1)
        return vmha_context(err, "refused: off of '%s'", target);
    return 0;
}

static int
record_once(const char *target, const char *now, struct vmha_error *err)
{
    CLEANUP_FREE char *name = journal_intent_name(target);
    CLEANUP_CIB struct cibsync *cib = cibsync_new("fence_vmha", err);

    return cib ? cibsync_set(cib, name, now, err) : -1;
}

/* Try until it succeeds or DEADLINE is near: after the loss of the DC the
 * cluster takes no writes for a moment.
 */
static int
record(const char *target, const char *now, int64_t deadline,
       struct vmha_error *err)
{
    while (record_once(target, now, err) == -1) {
        if (clock_mono_ms() + 2 * RETRY_MS >= deadline)
            return -1;
        (void) poll(NULL, 0, RETRY_MS);
    }
    return 0;
}

/* What both the log and the fencer's log, by our standard error, are told. */
static void
complain(const char *target, const char *why)
{
    static const char text[] =
        "host='%s' is fenced, but THE INTENT IS NOT IN THE JOURNAL: %s; "
        "recovery relies on the fencer's history, ignoring";

    log_error(text, target, why);
    fprintf(stderr, text, target, why);
    fputc('\n', stderr);
}

static int
action_off(void *arg, struct vmha_error *err)
{
    int64_t deadline = clock_mono_ms() + TOTAL_MS;
    const char *target = target_of(arg, err);
    char now[JOURNAL_TIME_MAX];

    journal_time_format(clock_wall_ms() * 1000000, now);
    if (!target || limit_time(&guard_words, GUARD_MS, err) == -1 ||
        guard(target, err) == -1 ||
        limit_time(&record_words, (unsigned) (deadline - clock_mono_ms()),
                   err) == -1)
        return -1;
    if (record(target, now, deadline, err) == -1)
        complain(target, err->text);
    else
        log_notice("host='%s' is fenced, intent recorded: noted='%s'", target,
                   now);
    return 0;
}

/* Behind a power device Pacemaker never asks for it.  It has to be advertised
 * all the same: else Pacemaker would turn it into "off".
 */
static int
action_reboot(void *arg, struct vmha_error *err)
{
    (void) arg;
    return vmha_fail(err, VMHA_E_REFUSED, 0,
                     "refused: fence_vmha cannot reboot anything; it must "
                     "stand behind a power device in a fencing level");
}

/* The recovery sees by itself that the host is back. */
static int
action_on(void *arg, struct vmha_error *err)
{
    (void) arg;
    (void) err;
    return 0;
}

/* Any answer would be taken for the power's state. */
static int
action_status(void *arg, struct vmha_error *err)
{
    (void) arg;
    return vmha_fail(err, VMHA_E_REFUSED, 0,
                     "refused: fence_vmha is no power device and does not "
                     "know whether a host is on");
}

/* "off" would be refused while no CIB manager answers: say so before. */
static int
action_monitor(void *arg, struct vmha_error *err)
{
    (void) arg;
    if (limit_time(&guard_words, GUARD_MS, err) == -1)
        return -1;
    CLEANUP_CIB struct cibsync *cib = cibsync_new("fence_vmha", err);
    return cib ? 0 : -1;
}

/* Of a host that is named: would "off" be refused? */
static int
action_validate(void *arg, struct vmha_error *err)
{
    const struct conf *c = arg;
    const char *target;

    if (!c->nodename && !c->plug)
        return 0;
    target = target_of(c, err);
    if (!target || limit_time(&guard_words, GUARD_MS, err) == -1)
        return -1;
    return guard(target, err);
}

/* --- the agent -------------------------------------------------------------
 */

/* clang-format off */
static const struct param params[] = {
    { .name = "action", .alias = "option", .opt = 'o',
      FIELD_STRING(struct conf, action), .flags = PARAM_REQUIRED,
      .summary = "What to do",
      .text = "What to do. Given by the cluster." },
    { .name = "plug", .alias = "port", .opt = 'n',
      FIELD_STRING(struct conf, plug),
      .summary = "The host that was fenced",
      .text = "The host that was fenced. Given by the cluster." },
    { .name = "nodename", .opt = 'N',
      FIELD_STRING(struct conf, nodename), .flags = PARAM_HIDDEN,
      .summary = "The cluster's name of the host",
      .text = "The cluster's name of the host. Given by the fencer." },
    { .name = NULL },
};

static const struct agent_action actions[] = {
    { .name = "off", .run = action_off,
      .text = "Records that the host is off. Fails, with the reason, unless "
              "the CIB shows a power device before fence_vmha in each level "
              "of the host. Takes 4 s at most." },
    { .name = "on", .run = action_on, .is_lenient = true,
      .text = "Succeeds and does nothing." },
    { .name = "reboot", .run = action_reboot, .is_lenient = true,
      .text = "Always refused. Pacemaker turns the reboot of a level with "
              "two devices into off and on of each." },
    { .name = "status", .run = action_status, .is_lenient = true,
      .is_hidden = true,
      .text = "Always refused." },
    /* Of a device without pcmk_host_list the fencer believes that it can switch
     * what it lists or, where it advertises no list, every node.
     */
    { .name = "list", .is_lenient = true,
      .text = "Succeeds and names no host: without pcmk_host_list the device "
              "is for none." },
    { .name = "monitor", .run = action_monitor, .is_lenient = true,
      .text = "Succeeds where the CIB manager of this node answers." },
    { .name = "metadata", .is_lenient = true,
      .text = "Prints the metadata." },
    { .name = "validate-all", .run = action_validate, .is_lenient = true,
      .text = "Checks the parameters. With a host, also whether off would be "
              "refused for it; nothing is recorded." },
    { .name = NULL },
};
/* clang-format on */

static const struct agent agent = {
    .name = "fence_vmha",
    .version = PACKAGE_VERSION,
    .summary = "Tells vmha that a host was fenced",
    .text = "fence_vmha is no power device. It is the last device of a "
            "fencing level whose other devices switch the power off, and "
            "records that they did, so that the instances of the host are "
            "recovered.\n\n"
            "It refuses to work where it stands alone, or before the power "
            "device, and it always refuses a reboot. Restrict it to compute "
            "hosts with pcmk_host_list.",
    .params = params,
    .conf_size = sizeof(struct conf),
    .actions = actions,
};

int
main(int argc, char **argv)
{
    log_open("fence_vmha", false, false);
    int rc = fence_main(&agent, argc, argv);
    log_close();
    return rc;
}

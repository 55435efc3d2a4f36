/* What vmha-watchd watches besides VMs. */
#include "processes-conf.h"

#include <string.h>

#include <glib.h>

#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include "lines.h"
#include "xalloc.h"

#define SECOND UINT64_C(1000)
#define HOUR   (3600 * SECOND)

static const char *const effects[] = { "disable", "report", NULL };

/* clang-format off */
const struct param process_params[] = {
    { .name = "unit",
      FIELD_STRING(struct process_conf, unit),
      .summary = "Its systemd unit",
      .text = "The process is the main process of this systemd unit. A unit "
              "without one (of Type=oneshot) cannot be watched so." },
    { .name = "pidfile",
      FIELD_STRING(struct process_conf, pidfile),
      .summary = "The file with its id",
      .text = "The process is the one whose id is in this file. With exe it "
              "must be that program, too, so that a file that is left over "
              "does not mislead." },
    { .name = "exe",
      FIELD_STRING(struct process_conf, exe),
      .summary = "Its program",
      .text = "The process runs exactly this program, by its whole path; for "
              "a script, the script's path. Of several, it is the oldest." },
    { .name = "pre_start",
      FIELD_STRING(struct process_conf, pre_start),
      .summary = "Command before start",
      .text = "Is run before start; where it fails, start is not run." },
    { .name = "start",
      FIELD_STRING(struct process_conf, start),
      .summary = "Command that starts it",
      .text = "Is run where the process does not run when the watch begins. "
              "Without it, restart is." },
    { .name = "post_start",
      FIELD_STRING(struct process_conf, post_start),
      .summary = "Command after start",
      .text = "Is run after a start that succeeded." },
    { .name = "pre_restart",
      FIELD_STRING(struct process_conf, pre_restart),
      .summary = "Command before restart",
      .text = "Is run before restart; where it fails, restart is not run." },
    { .name = "restart",
      FIELD_STRING(struct process_conf, restart),
      .summary = "Command that restarts it",
      .text = "Is run when the process has ended, or hangs. Without it, start "
              "is; a unit without either is restarted by systemctl restart." },
    { .name = "post_restart",
      FIELD_STRING(struct process_conf, post_restart),
      .summary = "Command after restart",
      .text = "Is run after a restart that succeeded." },
    { .name = "user",
      FIELD_STRING(struct process_conf, user),
      .summary = "Who runs the commands",
      .text = "All commands are run as this user of /etc/passwd, with the "
              "groups of that user. Without it, as root." },
    { .name = "shell",
      FIELD_BOOL(struct process_conf, has_shell),
      .def = "false",
      .summary = "Give the commands to a shell",
      .text = "Commands are split into words, in which quotes and backslashes "
              "count as in a shell, and are run without one. With true, "
              "/bin/sh runs them." },
    { .name = "timeout",
      FIELD_DURATION(struct process_conf, timeout_ms),
      .def = "30s",
      .min = 100,
      .max = HOUR,
      .summary = "Time in which a command must end",
      .text = "A command that runs for longer is killed, with all of its "
              "process group, and has failed." },
    { .name = "tries",
      FIELD_UINT(struct process_conf, tries),
      .def = "3",
      .max = 100,
      .summary = "How often it is restarted",
      .text = "How often it is tried to restart it before it has failed. 0: "
              "never; it has failed when it is not back by itself after "
              "interval." },
    { .name = "interval",
      FIELD_DURATION(struct process_conf, interval_ms),
      .def = "5s",
      .min = 100,
      .max = HOUR,
      .summary = "Time between two tries",
      .text = "After a try the process has so long to appear; then the next "
              "one begins. The first is made at once." },
    { .name = "stable",
      FIELD_DURATION(struct process_conf, stable_ms),
      .def = "60s",
      .min = 100,
      .max = 24 * HOUR,
      .summary = "How long it must run to count as well",
      .text = "When the process has run for so long, without a failed health "
              "command, its failure is over and its tries are counted anew." },
    { .name = "health",
      FIELD_STRING(struct process_conf, health),
      .summary = "Command that asks how it is",
      .text = "Is run while the process runs; exit status 0 says that it is "
              "well. It finds a process that is there and hangs." },
    { .name = "health_interval",
      FIELD_DURATION(struct process_conf, health_interval_ms),
      .def = "30s",
      .min = 100,
      .max = 24 * HOUR,
      .summary = "Time between two health commands",
      .text = "Time between two health commands, and before the first." },
    { .name = "health_timeout",
      FIELD_DURATION(struct process_conf, health_timeout_ms),
      .def = "10s",
      .min = 100,
      .max = HOUR,
      .summary = "Time in which the health command must end",
      .text = "A health command that runs for longer is killed, and has "
              "failed." },
    { .name = "health_misses",
      FIELD_UINT(struct process_conf, health_misses),
      .def = "2",
      .min = 1,
      .max = 100,
      .summary = "Health commands in a row that fail",
      .text = "The process hangs when so many health commands in a row have "
              "failed. It is restarted then." },
    { .name = "on_failure",
      FIELD_CHOICE(struct process_conf, on_failure),
      .def = "disable",
      .choices = effects,
      .summary = "What follows when it has failed",
      .text = "After the last try: disable closes the host for new VMs until "
              "the process is well; report only shows it in the cluster's "
              "status and in the log." },
    { .name = NULL },
};

const struct param mount_params[] = {
    { .name = "type",
      FIELD_STRING(struct mount_conf, type),
      .summary = "Type of the file system",
      .text = "The type that must be mounted, or several with commas between "
              "them, such as nfs,nfs4. Without it, any." },
    { .name = "writable",
      FIELD_BOOL(struct mount_conf, is_writable),
      .def = "false",
      .summary = "It must be writable",
      .text = "The file system must not be read-only, and a file can be "
              "written there: each probe writes one and removes it." },
    { .name = "user",
      FIELD_STRING(struct mount_conf, user),
      .summary = "Who writes there",
      .text = "The probe is run as this user of /etc/passwd, such as nova "
              "where root may not write over NFS. Without it, as root." },
    { .name = "interval",
      FIELD_DURATION(struct mount_conf, interval_ms),
      .def = "30s",
      .max = 24 * HOUR,
      .summary = "Time between two probes",
      .text = "That something else is mounted is seen at once. Whether what is "
              "mounted answers is found by asking it once in this time. 0: "
              "never." },
    { .name = "timeout",
      FIELD_DURATION(struct mount_conf, timeout_ms),
      .def = "10s",
      .min = 100,
      .max = HOUR,
      .summary = "Time in which a probe must end",
      .text = "A mount that has not answered after this time hangs." },
    { .name = "grace",
      FIELD_DURATION(struct mount_conf, grace_ms),
      .def = "2s",
      .max = HOUR,
      .summary = "Time for which something may be wrong",
      .text = "A fault is one when it has lasted for so long." },
    { .name = "stable",
      FIELD_DURATION(struct mount_conf, stable_ms),
      .def = "30s",
      .max = 24 * HOUR,
      .summary = "How long it must be well again",
      .text = "A fault is over when the mount has been well for so long." },
    { .name = "on_failure",
      FIELD_CHOICE(struct mount_conf, on_failure),
      .def = "disable",
      .choices = effects,
      .summary = "What follows when it has failed",
      .text = "As for a process." },
    { .name = NULL },
};
/* clang-format on */

void
processes_conf_clear(struct processes_conf *conf)
{
    for (size_t i = 0; i < conf->n_processes; i++) {
        param_free(process_params, &conf->processes[i]);
        free(conf->processes[i].name);
    }
    for (size_t i = 0; i < conf->n_mounts; i++) {
        param_free(mount_params, &conf->mounts[i]);
        free(conf->mounts[i].path);
    }
    free(conf->processes);
    free(conf->mounts);
    *conf = (struct processes_conf) PROCESSES_CONF_INIT;
}

/* --- sections ------------------------------------------------------------- */

/* A name in the report (lib/policy/report.h). */
static int
check_name(const char *kind, const char *name, const char *others,
           struct vmha_error *err)
{
    enum { NAME_MAX_BYTES = 64 };
    size_t len = 0;

    while (g_ascii_isalnum(name[len]) ||
           (name[len] && strchr(others, name[len])))
        len++;
    if (len == 0 || len > NAME_MAX_BYTES || name[len])
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s '%.80s': a name has 1 to 64 letters, digits and "
                         "%s",
                         kind, name, others);
    return 0;
}

static int
fail_twice(const char *kind, const char *name, struct vmha_error *err)
{
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s '%s' is there already", kind,
                     name);
}

struct process_conf *
processes_conf_add(struct processes_conf *conf, const char *name,
                   struct vmha_error *err)
{
    struct process_conf *p;

    if (check_name("process", name, "._-", err) == -1)
        return NULL;
    for (size_t i = 0; i < conf->n_processes; i++)
        if (strcmp(conf->processes[i].name, name) == 0) {
            (void) fail_twice("process", name, err);
            return NULL;
        }
    if (conf->n_processes == PROCESSES_MAX) {
        (void) vmha_fail(err, VMHA_E_CONFIG, 0, "more than %d processes",
                         PROCESSES_MAX);
        return NULL;
    }
    conf->processes = xrealloc(conf->processes, conf->n_processes + 1,
                               sizeof *conf->processes);
    p = &conf->processes[conf->n_processes++];
    *p = (struct process_conf){ .name = xstrdup(name) };
    return param_defaults(process_params, p, err) == -1 ? NULL : p;
}

static struct mount_conf *
add_mount(struct processes_conf *conf, const char *path, struct vmha_error *err)
{
    struct mount_conf *m;

    if (check_name("mount", path, "._-/", err) == -1)
        return NULL;
    if (path[0] != '/' || (path[1] && path[strlen(path) - 1] == '/')) {
        (void) vmha_fail(err, VMHA_E_CONFIG, 0,
                         "mount '%s': expected a path from / without / at its "
                         "end",
                         path);
        return NULL;
    }
    for (size_t i = 0; i < conf->n_mounts; i++)
        if (strcmp(conf->mounts[i].path, path) == 0) {
            (void) fail_twice("mount", path, err);
            return NULL;
        }
    if (conf->n_mounts == PROCESSES_MAX) {
        (void) vmha_fail(err, VMHA_E_CONFIG, 0, "more than %d mounts",
                         PROCESSES_MAX);
        return NULL;
    }
    conf->mounts =
        xrealloc(conf->mounts, conf->n_mounts + 1, sizeof *conf->mounts);
    m = &conf->mounts[conf->n_mounts++];
    *m = (struct mount_conf){ .path = xstrdup(path) };
    return param_defaults(mount_params, m, err) == -1 ? NULL : m;
}

static int
check_path(const char *name, const char *path, struct vmha_error *err)
{
    if (!path || path[0] == '/')
        return 0;
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: '%.64s' does not begin with /",
                     name, path);
}

/* What is run must be known before it is needed. */
static int
check_commands(const struct process_conf *p, struct vmha_error *err)
{
    const struct {
        const char *name, *command;
    } all[] = {
        { "pre_start", p->pre_start },       { "start", p->start },
        { "post_start", p->post_start },     { "pre_restart", p->pre_restart },
        { "restart", p->restart },           { "health", p->health },
        { "post_restart", p->post_restart },
    };

    for (size_t i = 0; i < N_ELEMENTS(all); i++) {
        char **argv;

        if (!all[i].command)
            continue;
        argv = process_argv(p, all[i].command, err);
        if (!argv)
            return vmha_context(err, "%s", all[i].name);
        process_argv_free(argv);
    }
    return 0;
}

int
process_conf_finish(const struct process_conf *p, struct vmha_error *err)
{
    if (!p->unit && !p->pidfile && !p->exe)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "one of unit, pidfile and exe is required");
    if (p->unit && (p->pidfile || p->exe))
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "unit goes with neither pidfile nor exe");
    if (p->unit && p->unit[0] == '-')
        return vmha_fail(err, VMHA_E_CONFIG, 0, "unit: '%.64s' is no unit",
                         p->unit);
    if (check_path("pidfile", p->pidfile, err) == -1 ||
        check_path("exe", p->exe, err) == -1 || check_commands(p, err) == -1)
        return -1;
    if (p->tries && !p->unit && !p->start && !p->restart)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "neither start nor restart is there, and tries is "
                         "not 0");
    return 0;
}

/* --- commands ------------------------------------------------------------- */

char **
process_argv(const struct process_conf *p, const char *command,
             struct vmha_error *err)
{
    GError *why = NULL;
    char **argv;

    if (p->has_shell) {
        const char *const words[] = { "/bin/sh", "-c", command, NULL };

        return g_strdupv((char **) (uintptr_t) words);
    }
    if (g_shell_parse_argv(command, NULL, &argv, &why))
        return argv;
    (void) vmha_fail(err, VMHA_E_CONFIG, 0, "'%.64s': %s", command,
                     why->message);
    g_error_free(why);
    return NULL;
}

void
process_argv_free(char **argv)
{
    g_strfreev(argv);
}

/* --- the file ------------------------------------------------------------- */

struct reader {
    struct processes_conf *conf;
    struct process_conf *process; /* the section; both NULL: before the first */
    struct mount_conf *mount;
    unsigned line;     /* of the section */
    unsigned seen[64]; /* the line of each of its parameters */
};

static int
finish_section(const struct reader *r, struct vmha_error *err)
{
    if (r->process && process_conf_finish(r->process, err) == -1)
        return vmha_context(err, "line %u: process '%s'", r->line,
                            r->process->name);
    return 0;
}

/* TEXT: "[kind name]". */
static int
begin_section(struct reader *r, char *text, unsigned line,
              struct vmha_error *err)
{
    char *kind, *name;
    size_t len = strlen(text);

    r->process = NULL;
    r->mount = NULL;
    r->line = line;
    memset(r->seen, 0, sizeof r->seen);
    if (text[len - 1] == ']')
        text[len - 1] = '\0';
    else
        return vmha_fail(err, VMHA_E_CONFIG, 0, "'%.64s': no ']' at its end",
                         text);
    kind = text + 1;
    name = kind + strcspn(kind, " \t");
    if (*name)
        *name++ = '\0';
    name = g_strstrip(name);
    if (strcmp(kind, "process") == 0) {
        r->process = processes_conf_add(r->conf, name, err);
        return r->process ? 0 : -1;
    }
    if (strcmp(kind, "mount") == 0) {
        r->mount = add_mount(r->conf, name, err);
        return r->mount ? 0 : -1;
    }
    return vmha_fail(err, VMHA_E_CONFIG, 0,
                     "[%.64s]: expected [process NAME] or [mount PATH]", kind);
}

static int
set_one(struct reader *r, char *name, char *value, unsigned line,
        struct vmha_error *err)
{
    const struct param *table = r->process ? process_params : mount_params;
    void *conf = r->process ? (void *) r->process : (void *) r->mount;
    const struct param *p;

    if (!value)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "'%.64s': no '='", name);
    name = g_strstrip(name);
    value = g_strstrip(value);
    if (!conf)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%.64s: before any section",
                         name);
    p = param_find(table, name);
    if (!*value && p)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: no value", p->name);
    if (p && r->seen[p - table])
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s is also in line %u",
                         p->name, r->seen[p - table]);
    if (param_set(table, conf, name, value, err) == -1) {
        err->kind = VMHA_E_CONFIG;
        return -1;
    }
    r->seen[p - table] = line;
    return 0;
}

static int
read_line(struct reader *r, struct lines *l, struct vmha_error *err)
{
    if (l->name[0] != '[')
        return set_one(r, l->name, l->value, l->number, err);
    if (l->value)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "'%.64s=': a section's name "
                         "has no '='",
                         l->name);
    return begin_section(r, g_strchomp(l->name), l->number, err);
}

int
processes_conf_parse(const char *text, size_t len,
                     struct processes_conf *ret_conf, struct vmha_error *err)
{
    CLEANUP(processes_conf_clear)
    struct processes_conf conf = PROCESSES_CONF_INIT;
    CLEANUP(lines_clear) struct lines l;
    struct reader r = { .conf = &conf };
    int rc;

    lines_init(&l, text, len);
    while ((rc = lines_next(&l, err)) == 1) {
        if (l.name[0] == '[' && finish_section(&r, err) == -1)
            return -1;
        if (read_line(&r, &l, err) == -1)
            return vmha_context(err, "line %u", l.number);
    }
    if (rc == -1 || finish_section(&r, err) == -1)
        return -1;
    *ret_conf = conf;
    conf = (struct processes_conf) PROCESSES_CONF_INIT;
    return 0;
}

int
processes_conf_read(const char *path, struct processes_conf *ret_conf,
                    struct vmha_error *err)
{
    CLEANUP_BUF struct buf text = BUF_INIT(PROCESSES_FILE_MAX);
    bool is_yaml;

    if (!path)
        return 0;
    is_yaml = g_str_has_suffix(path, ".yaml") || g_str_has_suffix(path, ".yml");
    if (file_read(path, &text, err) == -1)
        return -1;
    if ((is_yaml ? process_list_parse
                 : processes_conf_parse)(buf_str(&text), text.len, ret_conf,
                                         err) == -1)
        return vmha_context(err, "%s", path);
    return 0;
}

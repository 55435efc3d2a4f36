/* processes.conf and process_list.yaml: what is read, what is said of errors.
 */
#include "cleanup.h"
#include "processes-conf.h"
#include "tap.h"

#define P "[process p]\n"
#define Y "- process_name: /usr/bin/p\n"

/* clang-format off */
static const struct {
    const char *text, *want; /* of the error */
} bad[] = {
    { "tries=1", "line 1: tries: before any section" },
    { "\n[service x]", "line 2: [service]: expected [process NAME] or "
      "[mount PATH]" },
    { "[process x", "line 1: '[process x': no ']' at its end" },
    { "[process]", "line 1: process '': a name has 1 to 64 letters, digits "
      "and ._-" },
    { "[process a/b]", "line 1: process 'a/b': a name has 1 to 64 letters, "
      "digits and ._-" },
    { "[mount srv]", "line 1: mount 'srv': expected a path from / without / at "
      "its end" },
    { "[mount /srv/]", "line 1: mount '/srv/': expected a path from / without "
      "/ at its end" },
    { "[mount /a]\n[mount /a]", "line 2: mount '/a' is there already" },
    { P "exe=/x\ntries=0\n" P, "line 4: process 'p' is there already" },
    { P "unit=x\nunit=y", "line 3: unit is also in line 2" },
    { P "unit", "line 2: 'unit': no '='" },
    { P "unit=", "line 2: unit: no value" },
    { P "units=x", "line 2: unknown parameter 'units'" },
    { P "tries=many", "line 2: tries: 'many' is no whole number" },
    { P "tries=101", "line 2: tries: 101 is not between 0 and 100" },
    { P "interval=soon", "line 2: interval: 'soon' is no duration such as 30s "
      "or 5min" },
    { P "on_failure=panic", "line 2: on_failure: 'panic' is none of disable, "
      "report" },
    { P "tries=1", "line 1: process 'p': one of unit, pidfile and exe is "
      "required" },
    { P "unit=a\nexe=/b", "line 1: process 'p': unit goes with neither pidfile "
      "nor exe" },
    { P "exe=b", "line 1: process 'p': exe: 'b' does not begin with /" },
    { P "exe=/b", "line 1: process 'p': neither start nor restart is there, "
      "and tries is not 0" },
    { P "exe=/b\nrestart='b", "line 1: process 'p': restart: ''b': " },
    { "[mount /a]\nexe=/b", "line 2: unknown parameter 'exe'" },
}, bad_yaml[] = {
    { "a: b", "line 1: expected a list of processes" },
    { "- x", "line 1: expected a process" },
    { "- [", "line " },
    { "- start_command: x", "line 1: process_name: '' has no path of a "
      "program" },
    { "\n- process_name: nova", "line 2: process_name: 'nova' has no path of a "
      "program" },
    { Y Y, "line 1: neither start nor restart is there, and tries is not 0" },
    { Y "  start_command: x\n" Y, "line 3: process 'p' is there already" },
    { Y "  start_command: [x]", "line 1: start_command: expected a text" },
    { Y "  start_cmd: x", "line 1: 'start_cmd' is no key of this list" },
    { Y "  run_as_root: False", "line 1: run_as_root: 'False' names no user" },
};
/* clang-format on */

static void
test_bad(void)
{
    struct processes_conf conf = PROCESSES_CONF_INIT;
    struct vmha_error err;

    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        is_int(processes_conf_parse(bad[i].text, strlen(bad[i].text), &conf,
                                    &err),
               -1);
        has_str(err.text, bad[i].want);
        is_int(err.kind, VMHA_E_CONFIG);
    }
    for (size_t i = 0; i < N_ELEMENTS(bad_yaml); i++) {
        is_int(process_list_parse(bad_yaml[i].text, strlen(bad_yaml[i].text),
                                  &conf, &err),
               -1);
        has_str(err.text, bad_yaml[i].want);
        is_int(err.kind, VMHA_E_CONFIG);
    }
}

static void
test_good(void)
{
    static const char text[] = "# all\n"
                               "[process nova-compute]\n"
                               "  unit = nova-compute.service  \r\n"
                               "interval=500ms\n"
                               "on_failure=report\n"
                               "[ mount\n";
    CLEANUP(processes_conf_clear)
    struct processes_conf conf = PROCESSES_CONF_INIT;
    struct vmha_error err;
    const size_t len = sizeof text - sizeof "[ mount\n";

    is_int(processes_conf_parse(text, len, &conf, &err), 0);
    is_int(conf.n_processes, 1);
    is_str(conf.processes[0].name, "nova-compute");
    is_str(conf.processes[0].unit, "nova-compute.service");
    is_int(conf.processes[0].interval_ms, 500);
    is_int(conf.processes[0].tries, 3);
    is_int(conf.processes[0].on_failure, ON_FAILURE_REPORT);
}

static void
test_mount(void)
{
    static const char text[] = "[mount /srv/nova]\ntype=nfs,nfs4\n"
                               "writable=true\ntimeout=3s\n[mount /]\n";
    CLEANUP(processes_conf_clear)
    struct processes_conf conf = PROCESSES_CONF_INIT;
    struct vmha_error err;

    is_int(processes_conf_parse(text, sizeof text - 1, &conf, &err), 0);
    is_int(conf.n_mounts, 2);
    is_str(conf.mounts[0].path, "/srv/nova");
    is_str(conf.mounts[0].type, "nfs,nfs4");
    ok(conf.mounts[0].is_writable);
    is_int(conf.mounts[0].timeout_ms, 3000);
    is_int(conf.mounts[0].on_failure, ON_FAILURE_DISABLE);
    ok(!conf.mounts[1].is_writable);
}

static void
test_yaml(void)
{
    static const char text[] =
        "-\n"
        "    # nova-compute\n"
        "    process_name: /usr/bin/python3 /usr/bin/nova-compute --x\n"
        "    start_command: systemctl start nova-compute\n"
        "    pre_start_command:\n"
        "    restart_command: systemctl restart nova-compute\n"
        "    post_restart_command: ~\n"
        "    run_as_root: True\n"
        "- {process_name: /usr/sbin/libvirtd, restart_command: a b}\n";
    CLEANUP(processes_conf_clear)
    struct processes_conf conf = PROCESSES_CONF_INIT;
    struct vmha_error err;

    is_int(process_list_parse(text, sizeof text - 1, &conf, &err), 0);
    is_int(conf.n_processes, 2);
    is_str(conf.processes[0].name, "nova-compute");
    is_str(conf.processes[0].exe, "/usr/bin/nova-compute");
    is_str(conf.processes[0].start, "systemctl start nova-compute");
    ok(!conf.processes[0].pre_start && !conf.processes[0].post_restart);
    is_int(conf.processes[0].tries, 4);
    is_str(conf.processes[1].name, "libvirtd");
}

static void
test_empty(void)
{
    struct processes_conf conf = PROCESSES_CONF_INIT;
    struct vmha_error err;

    is_int(processes_conf_parse("", 0, &conf, &err), 0);
    is_int(process_list_parse("", 0, &conf, &err), 0);
    is_int(processes_conf_read(NULL, &conf, &err), 0);
    is_int(processes_conf_read("/no/such/file", &conf, &err), -1);
    is_int(err.kind, VMHA_E_ABSENT);
    is_int(conf.n_processes + conf.n_mounts, 0);
}

static void
test_argv(void)
{
    struct process_conf p = { 0 };
    struct vmha_error err;
    char **argv = process_argv(&p, "/bin/x \"a b\" 'c'\\ d", &err);

    is_str(argv[0], "/bin/x");
    is_str(argv[1], "a b");
    is_str(argv[2], "c d");
    ok(!argv[3]);
    process_argv_free(argv);
    p.has_shell = true;
    argv = process_argv(&p, "a | b", &err);
    is_str(argv[0], "/bin/sh");
    is_str(argv[2], "a | b");
    ok(!argv[3]);
    process_argv_free(argv);
}

TAP_MAIN({ "errors name line and value", test_bad }, { "a process", test_good },
         { "a mount", test_mount }, { "Masakari's list", test_yaml },
         { "nothing", test_empty }, { "words of a command", test_argv })

/* vmha-watchd: tells the cluster what is wrong with the VMs of this host, and
 * with what they need.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "agent.h"
#include "daemon.h"
#include "param.h"
#include "probe.h"
#include "processes-conf.h"
#include "worker.h"

static const struct param arguments[] = {
    { .name = "instance",
      FIELD_STRING(struct watchd_args, instance),
      .summary = "Name of the resource",
      .text = "The Pacemaker resource whose daemon this is." },
    { .name = "rundir",
      FIELD_STRING(struct watchd_args, rundir),
      .summary = "Directory of its state",
      .text = "Holds the configuration that the agent wrote, the control "
              "socket and the lock." },
    { .name = "stderr",
      FIELD_BOOL(struct watchd_args, to_stderr),
      .def = "false",
      .summary = "Log to standard error, too",
      .text = "For a start by hand." },
    { .name = "ask",
      FIELD_STRING(struct watchd_args, ask),
      .summary = "Ask VMs at this URI of libvirt instead",
      .text = "For the daemon, which starts itself so." },
    { .name = "agent_timeout",
      FIELD_UINT(struct watchd_args, agent_timeout_s),
      .def = "2",
      .min = 1,
      .max = 60,
      .summary = "Seconds in which a guest agent must answer",
      .text = "With ask." },
    { .name = "probe",
      FIELD_STRING(struct watchd_args, probe),
      .summary = "Ask the mount at this path instead, and end",
      .text = "For the daemon, which starts itself so." },
    { .name = "writable",
      FIELD_BOOL(struct watchd_args, is_writable),
      .def = "false",
      .summary = "Write to that mount, too",
      .text = "With probe." },
    { .name = NULL },
};

/* As by any program: it needs nothing else. */
static bool
answer_option(const char *arg)
{
    if (strcmp(arg, "--version") == 0) {
        puts("vmha-watchd " PACKAGE_VERSION);
    } else if (strcmp(arg, "--help") == 0) {
        puts("Usage:\n"
             "  vmha-watchd --instance=NAME --rundir=DIRECTORY [OPTION]...\n"
             "      Watches the VMs of this host; ocf:vmha:watch starts it.");
        param_help(stdout, arguments);
    } else if (strcmp(arg, "--doc=pod") == 0) { /* for vmha-processes.conf(5) */
        doc_pod_params(stdout, "PROCESS PARAMETERS", process_params);
        doc_pod_params(stdout, "MOUNT PARAMETERS", mount_params);
    } else {
        return false;
    }
    return true;
}

static int
run(const struct watchd_args *args, struct vmha_error *err)
{
    if (args->ask)
        return worker_run(args->ask, args->agent_timeout_s);
    if (args->probe)
        return probe_run(args->probe, args->is_writable);
    if (args->instance && args->rundir)
        return watchd_run(args);
    vmha_fail(err, VMHA_E_CONFIG, 0, "--instance and --rundir are required");
    fprintf(stderr, "vmha-watchd: %s (see vmha-watchd --help)\n", err->text);
    return EX_USAGE;
}

int
main(int argc, char **argv)
{
    struct watchd_args args = { .program = argv[0] };
    struct vmha_error err;
    int rc = EX_USAGE;

    if (argc == 2 && answer_option(argv[1]))
        return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
    if (param_defaults(arguments, &args, &err) == -1 ||
        param_from_argv(arguments, &args, argc, argv, &err) == -1)
        fprintf(stderr, "vmha-watchd: %s (see vmha-watchd --help)\n", err.text);
    else
        rc = run(&args, &err);
    param_free(arguments, &args);
    return rc;
}

/* vmha-recoveryd: recovers the VMs of fenced hosts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "../history/logfile.h"
#include "daemon.h"
#include "metrics.h"

static const struct param arguments[] = {
    { .name = "instance",
      FIELD_STRING(struct daemon_args, instance),
      .flags = PARAM_REQUIRED,
      .summary = "Name of the resource",
      .text = "The Pacemaker resource whose daemon this is." },
    { .name = "rundir",
      FIELD_STRING(struct daemon_args, rundir),
      .flags = PARAM_REQUIRED,
      .summary = "Directory of its state",
      .text = "Holds the configuration that the agent wrote, the control "
              "socket and the lock." },
    { .name = "statedir",
      FIELD_STRING(struct daemon_args, statedir),
      .def = VMHA_STATEDIR,
      .summary = "Directory of the decision log",
      .text = "Nothing is decided by what is in it." },
    { .name = "stderr",
      FIELD_BOOL(struct daemon_args, to_stderr),
      .def = "false",
      .summary = "Log to standard error, too",
      .text = "For a start by hand." },
    { .name = NULL },
};

/* As by any program: it needs nothing else. */
static bool
answer_option(const char *arg)
{
    if (strcmp(arg, "--version") == 0) {
        puts("vmha-recoveryd " PACKAGE_VERSION);
    } else if (strcmp(arg, "--doc=pod") == 0) {
        metrics_print_pod(); /* its manual is made of it */
    } else if (strcmp(arg, "--help") == 0) {
        puts("Usage:\n"
             "  vmha-recoveryd --instance=NAME --rundir=DIRECTORY [OPTION]...\n"
             "      Recovers the VMs of fenced hosts; ocf:vmha:recovery starts "
             "it.");
        param_help(stdout, arguments);
    } else {
        return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    struct daemon_args args = { .program = argv[0],
                                .history_max = LOGFILE_BYTES_MAX };
    struct vmha_error err;
    int rc = EX_USAGE;

    if (archive_is_wanted(argc, argv))
        return archive_main(argc, argv);
    if (argc == 2 && answer_option(argv[1]))
        return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
    if (param_defaults(arguments, &args, &err) == -1 ||
        param_from_argv(arguments, &args, argc, argv, &err) == -1 ||
        param_finish(arguments, &args, &err) == -1)
        fprintf(stderr, "vmha-recoveryd: %s (see vmha-recoveryd --help)\n",
                err.text);
    else
        rc = daemon_run(&args);
    param_free(arguments, &args);
    return rc;
}

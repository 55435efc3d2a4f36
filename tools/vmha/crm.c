/* Change the cluster's configuration by Pacemaker's own programs. */
#include "crm.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "xalloc.h"

#define SBINDIR "/usr/sbin" /* where Pacemaker's packages put them */

extern char **environ;

/* What it says on standard output is of no use; errors it tells itself. */
static int
run(char *const argv[], struct vmha_error *err)
{
    posix_spawn_file_actions_t files;
    int rc, status;
    pid_t child;

    (void) fflush(stdout);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", 1, 0);
    rc = posix_spawn(&child, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (rc)
        return vmha_fail(err, VMHA_E_LOCAL, rc, "%s", argv[0]);
    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", argv[0]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return vmha_fail(err, VMHA_E_REFUSED, 0, "%s failed (its message is above)",
                     argv[0]);
}

int
crm_set_attribute(const char *node, const char *name, const char *value,
                  struct vmha_error *err)
{
    CLEANUP_FREE char *node_arg = xasprintf("--node=%s", node);
    CLEANUP_FREE char *name_arg = xasprintf("--name=%s", name);
    CLEANUP_FREE char *value_arg = xasprintf("--update=%s", value);
    char path[] = SBINDIR "/crm_attribute", life[] = "--lifetime=forever",
         delete[] = "--delete";
    char *argv[] = {
        path, node_arg, life, name_arg, *value ? value_arg : delete, NULL
    };

    return run(argv, err);
}

int
crm_set_parameter(const char *resource, const char *name, const char *value,
                  struct vmha_error *err)
{
    CLEANUP_FREE char *rsc_arg = xasprintf("--resource=%s", resource);
    CLEANUP_FREE char *name_arg = xasprintf("--set-parameter=%s", name);
    CLEANUP_FREE char *value_arg = xasprintf("--parameter-value=%s", value);
    char path[] = SBINDIR "/crm_resource";
    char *argv[] = { path, rsc_arg, name_arg, value_arg, NULL };

    return run(argv, err);
}

/* Start a daemon from an agent. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "cleanup.h"

extern char **environ;

/* The cluster waits for the end of an agent's pipes: the daemon must hold none.
 */
static int
set_files(posix_spawn_file_actions_t *files, const char *errors)
{
    int rc = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null",
                                              O_RDONLY, 0);

    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null",
                                              O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(files, STDERR_FILENO, errors,
                                              O_WRONLY | O_CREAT | O_TRUNC |
                                                  O_APPEND,
                                              0600);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    return rc;
}

static int
set_signals(posix_spawnattr_t *attr)
{
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    rc = posix_spawnattr_setsigmask(attr, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(attr, &all);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID |
                                                POSIX_SPAWN_SETSIGMASK |
                                                POSIX_SPAWN_SETSIGDEF);
    return rc;
}

pid_t
launch_daemon(char *const argv[], const char *errors, struct vmha_error *err)
{
    CLEANUP(posix_spawn_file_actions_destroy) posix_spawn_file_actions_t files;
    CLEANUP(posix_spawnattr_destroy) posix_spawnattr_t attr;
    pid_t pid;
    int rc;

    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    rc = set_files(&files, errors);
    if (rc == 0)
        rc = set_signals(&attr);
    if (rc == 0)
        rc = posix_spawnp(&pid, argv[0], &files, &attr, argv, environ);
    if (rc != 0)
        return vmha_fail(err, rc == ENOENT ? VMHA_E_ABSENT : VMHA_E_LOCAL, rc,
                         "%s", argv[0]);
    return pid;
}

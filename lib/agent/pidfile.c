/* One daemon at a time, and who it is. */
#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"

static struct flock
whole_file(void)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

int
pidfile_lock(const char *path, struct vmha_error *err)
{
    struct flock lock = whole_file();
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    if (fcntl(fd, F_SETLK, &lock) == -1) {
        int saved = errno;

        close(fd);
        if (saved == EAGAIN || saved == EACCES)
            return vmha_fail(err, VMHA_E_AGAIN, 0,
                             "%s: another process holds it", path);
        return vmha_fail(err, VMHA_E_LOCAL, saved, "%s", path);
    }
    if (ftruncate(fd, 0) == -1 || dprintf(fd, "%d\n", (int) getpid()) < 0)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    return 0; /* FD stays open: closing it would end the lock */
}

/* Process id of the holder; 0: none, -1: error. */
static pid_t
holder(int fd, const char *path, struct vmha_error *err)
{
    struct flock lock = whole_file();

    if (fcntl(fd, F_GETLK, &lock) == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    if (lock.l_type == F_UNLCK) {
        vmha_fail(err, VMHA_E_ABSENT, 0, "%s: no process holds it", path);
        return 0;
    }
    if (lock.l_pid <= 0)
        return vmha_fail(err, VMHA_E_LOCAL, 0,
                         "%s: its holder is in another PID namespace", path);
    return lock.l_pid;
}

int
pidfile_open(const char *path, struct vmha_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd == -1)
        return vmha_fail(err, errno == ENOENT ? VMHA_E_ABSENT : VMHA_E_LOCAL,
                         errno, "%s", path);
    for (int tries = 0; tries < 10; tries++) {
        pid_t pid = holder(fd, path, err);

        if (pid <= 0)
            return -1;
        int pidfd = (int) syscall(SYS_pidfd_open, pid, 0);
        /* It still holds the lock, so the descriptor is not for a process
         * that got its id meanwhile.
         */
        if (pidfd != -1 && holder(fd, path, err) == pid)
            return pidfd;
        if (pidfd != -1)
            close(pidfd);
        else if (errno != ESRCH)
            return vmha_fail(err, VMHA_E_LOCAL, errno, "pidfd_open");
    }
    return vmha_fail(err, VMHA_E_AGAIN, 0, "%s: its holder keeps changing",
                     path);
}

int
pidfile_wait(int pidfd, int64_t timeout_ms, struct vmha_error *err)
{
    int64_t deadline = clock_mono_ms() + timeout_ms;

    for (;;) {
        struct pollfd p = { .fd = pidfd, .events = POLLIN };
        int64_t left = deadline - clock_mono_ms();
        int rc = poll(&p, 1, left > 0 ? (int) left : 0);

        if (rc > 0)
            return 0;
        if (rc == -1 && errno != EINTR)
            return vmha_fail(err, VMHA_E_LOCAL, errno, "poll");
        if (rc == 0)
            return vmha_fail(err, VMHA_E_AGAIN, 0, "the process has not ended");
    }
}

int
pidfile_signal(int pidfd, int signal, struct vmha_error *err)
{
    if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == -1 &&
        errno != ESRCH)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "signal %d", signal);
    return 0;
}

/* Write what the daemon counts to a file for the node exporter. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "metrics.h"
#include "xalloc.h"

enum { EVERY_MS = 10000 };

/* The directory may be another user's: nothing in it is followed. */
static int
write_new(const char *path, const char *text, struct vmha_error *err)
{
    size_t len = strlen(text);
    int fd;

    (void) unlink(path); /* left by one that was killed */
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    errno = ENOSPC;
    bool is_good =
        write(fd, text, len) == (ssize_t) len && fchmod(fd, 0644) == 0;
    int saved = errno;

    if (close(fd) == 0 && is_good)
        return 0;
    (void) unlink(path);
    return vmha_fail(err, VMHA_E_LOCAL, saved, "%s", path);
}

static int
write_file(const struct daemon *d, struct vmha_error *err)
{
    CLEANUP_FREE char *text = metrics_text(d);
    CLEANUP_FREE char *path = xasprintf("%s.new", d->metrics_path);

    if (write_new(path, text, err) == -1)
        return -1;
    if (rename(path, d->metrics_path) == 0)
        return 0;
    vmha_fail(err, VMHA_E_LOCAL, errno, "%s", d->metrics_path);
    (void) unlink(path);
    return -1;
}

static void
update(void *arg)
{
    struct daemon *d = arg;
    struct vmha_error err;
    bool is_failing = write_file(d, &err) == -1;

    if (is_failing && !d->is_metrics_failing)
        log_warning("metrics: %s, retrying", err.text);
    d->is_metrics_failing = is_failing;
    timer_arm(&d->metrics_timer, EVERY_MS, update, d);
}

void
metrics_start(struct daemon *d)
{
    CLEANUP_FREE char *path =
        d->conf.metrics_dir
            ? xasprintf("%s/vmha-%s.prom", d->conf.metrics_dir, d->instance)
            : NULL;

    if (d->metrics_path && (!path || strcmp(path, d->metrics_path) != 0))
        metrics_stop(d);
    xstrset(&d->metrics_path, path);
    if (path)
        timer_arm(&d->metrics_timer, 0, update, d);
}

void
metrics_stop(struct daemon *d)
{
    timer_stop(&d->metrics_timer);
    if (d->metrics_path)
        (void) unlink(d->metrics_path); /* whoever reads it sees its age */
    xstrset(&d->metrics_path, NULL);
}

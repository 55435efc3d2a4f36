/* Does what is mounted there answer? */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#include "cleanup.h"
#include "xalloc.h"

static int
fail(const char *what, const char *path)
{
    fprintf(stderr, "%s %s: %s\n", what, path, strerror(errno));
    return EX_IOERR;
}

/* One name for each host, as several may share the file system; one that was
 * left by a probe that had to be killed is used again.
 */
static char *
file_in(const char *path)
{
    char host[256] = "";

    (void) gethostname(host, sizeof host - 1);
    return xasprintf("%s/.vmha-probe.%s", path, host);
}

static int
write_to(const char *path)
{
    CLEANUP_FREE char *name = file_in(path);
    CLEANUP_CLOSE int fd =
        open(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd == -1)
        return fail("opening", name);
    if (write(fd, "vmha\n", 5) != 5 || fsync(fd) == -1)
        return fail("writing", name);
    if (unlink(name) == -1)
        return fail("removing", name);
    return EX_OK;
}

int
probe_run(const char *path, bool is_writable)
{
    struct statvfs unused;

    if (statvfs(path, &unused) == -1)
        return fail("asking", path);
    return is_writable ? write_to(path) : EX_OK;
}

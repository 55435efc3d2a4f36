/* Read a file into memory. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cleanup.h"

int
file_read_fd(int fd, struct buf *b, struct vmha_error *err)
{
    char chunk[16384];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return vmha_fail(err, VMHA_E_LOCAL, errno, "read");
        if (buf_add(b, chunk, (size_t) n) == -1)
            return vmha_fail(err, VMHA_E_CONFIG, 0, "the file is too long");
    }
    return 0;
}

int
file_read(const char *path, struct buf *b, struct vmha_error *err)
{
    /* Without O_NONBLOCK a FIFO in its place would stop us here. */
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1)
        return vmha_fail(err,
                         errno == ENOENT   ? VMHA_E_ABSENT
                         : errno == EACCES ? VMHA_E_PERMISSION
                                           : VMHA_E_LOCAL,
                         errno, "%s", path);
    return file_read_fd(fd, b, err) == -1 ? vmha_context(err, "%s", path) : 0;
}

/* Ask a daemon on its control socket: one line out, one line back. */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include "xalloc.h"

/* Wait until FD can be read or written.  0, or VMHA_E_AGAIN. */
static int
wait_for(int fd, short events, int64_t deadline, struct vmha_error *err)
{
    for (;;) {
        struct pollfd p = { .fd = fd, .events = events };
        int64_t left = deadline - clock_mono_ms();
        int rc = left > 0 ? poll(&p, 1, (int) left) : 0;

        if (rc > 0)
            return 0;
        if (rc == 0)
            return vmha_fail(err, VMHA_E_AGAIN, 0, "no answer in time");
        if (errno != EINTR)
            return vmha_fail(err, VMHA_E_LOCAL, errno, "poll");
    }
}

static int
connect_to(const char *path, struct vmha_error *err)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    CLEANUP_CLOSE int fd = -1;
    size_t len = strlen(path);

    if (len >= sizeof to.sun_path)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "the path is too long");
    memcpy(to.sun_path, path, len);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "socket");
    if (connect(fd, (struct sockaddr *) &to, sizeof to) == -1) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            return vmha_fail(err, VMHA_E_ABSENT, errno, "connect");
        /* EAGAIN: the listener's queue is full. */
        return vmha_fail(err, errno == EAGAIN ? VMHA_E_AGAIN : VMHA_E_LOCAL,
                         errno, "connect");
    }
    int kept = fd;
    fd = -1;
    return kept;
}

static int
send_all(int fd, const char *data, size_t len, int64_t deadline,
         struct vmha_error *err)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n >= 0) {
            data += n;
            len -= (size_t) n;
        } else if (errno == EAGAIN) {
            if (wait_for(fd, POLLOUT, deadline, err) == -1)
                return -1;
        } else if (errno != EINTR) {
            return vmha_fail(err, VMHA_E_AGAIN, errno, "send");
        }
    }
    return 0;
}

static char *
receive_line(int fd, int64_t deadline, struct vmha_error *err)
{
    CLEANUP_BUF struct buf line = BUF_INIT(CONTROL_LINE_MAX);
    char chunk[512];

    for (;;) {
        if (wait_for(fd, POLLIN, deadline, err) == -1)
            return NULL;
        ssize_t n = recv(fd, chunk, sizeof chunk, 0);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0) {
            vmha_fail(err, VMHA_E_AGAIN, n < 0 ? errno : 0,
                      "closed without an answer");
            return NULL;
        }
        if (memchr(chunk, '\0', (size_t) n) ||
            buf_add(&line, chunk, (size_t) n) == -1) {
            vmha_fail(err, VMHA_E_INPUT, 0, "the answer is no line of text");
            return NULL;
        }
        char *nl = memchr(line.data, '\n', line.len);
        if (nl)
            return xstrndup(line.data, (size_t) (nl - line.data));
    }
}

char *
control_ask(const char *path, const char *request, int64_t timeout_ms,
            struct vmha_error *err)
{
    int64_t deadline = clock_mono_ms() + timeout_ms;
    CLEANUP_FREE char *line = xasprintf("%s\n", request);
    CLEANUP_CLOSE int fd = connect_to(path, err);
    char *answer = NULL;

    if (fd != -1 && send_all(fd, line, strlen(line), deadline, err) == 0)
        answer = receive_line(fd, deadline, err);
    if (!answer)
        vmha_context(err, "%s", path);
    return answer;
}

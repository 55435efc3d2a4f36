/* The process that has the files of the decision log. */
#include "archive.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "../history/logfile.h"
#include "../history/put.h"
#include "../history/query.h"
#include "cleanup.h"
#include "log.h"
#include "param.h"
#include "xalloc.h"

struct archive {
    const struct archive_args *args;
    struct logfile *file;
    bool is_failing; /* the last line was not written, as logged */
};

static void
write_line(struct archive *a, const char *line, size_t len)
{
    struct vmha_error err;
    bool is_failing = logfile_append(a->file, line, len, &err) == -1;

    if (is_failing && !a->is_failing)
        log_warning("history: %s; decisions are not recorded", err.text);
    else if (!is_failing && a->is_failing)
        log_notice("history: decisions are recorded again");
    a->is_failing = is_failing;
}

/* --- what others ask ------------------------------------------------------ */

/* The reply as JSON text (caller frees). */
static char *
reply_to(const struct archive *a, struct json_object *request)
{
    CLEANUP_HISTORY_LIST struct history_list list = { 0 };
    struct json_object *o = json_object_new_object();
    struct json_object *lines = json_object_new_array(), *nodes = NULL;
    char node[256] = "";
    struct history_query q;
    struct vmha_error unused; /* no file: no lines */

    (void) gethostname(node, sizeof node - 1); /* "" tells as well */
    history_query_read(request, &q);
    (void) history_list_load(&list, &q, a->args->dir, a->args->instance,
                             &unused);
    for (size_t i = 0; i < list.n; i++)
        json_object_array_add(lines, json_object_get(list.lines[i].json));
    (void) json_object_object_get_ex(request, "nodes", &nodes);
    put_int(o, "version", 1);
    put_text(o, "node", node);
    json_object_object_add(o, "nodes", json_object_get(nodes));
    put_int(o, "damaged", (int64_t) list.n_damaged);
    put_bool(o, "is_cut", list.is_cut);
    json_object_object_add(o, "lines", lines);
    return put_done(o);
}

/* Whoever asked may have given up. */
static void
write_all(int fd, const char *text)
{
    size_t len = strlen(text);

    while (len) {
        ssize_t n = write(fd, text, len);

        if (n == -1 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        text += n;
        len -= (size_t) n;
    }
}

static void
answer(const struct archive *a, const char *text, int fd)
{
    struct json_object *request = json_tokener_parse(text);
    CLEANUP_FREE char *reply = reply_to(a, request);

    write_all(fd, reply);
    json_object_put(request);
}

/* --- packets ---------------------------------------------------------------
 */

/* The descriptor that came with it, or -1. */
static int
descriptor_of(struct msghdr *msg)
{
    const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    int fd = -1;

    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

/* False at the end. */
static bool
serve_packet(struct archive *a)
{
    static char packet[ARCHIVE_PACKET_MAX + 1];
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = { packet, ARCHIVE_PACKET_MAX };
    struct msghdr msg = { .msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof control.bytes };
    ssize_t n = recvmsg(STDIN_FILENO, &msg, MSG_CMSG_CLOEXEC);

    if (n == -1 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    CLEANUP_CLOSE int fd = descriptor_of(&msg);

    packet[n] = '\0';
    if (packet[0] != ARCHIVE_ASKS)
        write_line(a, packet, (size_t) n);
    else if (fd != -1)
        answer(a, packet + 1, fd);
    return true;
}

static int
run(const struct archive_args *args)
{
    struct archive a = {
        .args = args,
        .file = logfile_new(args->dir, args->instance, args->file_max),
    };

    log_open("vmha-recoveryd", args->to_stderr, false);
    (void) prctl(PR_SET_NAME, "vmha-history");
    (void) signal(SIGPIPE, SIG_IGN); /* who asked has given up */
    (void) signal(SIGXFSZ, SIG_IGN); /* there may be no room */
    while (serve_packet(&a))
        ;
    logfile_free(a.file);
    log_close();
    return EX_OK;
}

/* --- how it is started ------------------------------------------------------
 */

static const struct param arguments[] = {
    { .name = "archive",
      FIELD_STRING(struct archive_args, dir),
      .flags = PARAM_REQUIRED,
      .summary = "Directory of the decision log",
      .text = "Its files are written and read here." },
    { .name = "instance",
      FIELD_STRING(struct archive_args, instance),
      .flags = PARAM_REQUIRED,
      .summary = "Name of the resource",
      .text = "The instance whose files they are." },
    { .name = "file_max",
      FIELD_UINT(struct archive_args, file_max),
      .flags = PARAM_REQUIRED,
      .summary = "Size of a file",
      .text = "A file that is full is renamed." },
    { .name = "stderr",
      FIELD_BOOL(struct archive_args, to_stderr),
      .def = "false",
      .summary = "Log to standard error, too",
      .text = "For a start by hand." },
    { .name = NULL },
};

bool
archive_is_wanted(int argc, char *const argv[])
{
    return argc > 1 && strncmp(argv[1], "--archive=", 10) == 0;
}

int
archive_main(int argc, char **argv)
{
    struct archive_args args = { 0 };
    struct vmha_error err;
    int rc = EX_USAGE;

    if (param_defaults(arguments, &args, &err) == -1 ||
        param_from_argv(arguments, &args, argc, argv, &err) == -1 ||
        param_finish(arguments, &args, &err) == -1)
        fprintf(stderr, "vmha-recoveryd: %s\n", err.text);
    else
        rc = run(&args);
    param_free(arguments, &args);
    return rc;
}

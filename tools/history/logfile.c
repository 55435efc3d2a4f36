/* The files of the decision log. */
#include "logfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "cleanup.h"
#include "line.h"
#include "xalloc.h"

#define PREFIX "history-"
#define SUFFIX ".jsonl"

struct logfile {
    char *dir, *path;
    size_t max;
    int fd;       /* -1: not open */
    bool is_torn; /* it does not end in a line's end */
};

static char *
path_of(const char *dir, const char *instance, unsigned age)
{
    return age ? xasprintf("%s/" PREFIX "%s" SUFFIX ".%u", dir, instance, age)
               : xasprintf("%s/" PREFIX "%s" SUFFIX, dir, instance);
}

struct logfile *
logfile_new(const char *dir, const char *instance, size_t max)
{
    struct logfile *f = xcalloc(1, sizeof *f);

    f->dir = xstrdup(dir);
    f->path = path_of(dir, instance, 0);
    f->max = max;
    f->fd = -1;
    return f;
}

static void
close_file(struct logfile *f)
{
    if (f->fd != -1)
        close(f->fd);
    f->fd = -1;
}

void
logfile_free(struct logfile *f)
{
    if (!f)
        return;
    close_file(f);
    free(f->dir);
    free(f->path);
    free(f);
}

/* --- writing ------------------------------------------------------------- */

static int
check_dir(const char *path, struct vmha_error *err)
{
    struct stat st;

    if (mkdir(path, 0700) == -1 && errno != EEXIST)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    if (lstat(path, &st) == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & (S_IWGRP | S_IWOTH)))
        return vmha_fail(err, VMHA_E_PERMISSION, 0,
                         "%s is not a directory that only we can change", path);
    return 0;
}

/* What a crash or a full disk left behind must not swallow the next line. */
static bool
ends_in_a_line(int fd, off_t size)
{
    char last;

    return size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

static int
open_file(struct logfile *f, struct stat *ret_st, struct vmha_error *err)
{
    if (check_dir(f->dir, err) == -1)
        return -1;
    f->fd =
        open(f->path,
             O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
             0600);
    if (f->fd == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", f->path);
    if (fstat(f->fd, ret_st) == 0 && S_ISREG(ret_st->st_mode)) {
        f->is_torn = !ends_in_a_line(f->fd, ret_st->st_size);
        return 0;
    }
    close_file(f);
    return vmha_fail(err, VMHA_E_LOCAL, 0, "%s is no file", f->path);
}

/* Make room for a new file. */
static int
rotate(struct logfile *f, struct vmha_error *err)
{
    for (unsigned age = LOGFILE_OLDER; age > 0; age--) {
        CLEANUP_FREE char *to = xasprintf("%s.%u", f->path, age);
        CLEANUP_FREE char *from =
            age > 1 ? xasprintf("%s.%u", f->path, age - 1) : xstrdup(f->path);

        if (rename(from, to) == -1 && errno != ENOENT)
            return vmha_fail(err, VMHA_E_LOCAL, errno, "renaming %s", from);
    }
    close_file(f);
    return 0;
}

/* Have the file open, and room in it for LEN bytes. */
static int
get_ready(struct logfile *f, size_t len, struct vmha_error *err)
{
    struct stat st;

    if (f->fd != -1 && (fstat(f->fd, &st) == -1 || st.st_nlink == 0))
        close_file(f); /* somebody removed it */
    if (f->fd == -1 && open_file(f, &st, err) == -1)
        return -1;
    if (st.st_size == 0 || (size_t) st.st_size + len <= f->max)
        return 0;
    return rotate(f, err) == -1 ? -1 : open_file(f, &st, err);
}

int
logfile_append(struct logfile *f, const char *line, size_t len,
               struct vmha_error *err)
{
    if (len > LINE_BYTES_MAX)
        return vmha_fail(err, VMHA_E_LOCAL, 0,
                         "%s: a line of %zu bytes is too long", f->path, len);
    if (get_ready(f, len + 2, err) == -1)
        return -1;

    struct iovec parts[] = {
        { (void *) (uintptr_t) "\n", f->is_torn ? 1 : 0 },
        { (void *) (uintptr_t) line, len },
        { (void *) (uintptr_t) "\n", 1 },
    };
    ssize_t want = (ssize_t) (parts[0].iov_len + len + 1);
    ssize_t n = writev(f->fd, parts, N_ELEMENTS(parts));

    if (n == want) {
        f->is_torn = false;
        return 0;
    }
    f->is_torn |= n > 0;
    return vmha_fail(err, VMHA_E_LOCAL, n == -1 ? errno : ENOSPC, "%s",
                     f->path);
}

/* --- reading ------------------------------------------------------------- */

struct reader {
    const char *needle;
    logfile_line_fn *fn;
    void *arg;
};

static void
give_line(const struct reader *r, const char *line, size_t len)
{
    if (len > LINE_BYTES_MAX)
        r->fn("", 0, r->arg);
    else if (len &&
             (!r->needle || memmem(line, len, r->needle, strlen(r->needle))))
        r->fn(line, len, r->arg);
}

static void
read_file(int fd, const struct reader *r)
{
    static char chunk[8 * LINE_BYTES_MAX];
    size_t used = 0;
    bool is_long = false; /* in a line that is too long: it was told */
    ssize_t n;

    while ((n = read(fd, chunk + used, sizeof chunk - used)) > 0) {
        char *at = chunk, *end = chunk + used + n, *stop;

        while ((stop = memchr(at, '\n', (size_t) (end - at)))) {
            if (!is_long)
                give_line(r, at, (size_t) (stop - at));
            is_long = false;
            at = stop + 1;
        }
        used = (size_t) (end - at);
        memmove(chunk, at, used);
        if (used <= LINE_BYTES_MAX)
            continue;
        if (!is_long)
            give_line(r, chunk, used);
        is_long = true;
        used = 0;
    }
    if (used && !is_long)
        give_line(r, chunk, used);
}

/* The newest is opened first: a rotation meanwhile shows it twice, which is
 * seen, instead of hiding one.
 */
static bool
read_instance(const char *dir, const char *instance, const struct reader *r)
{
    int fds[LOGFILE_OLDER + 1];
    struct stat st[LOGFILE_OLDER + 1] = { 0 };
    bool found = false;

    for (unsigned age = 0; age <= LOGFILE_OLDER; age++) {
        CLEANUP_FREE char *path = path_of(dir, instance, age);

        fds[age] = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fds[age] == -1)
            continue;
        if (fstat(fds[age], &st[age]) == 0 && S_ISREG(st[age].st_mode) &&
            (age == 0 || fds[age - 1] == -1 ||
             st[age].st_ino != st[age - 1].st_ino))
            continue;
        close(fds[age]);
        fds[age] = -1;
    }
    for (unsigned age = LOGFILE_OLDER + 1; age-- > 0;) {
        if (fds[age] == -1)
            continue;
        read_file(fds[age], r);
        close(fds[age]);
        found = true;
    }
    return found;
}

/* The instance that a file is of, or NULL; the caller frees it. */
static char *
instance_of(const char *file)
{
    size_t len = strlen(file), head = strlen(PREFIX), tail = strlen(SUFFIX);

    if (len <= head + tail || strncmp(file, PREFIX, head) != 0 ||
        strcmp(file + len - tail, SUFFIX) != 0)
        return NULL;
    return xstrndup(file + head, len - head - tail);
}

static bool
read_all(const char *dir, const struct reader *r)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    bool found = false;

    while (d && (entry = readdir(d))) {
        CLEANUP_FREE char *instance = instance_of(entry->d_name);

        if (instance)
            found |= read_instance(dir, instance, r);
    }
    if (d)
        closedir(d);
    return found;
}

int
logfile_read(const char *dir, const char *instance, const char *needle,
             logfile_line_fn *fn, void *arg, struct vmha_error *err)
{
    struct reader r = { .needle = needle, .fn = fn, .arg = arg };

    if (instance ? read_instance(dir, instance, &r) : read_all(dir, &r))
        return 0;
    return vmha_fail(err, VMHA_E_ABSENT, 0, "no history in %s", dir);
}

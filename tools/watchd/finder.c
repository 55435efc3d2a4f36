/* Find a process in /proc. */
#include "finder.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "scan.h"

/* interpreter, perhaps one argument of it, script */
enum { COMM_MAX = 15, ARGS_MAX = 4096, SCRIPT_ARGS = 3 };

/* The bytes of a small file, with a NUL behind them; 0: none. */
static size_t
read_small(const char *path, char *ret_text, size_t size)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd == -1 ? -1 : read(fd, ret_text, size - 1);

    if (n <= 0)
        return 0;
    ret_text[n] = '\0';
    return (size_t) n;
}

static size_t
read_proc(pid_t pid, const char *file, char *ret_text, size_t size)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int) pid, file);
    return read_small(path, ret_text, size);
}

/* The link has " (deleted)" at its end once a package has replaced the file. */
static bool
is_program(pid_t pid, const char *exe)
{
    static const char deleted[] = " (deleted)";
    char path[64], link[PATH_MAX + sizeof deleted];
    size_t len = strlen(exe);
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%d/exe", (int) pid);
    n = readlink(path, link, sizeof link - 1);
    if (n < 0)
        return false;
    link[n] = '\0';
    return strncmp(link, exe, len) == 0 &&
           (!link[len] || strcmp(link + len, deleted) == 0);
}

static bool
is_script(pid_t pid, const char *exe)
{
    const char *name = strrchr(exe, '/') + 1;
    char comm[64], args[ARGS_MAX];
    size_t n = read_proc(pid, "comm", comm, sizeof comm);
    int i = 0;

    comm[n ? n - 1 : 0] = '\0'; /* its newline */
    if (strncmp(comm, name, COMM_MAX) != 0)
        return false;
    n = read_proc(pid, "cmdline", args, sizeof args);
    for (char *a = args; a < args + n && i < SCRIPT_ARGS; a += strlen(a) + 1)
        if (i++ && strcmp(a, exe) == 0)
            return true;
    return false;
}

/* Fields of proc(5)'s stat, from 1; the second one may contain anything. */
enum { STAT_NAME = 2, STAT_STATE = 3, STAT_START = 22 };

uint64_t
finder_start_time(pid_t pid)
{
    char text[1024], *rest, *field;
    uint64_t ticks;

    if (!read_proc(pid, "stat", text, sizeof text))
        return 0;
    rest = strrchr(text, ')');
    for (int i = STAT_NAME; (field = strsep(&rest, " ")); i++) {
        if (i == STAT_STATE && (*field == 'Z' || *field == 'X'))
            return 0;
        if (i == STAT_START)
            return scan_u64(field, &ticks) == 0 ? ticks : 0;
    }
    return 0;
}

bool
finder_matches(pid_t pid, const char *exe)
{
    if (exe && !is_program(pid, exe) && !is_script(pid, exe))
        return false;
    return finder_start_time(pid) != 0;
}

pid_t
finder_parse_pid(const char *text)
{
    size_t len = strcspn(text, " \t\r\n");
    unsigned pid;
    char word[16];

    if (len >= sizeof word)
        return 0;
    memcpy(word, text, len);
    word[len] = '\0';
    return scan_uint(word, &pid) == 0 && pid <= INT_MAX ? (pid_t) pid : 0;
}

pid_t
finder_by_pidfile(const char *path, const char *exe)
{
    char text[32];
    pid_t pid;

    if (!read_small(path, text, sizeof text))
        return 0;
    pid = finder_parse_pid(text);
    return pid && finder_matches(pid, exe) ? pid : 0;
}

static void
close_dir(DIR **d)
{
    if (*d)
        (void) closedir(*d);
}

pid_t
finder_by_exe(const char *exe)
{
    CLEANUP(close_dir) DIR *dir = opendir("/proc");
    uint64_t oldest = 0;
    struct dirent *e;
    pid_t found = 0;

    while (dir && (e = readdir(dir))) {
        uint64_t started;
        unsigned pid;

        if (scan_uint(e->d_name, &pid) == -1 ||
            (!is_program((pid_t) pid, exe) && !is_script((pid_t) pid, exe)))
            continue;
        started = finder_start_time((pid_t) pid);
        if (started && (!found || started < oldest)) {
            found = (pid_t) pid;
            oldest = started;
        }
    }
    return found;
}

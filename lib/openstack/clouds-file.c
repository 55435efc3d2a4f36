/* The files clouds.yaml and secure.yaml. */
#include "clouds-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "secret.h"
#include "xalloc.h"

/* One byte more than is allowed, so that a file above the limit shows. */
enum { ROOM = SETTINGS_MAX_BYTES + 1 };

/* No core file, no ptrace by others (I8). */
static void
hide_memory(void)
{
    struct rlimit none = { 0, 0 };

    (void) setrlimit(RLIMIT_CORE, &none); /* the next line does the same */
    (void) prctl(PR_SET_DUMPABLE, 0);
}

static void
bytes_free(char **bytes)
{
    if (*bytes)
        explicit_bzero(*bytes, ROOM);
    free(*bytes);
}

static int
check_file(int fd, const char *path, struct vmha_error *err)
{
    struct stat st;

    if (fstat(fd, &st) == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: not a regular file", path);
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s: owned by user %u; expected root", path,
                         (unsigned) st.st_uid);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s: mode %04o; expected 0600: it holds credentials",
                         path, (unsigned) st.st_mode & 07777);
    return 0;
}

/* The bytes of a file into *RET (ROOM of them); -1 on failure. */
static int
read_bytes(const char *path, char *bytes, size_t *ret_len,
           struct vmha_error *err)
{
    /* Without O_NONBLOCK a FIFO in its place would stop us here. */
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t len = 0;
    ssize_t n;

    if (fd == -1)
        return vmha_fail(err,
                         errno == EACCES ? VMHA_E_PERMISSION : VMHA_E_CONFIG,
                         errno, "%s", path);
    if (check_file(fd, path, err) == -1)
        return -1;
    while (len < ROOM && (n = read(fd, bytes + len, ROOM - len)) != 0) {
        if (n == -1)
            return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
        len += (size_t) n;
    }
    *ret_len = len;
    return 0;
}

/* "/etc/x/clouds.yaml" -> "/etc/x/secure.yaml" */
static char *
beside(const char *path)
{
    const char *slash = strrchr(path, '/');

    return xasprintf("%.*ssecure.yaml", slash ? (int) (slash - path) + 1 : 0,
                     path);
}

int
clouds_file_read(const char *path, const char *name,
                 struct cloud_conf *ret_conf, struct vmha_error *err)
{
    CLEANUP_FREE char *secure_path = beside(path);
    CLEANUP(bytes_free) char *bytes = xcalloc(1, ROOM);
    CLEANUP(bytes_free) char *secure_bytes = xcalloc(1, ROOM);
    struct settings_file clouds = { .name = path, .bytes = bytes };
    struct settings_file secure = { .name = secure_path };

    hide_memory();
    if (read_bytes(path, bytes, &clouds.len, err) == -1)
        return -1;
    if (access(secure_path, F_OK) == 0 || errno != ENOENT) {
        if (read_bytes(secure_path, secure_bytes, &secure.len, err) == -1)
            return -1;
        secure.bytes = secure_bytes;
    }
    return clouds_yaml_parse(&clouds, &secure, name, ret_conf, err);
}

/* Parameters into a file that param_from_file reads. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "param.h"
#include "xalloc.h"

static int
write_pairs(const struct param *table, const void *conf, FILE *out)
{
    for (const struct param *p = table; p->name; p++) {
        CLEANUP_FREE char *value = param_text(p, conf);

        if (value && fprintf(out, "%s=%s\n", p->name, value) < 0)
            return -1;
    }
    return fflush(out) == 0 && fsync(fileno(out)) == 0 ? 0 : -1;
}

int
param_to_file(const struct param *table, const void *conf, const char *path,
              struct vmha_error *err)
{
    CLEANUP_FREE char *tmp = xasprintf("%s.XXXXXX", path);
    CLEANUP_CLOSE int fd = mkostemp(tmp, O_CLOEXEC); /* mode 0600 */
    CLEANUP_FILE FILE *out = fd == -1 ? NULL : fdopen(fd, "w");

    if (!out)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", tmp);
    fd = -1; /* belongs to OUT */
    if (write_pairs(table, conf, out) == -1 || rename(tmp, path) == -1) {
        int saved = errno;

        (void) unlink(tmp); /* the error before is the one to report */
        return vmha_fail(err, VMHA_E_LOCAL, saved, "%s", path);
    }
    return 0;
}

/* Parameters from a file of name=value lines. */
#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include "lines.h"
#include "param.h"
#include "xalloc.h"

enum { FILE_MAX = 256 * 1024 };

int
param_from_text(const struct param *table, void *conf, const char *text,
                size_t len, struct vmha_error *err)
{
    CLEANUP(lines_clear) struct lines l;
    CLEANUP_FREE unsigned *seen = NULL; /* line of each row, 0: none yet */
    size_t n = 0;
    int rc;

    while (table[n].name)
        n++;
    seen = xcalloc(n + 1, sizeof *seen);
    lines_init(&l, text, len);
    while ((rc = lines_next(&l, err)) == 1) {
        const struct param *p = param_find(table, l.name);

        if (!l.value)
            return vmha_fail(err, VMHA_E_CONFIG, 0, "line %u: no '='",
                             l.number);
        if (p && seen[p - table])
            return vmha_fail(err, VMHA_E_CONFIG, 0,
                             "line %u: %s is also in line %u", l.number,
                             p->name, seen[p - table]);
        if (param_set(table, conf, l.name, l.value, err) == -1) {
            err->kind = VMHA_E_CONFIG;
            return vmha_context(err, "line %u", l.number);
        }
        seen[p - table] = l.number;
    }
    return rc;
}

int
param_from_file(const struct param *table, void *conf, const char *path,
                struct vmha_error *err)
{
    CLEANUP_BUF struct buf text = BUF_INIT(FILE_MAX);

    if (file_read(path, &text, err) == -1)
        return -1;
    if (param_from_text(table, conf, buf_str(&text), text.len, err) == -1)
        return vmha_context(err, "%s", path);
    return 0;
}

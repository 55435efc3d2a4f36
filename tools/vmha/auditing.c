/* Where vmha check and vmha setup find the cluster's configuration. */
#include "auditing.h"

#include <errno.h>

#include <glib.h>

#include "cibsync.h"

const char *const auditing_tools[] = { "pcs", "crm", NULL };

static int
run_file(const char *path, const struct audit_words *words, audit_fn *fn,
         void *arg, struct vmha_error *err)
{
    gsize len = 0;
    char *text = NULL;
    int rc;

    errno = 0;
    if (!g_file_get_contents(path, &text, &len, NULL))
        return vmha_fail(err, VMHA_E_ABSENT, errno, "%s", path);
    rc = audit_text(text, len, words, fn, arg, err);
    g_free(text);
    return rc == -1 ? vmha_context(err, "%s", path) : 0;
}

int
auditing_run(const char *path, const struct audit_words *words, audit_fn *fn,
             void *arg, struct vmha_error *err)
{
    struct cibsync *s;
    int rc;

    if (path)
        return run_file(path, words, fn, arg, err);
    s = cibsync_new("vmha", err);
    rc = s ? cibsync_audit(s, words, fn, arg, err) : -1;
    cibsync_free(s);
    return rc;
}

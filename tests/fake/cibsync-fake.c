/* cibsync.h on the cluster that is a directory ($VMHA_FAKE_CLUSTER), as far as
 * the command line tool needs it.
 */
#include "cibsync.h"

#include <stdlib.h>

#include <glib.h>

#include "cleanup.h"
#include "xalloc.h"

struct cibsync {
    char *path;
};

struct cibsync *
cibsync_new(const char *client, struct vmha_error *err)
{
    const char *dir = getenv("VMHA_FAKE_CLUSTER");
    struct cibsync *s;

    (void) client;
    if (!dir) {
        (void) vmha_fail(err, VMHA_E_ABSENT, 0, "there is no cluster");
        return NULL;
    }
    s = xcalloc(1, sizeof *s);
    s->path = xasprintf("%s/cib.xml", dir);
    return s;
}

void
cibsync_free(struct cibsync *s)
{
    if (!s)
        return;
    free(s->path);
    free(s);
}

int
cibsync_audit(struct cibsync *s, const struct audit_words *words, audit_fn *fn,
              void *arg, struct vmha_error *err)
{
    gsize len = 0;
    char *text = NULL;
    int rc;

    if (!g_file_get_contents(s->path, &text, &len, NULL))
        return vmha_fail(err, VMHA_E_AGAIN, 0, "reading the CIB failed");
    rc = audit_text(text, len, words, fn, arg, err);
    g_free(text);
    return rc;
}

/* The CIB for a short-lived program: a few calls, each of which blocks. */
#include "cibsync.h"

#include <errno.h>
#include <stdlib.h>

#include <crm/cib.h>
#include <crm/common/results.h>
#include <libxml/tree.h>

#include "journal-xml.h"
#include "topology.h"
#include "xalloc.h"

static const char topology_query[] =
    "/cib/configuration/nodes | /cib/configuration/resources | "
    "/cib/configuration/fencing-topology";

struct cibsync {
    cib_t *cib;
};

struct cibsync *
cibsync_new(const char *client, struct vmha_error *err)
{
    struct cibsync *s = xcalloc(1, sizeof *s);
    int rc;

    s->cib = cib_new();
    rc = s->cib ? s->cib->cmds->signon(s->cib, client, cib_command) : -ENOMEM;
    if (rc == pcmk_ok)
        return s;
    vmha_fail(err, VMHA_E_AGAIN, 0, "connecting to the CIB: %s",
              pcmk_strerror(rc));
    cibsync_free(s);
    return NULL;
}

void
cibsync_free(struct cibsync *s)
{
    if (!s)
        return;
    if (s->cib) {
        (void) s->cib->cmds->signoff(s->cib);
        cib_delete(s->cib);
    }
    free(s);
}

int
cibsync_check_target(struct cibsync *s, const char *target,
                     struct vmha_error *err)
{
    xmlNode *answer = NULL;
    int rc = s->cib->cmds->query(s->cib, topology_query, &answer,
                                 cib_xpath | cib_sync_call);

    if (rc != pcmk_ok || !answer)
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "reading the fencing topology: %s", pcmk_strerror(rc));
    rc = topology_check(answer, target, err);
    xmlFreeDoc(answer->doc);
    return rc;
}

int
cibsync_audit(struct cibsync *s, const struct audit_words *words, audit_fn *fn,
              void *arg, struct vmha_error *err)
{
    xmlNode *answer = NULL;
    int rc = s->cib->cmds->query(s->cib, NULL, &answer, cib_sync_call);

    if (rc != pcmk_ok || !answer)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "reading the CIB: %s",
                         pcmk_strerror(rc));
    audit_cib(answer, words, fn, arg);
    xmlFreeDoc(answer->doc);
    return 0;
}

int
cibsync_set(struct cibsync *s, const char *name, const char *value,
            struct vmha_error *err)
{
    const struct journal_pair pair = { name, value };
    xmlDoc *doc;
    int rc;

    if (!journal_is_printable(name) || !journal_is_printable(value))
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "journal: only printable ASCII is written");
    doc = journal_modify_doc(&pair, 1);
    rc = s->cib->cmds->modify(s->cib, "crm_config", xmlDocGetRootElement(doc),
                              cib_can_create | cib_sync_call);
    xmlFreeDoc(doc);
    if (rc != pcmk_ok)
        return vmha_fail(err, VMHA_E_UNKNOWN, 0,
                         "writing journal entry '%s': "
                         "%s",
                         name, pcmk_strerror(rc));
    return 0;
}

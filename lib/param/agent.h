/* What an agent is, as data: its table of parameters and its table of actions.
 * The dispatchers (lib/agent) run it, the emitters here describe it.
 */
#ifndef VMHA_AGENT_H
#define VMHA_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "param.h"

/* One action.  Times are in seconds, 0: not stated. */
struct agent_action {
    const char *name;
    unsigned timeout_s;
    unsigned interval_s;
    unsigned start_delay_s;
    unsigned depth;      /* OCF_CHECK_LEVEL of this monitor */
    const char *role;    /* "Promoted", or NULL */
    const char *on_fail; /* what recipes must set; OCF 1.1 metadata has no
                            place for it (pcs refuses it), the manual has */
    bool is_lenient;     /* runs though parameters are wrong or missing */
    bool is_hidden;      /* not in metadata */
    const char *text;    /* for the manual, whole sentences */
    /* Does it on CONF, the struct that the parameters describe.  -1 with ERR,
     * or the exit code of what was found (0: success).
     */
    int (*run)(void *conf, struct vmha_error *err);
};

struct agent {
    const char *name; /* of the program: recovery, fence_vmha */
    const char *version;
    const char *summary; /* no full stop */
    const char *text;    /* paragraphs, an empty line between them */
    const struct param *params;
    size_t conf_size;
    const struct agent_action *actions; /* ends with an empty row */
};

void doc_ocf(FILE *out, const struct agent *a);   /* OCF 1.1 metadata */
void doc_fence(FILE *out, const struct agent *a); /* fence agents' metadata */

/* A section of a manual with this title: the parameters of TABLE. */
void doc_pod_params(FILE *out, const char *title, const struct param *table);

/* Sections PARAMETERS and ACTIONS of the manual. */
void doc_pod(FILE *out, const struct agent *a);

#endif

/* The connection to the local CIB manager, on the GLib loop. */
#include "ciblink.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <crm/cib.h>
#include <crm/common/results.h>
#include <libxml/tree.h>

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include "cluster-xml.h"
#include "element.h"
#include "journal-xml.h"
#include "log.h"
#include "pace.h"
#include "timer.h"
#include "xalloc.h"

#ifndef T_CIB_DIFF_NOTIFY /* deprecated since 2.1.8, the text is the same */
#define T_CIB_DIFF_NOTIFY "cib_diff_notify"
#endif

enum {
    RETRY_MS = 1000,      /* between attempts to connect */
    FIRST_RETRY_MS = 100, /* the CIB manager is restarted within this time */
    READ_TIMEOUT_S = 5,
    /* A fencing makes a few changes, the last of which is the one that matters:
     * it must not wait for the gap after the others.
     */
    READ_BURST = 4,
    READ_GAP_MS = 150,
    BATCH_MAX = 64, /* journal writes in one request */
    /* Each request makes the scheduler start again, and drops what it was
     * about to do: ten a second kept a dead host from being fenced for as long
     * as they lasted (36 s in the lab).
     */
    WRITE_BURST = 4,
    WRITE_GAP_MS = 500,
    REQUEST_MAX = BATCH_MAX * JOURNAL_TEXT_MAX
};

/* Attributes only: at 200 remotes the whole status is half a megabyte. */
static const char status_query[] =
    "/cib | /cib/status/node_state | /cib/status/node_state/"
    "transient_attributes/instance_attributes/nvpair[@name='vmha-faults']";
static const char config_query[] =
    "/cib/configuration/crm_config | /cib/configuration/nodes | "
    "/cib/configuration/resources | /cib/configuration/rsc_defaults";

struct write {
    struct write *next;
    char *name;
    char *value;
    bool is_delete;
    bool is_bad; /* not to be sent */
    cluster_done_fn *fn;
    void *arg;
};

struct ciblink {
    cib_t *cib;
    char *client;
    ciblink_fn *fn;
    void *arg;
    bool is_connected;
    struct timer *retry;

    /* reading */
    struct timer *next_read;
    struct pace read_pace;
    bool is_reading;
    bool is_denied;   /* by access control lists, when last asked */
    bool is_poked;    /* something changed since the last request was sent */
    bool must_report; /* even if nothing changed */
    int64_t last_ms;  /* start of the last reading */
    xmlDoc *config, *status;
    char *config_key; /* what tells that the configuration is another one */
    int64_t read_ms;

    /* writing */
    bool is_quorate;
    struct write *writes; /* the first n_sent of them are one request */
    size_t n_sent;
    struct timer *next_write;
    struct pace write_pace; /* of requests */
};

/* libcib's notifications have no argument of ours. */
static struct ciblink *the_link;

static void connect_now(void *arg);
static void write_next(void *arg);

/* --- writes --- */

/* Answer and drop the first N writes. */
static void
answer_writes(struct ciblink *l, size_t n, const struct vmha_error *err)
{
    for (; n && l->writes; n--) {
        struct write *w = l->writes;

        l->writes = w->next;
        if (w->fn)
            w->fn(err, w->arg);
        free(w->name);
        free(w->value);
        free(w);
    }
}

static void
on_written(xmlNode *msg, int call_id, int rc, xmlNode *output, void *arg)
{
    struct ciblink *l = arg;
    size_t n = l->n_sent;
    struct vmha_error err = { 0 };

    (void) msg, (void) call_id, (void) output;
    if (!l->is_connected || n == 0)
        return; /* already answered when the connection was lost */
    if (rc == -ETIME)
        vmha_fail(&err, VMHA_E_UNKNOWN, 0,
                  "journal: the CIB did not answer in %d s",
                  CLUSTER_WRITE_TIMEOUT_S);
    else if (rc != pcmk_ok)
        vmha_fail(&err, VMHA_E_REFUSED, 0, "journal: the CIB said: %s",
                  pcmk_strerror(rc));
    l->n_sent = 0;
    timer_arm(&l->next_write, 0, write_next, l);
    answer_writes(l, n, rc == pcmk_ok ? NULL : &err);
}

/* How many of the first writes can be one request: of one kind. */
static size_t
batch_size(const struct write *first)
{
    size_t n = 0;

    for (const struct write *w = first; w && n < BATCH_MAX; w = w->next, n++)
        if (w->is_delete != first->is_delete || w->is_bad != first->is_bad)
            break;
    return n;
}

/* Is there a later write of the same name among the N? */
static bool
is_outdated(const struct write *w, size_t n)
{
    const struct write *later = w->next;

    for (; n > 1; n--, later = later->next)
        if (strcmp(later->name, w->name) == 0)
            return true;
    return false;
}

static int
send_sets(struct ciblink *l, size_t n)
{
    struct journal_pair pairs[BATCH_MAX];
    const struct write *w = l->writes;
    size_t n_pairs = 0;
    xmlDoc *doc;
    int call;

    for (size_t i = 0; i < n; i++, w = w->next)
        if (!is_outdated(w, n - i))
            pairs[n_pairs++] = (struct journal_pair){ w->name, w->value };
    doc = journal_modify_doc(pairs, n_pairs);
    call = l->cib->cmds->modify(l->cib, "crm_config", xmlDocGetRootElement(doc),
                                cib_can_create);
    xmlFreeDoc(doc);
    return call;
}

static int
send_deletes(struct ciblink *l, size_t n)
{
    CLEANUP_BUF struct buf path = BUF_INIT(REQUEST_MAX);
    const struct write *w = l->writes;

    for (size_t i = 0; i < n; i++, w = w->next) {
        const struct journal_pair pair = { w->name, w->value };

        if ((i && buf_add_str(&path, " | ") == -1) ||
            journal_pair_path(&path, &pair) == -1)
            return -EMSGSIZE;
    }
    return l->cib->cmds->remove(l->cib, buf_str(&path), NULL,
                                cib_xpath | cib_multiple);
}

static void
fail_writes(struct ciblink *l, size_t n, enum vmha_kind kind, const char *why)
{
    struct vmha_error err;

    vmha_fail(&err, kind, 0, "journal: %s", why);
    timer_arm(&l->next_write, 0, write_next, l);
    answer_writes(l, n, &err);
}

/* Send what waits, if nothing is on its way. */
static void
write_next(void *arg)
{
    struct ciblink *l = arg;
    size_t n = batch_size(l->writes);
    int64_t wait_ms;
    int call;

    if (l->n_sent || n == 0)
        return;
    if (l->writes->is_bad) {
        fail_writes(l, n, VMHA_E_INPUT,
                    "names and values must be short printable ASCII");
        return;
    }
    if (!l->is_connected || !l->is_quorate) {
        fail_writes(l, n, VMHA_E_AGAIN,
                    l->is_connected ? "no quorum" : "no connection to the CIB");
        return;
    }
    wait_ms = pace_wait_ms(&l->write_pace, clock_mono_ms());
    if (wait_ms > 0) {
        timer_arm(&l->next_write, wait_ms, write_next, l);
        return;
    }
    call = l->writes->is_delete ? send_deletes(l, n) : send_sets(l, n);
    pace_take(&l->write_pace, clock_mono_ms());
    if (call <= 0) {
        fail_writes(l, n, VMHA_E_AGAIN, pcmk_strerror(call));
        return;
    }
    l->n_sent = n;
    l->cib->cmds->register_callback_full(l->cib, call, CLUSTER_WRITE_TIMEOUT_S,
                                         FALSE, l, "on_written", on_written,
                                         NULL);
}

static void
add_write(struct ciblink *l, const char *name, const char *value,
          bool is_delete, cluster_done_fn *fn, void *arg)
{
    struct write **end = &l->writes, *w = xcalloc(1, sizeof *w);

    w->name = xstrdup(name);
    w->value = xstrdup(value);
    w->is_delete = is_delete;
    w->is_bad = !journal_is_printable(name) || !journal_is_printable(value) ||
                strlen(name) + strlen(value) > JOURNAL_TEXT_MAX / 4;
    w->fn = fn;
    w->arg = arg;
    while (*end)
        end = &(*end)->next;
    *end = w;
    if (!l->next_write)
        timer_arm(&l->next_write, 0, write_next, l);
}

void
ciblink_set(struct ciblink *l, const char *name, const char *value,
            cluster_done_fn *fn, void *arg)
{
    add_write(l, name, value, false, fn, arg);
}

void
ciblink_delete(struct ciblink *l, const char *name, const char *value,
               cluster_done_fn *fn, void *arg)
{
    add_write(l, name, value, true, fn, arg);
}

void
ciblink_set_quorate(struct ciblink *l, bool is_quorate)
{
    l->is_quorate = is_quorate;
}

/* --- connection --- */

static void
forget(struct ciblink *l)
{
    xmlFreeDoc(l->config);
    xmlFreeDoc(l->status);
    l->config = l->status = NULL;
    xstrset(&l->config_key, NULL);
}

/* The connection is gone, or useless.  libcib's own clean-up (signoff) must
 * not happen inside its callbacks: connect_now() does it.
 */
static void
lose(struct ciblink *l, const char *why)
{
    struct vmha_error err;
    size_t n = l->n_sent;

    if (!l->is_connected)
        return;
    log_debug("CIB: %s, connecting again", why);
    l->is_connected = false;
    l->is_reading = false;
    l->n_sent = 0;
    forget(l);
    timer_stop(&l->next_read);
    timer_arm(&l->retry, FIRST_RETRY_MS, connect_now, l);
    timer_arm(&l->next_write, 0, write_next, l);
    vmha_fail(&err, VMHA_E_UNKNOWN, 0, "journal: connection to the CIB lost");
    answer_writes(l, n, &err);
    l->fn(l->arg);
}

/* Also called during our own signoff, when we are not connected any more. */
static void
on_disconnect(gpointer unused)
{
    (void) unused;
    if (the_link)
        lose(the_link, "connection lost");
}

/* --- reading --- */

static void read_status(void *arg);

/* Read as soon as the pace allows. */
static void
poke(struct ciblink *l)
{
    l->is_poked = true;
    if (!l->is_connected || l->is_reading || l->next_read)
        return;
    timer_arm(&l->next_read, pace_wait_ms(&l->read_pace, clock_mono_ms()),
              read_status, l);
}

static void
on_diff(const char *event, xmlNode *msg)
{
    (void) event, (void) msg;
    if (the_link)
        poke(the_link);
}

static xmlDoc *
copy_tree(xmlNode *root)
{
    xmlDoc *doc = xmlNewDoc(AS_XML("1.0"));

    if (root)
        xmlDocSetRootElement(doc, xmlDocCopyNode(root, doc, 1));
    return doc;
}

static void
finish_reading(struct ciblink *l, bool is_new)
{
    bool must_tell = is_new || l->must_report;

    l->is_reading = false;
    l->read_ms = l->last_ms;
    if (l->is_poked)
        poke(l);
    else
        l->must_report = false;
    if (must_tell)
        l->fn(l->arg);
}

/* With access control lists, who may read nothing is refused, and who may not
 * read what we ask for is told that there is none: another connection would not
 * help then, another configuration may.
 */
static bool
is_bad(struct ciblink *l, int rc, const xmlNode *output)
{
    if (rc == pcmk_ok && output)
        return false;
    l->is_denied = rc == -EACCES || rc == -ENXIO;
    if (!l->is_denied) {
        lose(l, pcmk_strerror(rc));
        return true;
    }
    forget(l);
    finish_reading(l, true);
    if (!l->next_read)
        timer_arm(&l->next_read, RETRY_MS, read_status, l);
    return true;
}

typedef void answer_fn(xmlNode *msg, int call_id, int rc, xmlNode *output,
                       void *arg);

static void
ask(struct ciblink *l, const char *query, int options, answer_fn *fn)
{
    int call = l->cib->cmds->query(l->cib, query, NULL, cib_xpath | options);

    l->is_reading = true;
    if (call <= 0)
        lose(l, pcmk_strerror(call));
    else
        l->cib->cmds->register_callback_full(l->cib, call, READ_TIMEOUT_S,
                                             FALSE, l, "answer", fn, NULL);
}

static void
on_config(xmlNode *msg, int call_id, int rc, xmlNode *output, void *arg)
{
    struct ciblink *l = arg;

    (void) msg, (void) call_id;
    if (!l->is_reading || is_bad(l, rc, output))
        return;
    l->is_denied = false;
    xmlFreeDoc(l->config);
    l->config = copy_tree(output);
    finish_reading(l, true);
}

/* The text of E's attributes, but for the counter of status changes. */
static void
add_attrs(struct buf *text, const xmlNode *e)
{
    for (const xmlAttr *a = e->properties; a; a = a->next)
        if (strcmp((const char *) a->name, "num_updates") != 0 && a->children)
            (void) buf_printf(text, "%s=%s ", (const char *) a->name,
                              (const char *) a->children->content);
}

/* The generation of the configuration: Pacemaker raises epoch with each change
 * to it, and stamps who made it when (a merge of partitions may bring another
 * configuration of the same epoch).
 */
static char *
config_key(const xmlNode *status)
{
    CLEANUP_BUF struct buf text = BUF_INIT(64 * 1024);
    const xmlNode *top = element_find(status, "cib", NULL, 1);

    if (top)
        add_attrs(&text, top);
    return buf_take(&text);
}

/* The attributes of all node_states and of what they say, a line each. */
static char *
states_text(const xmlDoc *status)
{
    CLEANUP_BUF struct buf text = BUF_INIT(8 * 1024 * 1024);

    FOR_EACH_CHILD(e, status ? status->children : NULL) {
        if (element_is(e, "node_state") || element_is(e, "nvpair")) {
            add_attrs(&text, e);
            (void) buf_add_str(&text, "\n");
        }
    }
    return buf_take(&text);
}

static bool
same_states(const xmlDoc *a, const xmlDoc *b)
{
    CLEANUP_FREE char *a_text = states_text(a);
    CLEANUP_FREE char *b_text = states_text(b);

    return a && b && strcmp(a_text, b_text) == 0;
}

static void
on_status(xmlNode *msg, int call_id, int rc, xmlNode *output, void *arg)
{
    struct ciblink *l = arg;
    CLEANUP_FREE char *key = NULL;
    xmlDoc *status;
    bool is_new;

    (void) msg, (void) call_id;
    if (!l->is_reading || is_bad(l, rc, output))
        return;
    key = config_key(output);
    status = copy_tree(output);
    is_new = !same_states(l->status, status);
    xmlFreeDoc(l->status);
    l->status = status;
    if (l->config && !l->must_report && l->config_key &&
        strcmp(key, l->config_key) == 0) {
        finish_reading(l, is_new);
        return;
    }
    xstrset(&l->config_key, key);
    ask(l, config_query, 0, on_config);
}

static void
read_status(void *arg)
{
    struct ciblink *l = arg;

    l->is_poked = false;
    l->last_ms = clock_mono_ms();
    pace_take(&l->read_pace, l->last_ms);
    ask(l, status_query, cib_no_children, on_status);
}

void
ciblink_refresh(struct ciblink *l)
{
    l->must_report = true;
    poke(l);
}

void
ciblink_fill(const struct ciblink *l, struct cluster_view *view)
{
    const xmlNode *status = xmlDocGetRootElement(l->status);

    view->read_ms = l->read_ms;
    view->is_denied = l->is_denied;
    if (!l->config || !status)
        return;
    view->has_cib = cluster_xml_is_current(status);
    cluster_xml_read(xmlDocGetRootElement(l->config), status, view);
}

/* --- life --- */

static void
connect_now(void *arg)
{
    struct ciblink *l = arg;
    int rc;

    (void) l->cib->cmds->signoff(l->cib);
    rc = l->cib->cmds->signon(l->cib, l->client, cib_command);
    if (rc == pcmk_ok)
        rc = l->cib->cmds->set_connection_dnotify(l->cib, on_disconnect);
    if (rc == pcmk_ok)
        rc = l->cib->cmds->add_notify_callback(l->cib, T_CIB_DIFF_NOTIFY,
                                               on_diff);
    if (rc != pcmk_ok) {
        log_debug("CIB: %s, connecting again", pcmk_strerror(rc));
        timer_arm(&l->retry, RETRY_MS, connect_now, l);
        return;
    }
    l->is_connected = true;
    poke(l);
}

struct ciblink *
ciblink_new(const char *client, ciblink_fn *fn, void *arg)
{
    struct ciblink *l = xcalloc(1, sizeof *l);

    assert(!the_link);
    l->cib = cib_new();
    if (!l->cib)
        abort(); /* out of memory is its only reason */
    l->client = xstrdup(client);
    l->read_pace = (struct pace){ READ_BURST, READ_GAP_MS, 0 };
    l->write_pace = (struct pace){ WRITE_BURST, WRITE_GAP_MS, 0 };
    l->fn = fn;
    l->arg = arg;
    the_link = l;
    timer_arm(&l->retry, 0, connect_now, l);
    return l;
}

void
ciblink_free(struct ciblink *l)
{
    if (!l)
        return;
    the_link = NULL;
    timer_stop(&l->retry);
    timer_stop(&l->next_read);
    timer_stop(&l->next_write);
    (void) l->cib->cmds->signoff(l->cib);
    cib_delete(l->cib);
    forget(l);
    while (l->writes) {
        l->writes->fn = NULL;
        answer_writes(l, 1, NULL);
    }
    free(l->client);
    free(l);
}

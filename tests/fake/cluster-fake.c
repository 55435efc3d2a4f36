/* cluster.h without a cluster: reads a directory, for tests of the daemon.
 *
 * Linked before libcluster.la, this file takes the place of cluster.c.  The
 * directory is named by VMHA_FAKE_CLUSTER and is read again as soon as a file
 * in it is another one or has changed:
 *
 *     cib.xml   a whole CIB; without it the CIB connection counts as lost
 *     history   TARGET ACTION STATE COMPLETED_NS human|-   a line per fencing;
 *               STATE is done, failed or pending; without the file the
 *               connection to the fencer counts as lost
 *     quorum    1 or 0
 *     fail      OP NAME VERB [K], a line per rule; the first that matches a
 *               journal write holds.  OP is set or delete, NAME may be *; with
 *               K only the K-th line of the file writes is meant.  VERB is
 *                 error      nothing is written, VMHA_E_AGAIN
 *                 lie        it is written, but the answer is the same
 *                 hang       nothing is written, VMHA_E_UNKNOWN after the
 *                            time that a real write has
 *                 lost       it is written, but the answer is the same
 *                 slow=MS    ... MS (our time) after that answer; those that
 *                            follow wait for it, as at the DC
 *                 late=MS    it is written and answered MS (our time) later
 *                 die        the process kills itself before it is written
 *                 dead       ... and after
 *                 ghost=MS   ... and it is written MS (our time) later
 *     denied    while it is there the CIB does not let itself be read
 *     attribute-NODE-NAME
 *               its value, as the attribute manager has it
 *     tick      any text: once the views with all changes before it have been
 *               handed out, the file tock has it, too
 *
 * While the file is there that VMHA_FAKE_FREEZE names, no view is handed out:
 * to this process the cluster stands still, though its writes are carried out.
 *
 * Writers of these files must rename a new file over the old one, and of
 * cib.xml do so under flock of the file lock: the journal is in it.  The file
 * writes gets a line for each write that is tried: <epoch.ms> OP NAME VALUE and
 * the rule's VERB, or "-".  The file landed gets one for each that was written.
 */
#include "cluster.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "attribute-fake.h"
#include "cleanup.h"
#include "clock.h"
#include "cluster-xml.h"
#include "element.h"
#include "log.h"
#include "scan.h"
#include "timer.h"
#include "xalloc.h"

enum { POLL_MS = 20, FDS_MAX = 1024 };

enum verb {
    VERB_NONE,
    VERB_ERROR,
    VERB_LIE,
    VERB_HANG,
    VERB_LOST,
    VERB_DIE,
    VERB_DEAD,
    VERB_SLOW, /* from here on with a time */
    VERB_LATE,
    VERB_GHOST,
    N_VERBS
};

static const char *const verbs[N_VERBS] = {
    [VERB_NONE] = "-",      [VERB_ERROR] = "error", [VERB_LIE] = "lie",
    [VERB_HANG] = "hang",   [VERB_LOST] = "lost",   [VERB_DIE] = "die",
    [VERB_DEAD] = "dead",   [VERB_SLOW] = "slow=",  [VERB_LATE] = "late=",
    [VERB_GHOST] = "ghost="
};

struct write {
    struct write *next;
    char *name;
    char *value;
    bool is_delete;
    cluster_done_fn *fn;
    void *arg;
};

enum { FILE_CIB, FILE_HISTORY, FILE_QUORUM, FILE_TICK, N_FILES };
static const char *const file_names[N_FILES] = { "cib.xml", "history", "quorum",
                                                 "tick" };

struct cluster {
    char *dir;
    cluster_view_fn *fn;
    void *arg;
    guint poll;
    struct stat seen[N_FILES];
    bool must_read;
    struct write *writes;
    struct timer *next_write;
    int64_t slow_ms; /* how much later the first write is written */
};

/* Contents of a file of the directory (g_free it), or NULL. */
static char *
load(const struct cluster *c, const char *name)
{
    CLEANUP_FREE char *path = xasprintf("%s/%s", c->dir, name);
    char *text = NULL;

    (void) g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static xmlDoc *
load_cib(const struct cluster *c)
{
    char *text = load(c, file_names[FILE_CIB]);
    struct vmha_error err;
    xmlDoc *doc = NULL;

    if (text && !(doc = cluster_xml_parse(text, strlen(text), &err)))
        log_warning("cluster-fake: %s", err.text);
    g_free(text);
    return doc;
}

/* --- views --- */

static int
parse_fencing(const char *line, struct cluster_fencing *ret_fencing)
{
    static const char *const states[] = { "pending", "done", "failed" };
    gchar **word = g_strsplit(line, " ", 0);
    uint64_t when;
    int rc = -1;

    if (g_strv_length(word) == 5 && scan_u64(word[3], &when) == 0)
        for (size_t i = 0; i < N_ELEMENTS(states); i++)
            if (strcmp(word[2], states[i]) == 0) {
                ret_fencing->target = xstrdup(word[0]);
                ret_fencing->action = cluster_fence_action(word[1]);
                ret_fencing->state = (enum fence_state) i;
                ret_fencing->completed_ns = (int64_t) when;
                ret_fencing->is_human = strcmp(word[4], "human") == 0;
                rc = 0;
            }
    g_strfreev(word);
    return rc;
}

static void
read_history(const struct cluster *c, struct cluster_view *v)
{
    char *text = load(c, file_names[FILE_HISTORY]);
    gchar **line = text ? g_strsplit(text, "\n", 0) : NULL;

    v->has_history = text != NULL;
    for (size_t i = 0; line && line[i]; i++) {
        struct cluster_fencing f = { 0 };

        if (!*line[i])
            continue;
        if (parse_fencing(line[i], &f) == -1)
            log_warning("cluster-fake: history:%zu: '%s'", i + 1, line[i]);
        else
            *cluster_view_add_fencing(v) = f;
    }
    cluster_view_sort_fencings(v);
    g_strfreev(line);
    g_free(text);
}

static void
read_view(const struct cluster *c, struct cluster_view *v)
{
    xmlDoc *doc = load_cib(c);
    char *quorum = load(c, file_names[FILE_QUORUM]);
    char *denied = load(c, "denied");

    v->read_ms = clock_mono_ms();
    v->is_quorate = quorum && *quorum == '1';
    v->is_denied = denied != NULL;
    v->has_cib = doc != NULL && !v->is_denied;
    if (v->has_cib) {
        const xmlNode *root = xmlDocGetRootElement(doc);

        cluster_xml_read(root, root, v);
    }
    read_history(c, v);
    xmlFreeDoc(doc);
    g_free(denied);
    g_free(quorum);
}

static bool
has_changed(struct cluster *c)
{
    bool any = c->must_read;

    for (size_t i = 0; i < N_FILES; i++) {
        CLEANUP_FREE char *path = xasprintf("%s/%s", c->dir, file_names[i]);
        struct stat now = { 0 }, *old = &c->seen[i];

        (void) stat(path, &now); /* all zero where there is none */
        any |= now.st_ino != old->st_ino || now.st_size != old->st_size ||
               now.st_mtim.tv_sec != old->st_mtim.tv_sec ||
               now.st_mtim.tv_nsec != old->st_mtim.tv_nsec;
        *old = now;
    }
    c->must_read = false;
    return any;
}

/* Tell the writer of TICK (owned) that all before it was seen. */
static void
answer_tick(const struct cluster *c, char *tick)
{
    CLEANUP_FREE char *path = xasprintf("%s/tock", c->dir);

    if (tick)
        (void) g_file_set_contents(path, tick, -1, NULL);
    g_free(tick);
}

static gboolean
poll_files(gpointer data)
{
    const char *freeze = getenv("VMHA_FAKE_FREEZE");
    struct cluster *c = data;

    if (!(freeze && access(freeze, F_OK) == 0) && has_changed(c)) {
        CLEANUP(cluster_view_clear) struct cluster_view v = { 0 };
        char *tick = load(c, file_names[FILE_TICK]);

        read_view(c, &v);
        c->fn(&v, c->arg);
        answer_tick(c, tick);
    }
    return G_SOURCE_CONTINUE;
}

/* --- writes --- */

static xmlNode *
child_or_new(xmlNode *parent, const char *tag, const char *id)
{
    xmlNode *e;

    for (e = parent->children; e; e = e->next)
        if (element_is(e, tag) && (!id || element_attr_is(e, "id", id)))
            return e;
    e = xmlNewChild(parent, NULL, AS_XML(tag), NULL);
    if (id)
        xmlSetProp(e, AS_XML("id"), AS_XML(id));
    return e;
}

static void
change_journal(xmlNode *set, const struct write *w)
{
    CLEANUP_FREE char *id = cluster_xml_journal_id(w->name);
    xmlNode *e, *next;

    for (e = set->children; e; e = next) {
        next = e->next;
        if (w->is_delete && element_is(e, "nvpair") &&
            element_attr_is(e, "name", w->name) &&
            element_attr_is(e, "value", w->value)) {
            xmlUnlinkNode(e);
            xmlFreeNode(e);
        }
    }
    if (w->is_delete)
        return;
    e = child_or_new(set, "nvpair", id);
    xmlSetProp(e, AS_XML("name"), AS_XML(w->name));
    xmlSetProp(e, AS_XML("value"), AS_XML(w->value));
}

static int
open_in(const struct cluster *c, const char *name, int flags)
{
    CLEANUP_FREE char *path = xasprintf("%s/%s", c->dir, name);

    return open(path, flags | O_CREAT | O_CLOEXEC, 0600);
}

static const char *
op_of(const struct write *w)
{
    return w->is_delete ? "delete" : "set";
}

/* A line in FILE for W, which meets a rule of VERB. */
static void
note(const struct cluster *c, const char *file, const struct write *w,
     const char *verb)
{
    CLEANUP_FREE char *line =
        xasprintf("%.3f %s %s %s %.*s\n", (double) g_get_real_time() / 1e6,
                  op_of(w), w->name, w->value, (int) strcspn(verb, " "), verb);
    CLEANUP_CLOSE int fd = open_in(c, file, O_WRONLY | O_APPEND);

    if (write(fd, line, strlen(line)) != (ssize_t) strlen(line))
        log_error("cluster-fake: cannot write the file %s", file);
}

static int
write_cib(struct cluster *c, const struct write *w, struct vmha_error *err)
{
    CLEANUP_FREE char *path = xasprintf("%s/%s", c->dir, file_names[FILE_CIB]);
    CLEANUP_CLOSE int lock = open_in(c, "lock", O_RDWR);
    bool is_locked = flock(lock, LOCK_EX) == 0; /* until it is closed */
    xmlDoc *doc = is_locked ? load_cib(c) : NULL;
    xmlChar *text;
    xmlNode *e;
    gboolean is_written;
    int len;

    if (!doc)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "no CIB");
    e = child_or_new(xmlDocGetRootElement(doc), "configuration", NULL);
    e = child_or_new(e, "crm_config", NULL);
    e = child_or_new(e, "cluster_property_set", JOURNAL_SET_ID);
    change_journal(e, w);
    xmlDocDumpMemory(doc, &text, &len);
    note(c, "landed", w, "-"); /* first: we may be killed in between */
    is_written = g_file_set_contents(path, (const char *) text, len, NULL);
    xmlFree(text);
    xmlFreeDoc(doc);
    return is_written
               ? 0
               : vmha_fail(err, VMHA_E_LOCAL, 0, "cannot write %s", path);
}

/* How many lines the file writes has. */
static unsigned
count_writes(const struct cluster *c)
{
    char *all = load(c, "writes");
    unsigned n = 0;

    for (const char *s = all; s && *s; s++)
        n += *s == '\n';
    g_free(all);
    return n;
}

static enum verb
read_verb(const char *verb, uint64_t *ret_ms)
{
    for (enum verb v = VERB_ERROR; v < N_VERBS; v++) {
        size_t len = strlen(verbs[v]);

        if (v < VERB_SLOW ? strcmp(verb, verbs[v]) == 0
                          : strncmp(verb, verbs[v], len) == 0 &&
                                scan_u64(verb + len, ret_ms) == 0)
            return v;
    }
    return VERB_NONE;
}

/* One rule of the file fail; VERB_NONE where it is not for W, the NTH. */
static enum verb
read_rule(const char *line, const struct write *w, unsigned nth,
          uint64_t *ret_ms)
{
    gchar **word = g_strsplit(line, " ", 0);
    guint n = g_strv_length(word);
    enum verb verb = VERB_NONE;
    unsigned k = nth;

    if (n < 3 || n > 4 || (n == 4 && scan_uint(word[3], &k) == -1) ||
        (verb = read_verb(word[2], ret_ms)) == VERB_NONE)
        log_warning("cluster-fake: fail: '%s' makes no sense", line);
    else if (k != nth || strcmp(word[0], op_of(w)) != 0 ||
             (strcmp(word[1], "*") != 0 && strcmp(word[1], w->name) != 0))
        verb = VERB_NONE;
    g_strfreev(word);
    return verb;
}

static enum verb
verb_for(const struct cluster *c, const struct write *w, uint64_t *ret_ms)
{
    char *text = load(c, "fail");
    gchar **line = text ? g_strsplit(text, "\n", 0) : NULL;
    unsigned nth = count_writes(c) + 1;
    enum verb verb = VERB_NONE;
    const char *rule = NULL;

    for (size_t i = 0; line && line[i] && !rule; i++) {
        if (*line[i])
            verb = read_rule(line[i], w, nth, ret_ms);
        if (verb != VERB_NONE)
            rule = line[i];
    }
    note(c, "writes", w, rule ? strchr(strchr(rule, ' ') + 1, ' ') + 1 : "-");
    g_strfreev(line);
    g_free(text);
    return verb;
}

static void start_write(void *arg);

/* Answer the first write and go on with the next. */
static void
finish_write(struct cluster *c, const struct vmha_error *err)
{
    struct write *w = c->writes;

    c->writes = w->next;
    if (c->writes)
        timer_arm(&c->next_write, 0, start_write, c);
    if (w->fn)
        w->fn(err, w->arg);
    free(w->name);
    free(w->value);
    free(w);
}

static void
finish_late(void *arg)
{
    struct cluster *c = arg;
    struct vmha_error err;

    finish_write(c, write_cib(c, c->writes, &err) == -1 ? &err : NULL);
}

/* It was answered already; now those behind it may go. */
static void
land_slow(void *arg)
{
    struct cluster *c = arg;
    struct vmha_error err;

    (void) write_cib(c, c->writes, &err);
    finish_write(c, NULL);
}

static void
finish_unknown(void *arg)
{
    struct cluster *c = arg;
    struct write *w = c->writes;
    cluster_done_fn *fn = w->fn;
    struct vmha_error err;

    vmha_fail(&err, VMHA_E_UNKNOWN, 0, "the CIB did not answer in %d s",
              CLUSTER_WRITE_TIMEOUT_S);
    if (!c->slow_ms) {
        finish_write(c, &err);
        return;
    }
    w->fn = NULL;
    timer_arm(&c->next_write, c->slow_ms, land_slow, c);
    c->slow_ms = 0;
    if (fn)
        fn(&err, w->arg);
}

/* Die; the write that is on its way to the DC is done MS later. */
static void
die_before(struct cluster *c, int64_t ms)
{
    struct vmha_error err;

    if (fork() == 0) {
        for (int fd = 3; fd < FDS_MAX; fd++)
            (void) close(fd); /* the daemon's peers must see that it is gone */
        g_usleep((gulong) clock_real_ms(ms) * 1000);
        _exit(write_cib(c, c->writes, &err) == -1);
    }
    (void) raise(SIGKILL);
}

static void
start_write(void *arg)
{
    struct cluster *c = arg;
    struct vmha_error err;
    uint64_t ms = 0;
    enum verb verb = verb_for(c, c->writes, &ms);

    if (verb == VERB_LIE || verb == VERB_DEAD || verb == VERB_LOST)
        (void) write_cib(c, c->writes, &err);
    switch (verb) {
    case VERB_ERROR:
    case VERB_LIE:
        vmha_fail(&err, VMHA_E_AGAIN, 0, "told to fail");
        finish_write(c, &err);
        break;
    case VERB_DIE:
    case VERB_DEAD: (void) raise(SIGKILL); break;
    case VERB_GHOST: die_before(c, (int64_t) ms); break;
    case VERB_SLOW: c->slow_ms = (int64_t) ms; __attribute__((fallthrough));
    case VERB_LOST:
    case VERB_HANG:
        timer_arm(&c->next_write, CLUSTER_WRITE_TIMEOUT_S * 1000,
                  finish_unknown, c);
        break;
    default: timer_arm(&c->next_write, (int64_t) ms, finish_late, c); break;
    }
}

static void
queue_write(struct cluster *c, const struct write *wanted)
{
    struct write **end = &c->writes, *w = xcalloc(1, sizeof *w);

    *w = *wanted;
    if (!c->writes)
        timer_arm(&c->next_write, 0, start_write, c);
    while (*end)
        end = &(*end)->next;
    *end = w;
}

void
cluster_journal_set(struct cluster *c, const char *name, const char *value,
                    cluster_done_fn *fn, void *arg)
{
    queue_write(c, &(struct write){ .name = xstrdup(name),
                                    .value = xstrdup(value),
                                    .fn = fn,
                                    .arg = arg });
}

void
cluster_journal_delete(struct cluster *c, const char *name, const char *value,
                       cluster_done_fn *fn, void *arg)
{
    queue_write(c, &(struct write){ .name = xstrdup(name),
                                    .value = xstrdup(value),
                                    .is_delete = true,
                                    .fn = fn,
                                    .arg = arg });
}

/* --- life --- */

struct cluster *
cluster_new(const char *name, cluster_view_fn *fn, void *arg)
{
    const char *dir = getenv("VMHA_FAKE_CLUSTER");
    struct cluster *c = xcalloc(1, sizeof *c);

    if (!dir) {
        log_error("cluster-fake: VMHA_FAKE_CLUSTER is not set");
        exit(2);
    }
    log_info("cluster-fake: client '%s' reads '%s'", name, dir);
    c->dir = xstrdup(dir);
    c->fn = fn;
    c->arg = arg;
    c->must_read = true;
    c->poll = g_timeout_add(POLL_MS, poll_files, c);
    return c;
}

void
cluster_free(struct cluster *c)
{
    if (!c)
        return;
    g_source_remove(c->poll);
    timer_stop(&c->next_write);
    attribute_fake_forget();
    while (c->writes) {
        struct write *w = c->writes;

        c->writes = w->next;
        free(w->name);
        free(w->value);
        free(w);
    }
    free(c->dir);
    free(c);
}

void
cluster_refresh(struct cluster *c)
{
    c->must_read = true;
}

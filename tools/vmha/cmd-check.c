/* vmha check: is this cluster armed?  What is wrong, why it matters, the mend.
 */
#include <stdio.h>
#include <string.h>

#include "../history/put.h"
#include "auditing.h"
#include "command.h"
#include "document.h"
#include "group-ask.h"
#include "nova-audit.h"
#include "status.h"
#include "text.h"
#include "xalloc.h"

enum {
    OUT_MAX = 4 * 1024 * 1024,
    NOVA_WAIT_MS = 65000, /* each question may take a minute, but rarely does */
};

struct conf {
    char *cib; /* NULL: the cluster's */
    int with, output;
};

static const struct param params[] = {
    AUDITING_WITH_PARAM(struct conf),
    AUDITING_CIB_PARAM(struct conf),
    OUTPUT_PARAM(struct conf, output),
    { .name = NULL },
};

struct findings {
    struct json_object *list;
    unsigned n_bad;
};

static void
add(enum audit_severity severity, const char *what, const char *why,
    const char *mend, void *arg)
{
    struct findings *f = arg;
    struct json_object *o = json_object_new_object();

    f->n_bad += severity == AUDIT_BAD;
    put_text(o, "severity", severity == AUDIT_BAD ? "bad" : "note");
    put_text(o, "what", what);
    put_text(o, "why", why);
    put_text(o, "mend", mend);
    json_object_array_add(f->list, o);
}

/* --- where findings come from -------------------------------------------- */

static void
check_status(const struct status *s, struct findings *f)
{
    CLEANUP_FREE char *what =
        xasprintf("resource %s is %s%s%s", s->instance, s->state,
                  s->reason ? ": " : "", s->reason ? s->reason : "");

    if (strcmp(s->state, "ready") != 0)
        add(AUDIT_BAD, what, "its hosts are not recovered, or not now",
            "see vmha status and the log of vmha-recoveryd", f);
    for (size_t i = 0; i < s->n_warnings; i++)
        add(AUDIT_NOTE, s->warnings[i], NULL, NULL, f);
}

static void
check_states(const struct replies *replies, struct findings *f)
{
    struct vmha_error err;

    for (size_t i = 0; i < replies->n; i++) {
        const struct buf *body = &replies->list[i].body;
        CLEANUP_STATUS struct status s = { 0 };

        if (status_parse(body->data, body->len, &s, &err) == 0)
            check_status(&s, f);
        else
            add(AUDIT_BAD, err.text, "its answer cannot be read",
                "install the same version everywhere", f);
    }
}

/* All daemons have a part of it. */
static bool
is_enough(const struct reply *reply)
{
    (void) reply;
    return false;
}

/* What the daemons know of Nova; one of another version does not know "check",
 * and one that waits for its cloud is told of as degraded.
 */
static void
check_nova(struct ask *a, const struct audit_words *words, struct findings *f)
{
    CLEANUP_REPLIES struct replies replies = { 0 };
    struct vmha_error err;
    struct json_object *docs[REPLIES_MAX];
    size_t n = 0;

    if (ask_one(a, "{\"verb\":\"check\"}", is_enough, NOVA_WAIT_MS, &replies,
                &err) == -1) {
        add(AUDIT_NOTE, err.text, "what Nova has of the hosts is not known",
            "vmha check", f);
        return;
    }
    for (size_t i = 0; i < replies.n; i++)
        if ((docs[n] = document_parse(&replies.list[i])))
            n++;
    nova_audit(docs, n, words, add, f);
    while (n)
        json_object_put(docs[--n]);
}

static void
check_daemons(const struct audit_words *words, struct findings *f)
{
    CLEANUP_REPLIES struct replies replies = { 0 };
    struct vmha_error err;
    CLEANUP_ASK struct ask *a = ask_new(&err);

    if (!a || ask_all(a, "{\"verb\":\"status\"}", 0, &replies, &err) == -1) {
        add(AUDIT_BAD, err.text, "nobody recovers VMs now",
            "pcs resource cleanup; see the cluster's log", f);
        return;
    }
    check_states(&replies, f);
    check_nova(a, words, f);
}

/* --- output -------------------------------------------------------------- */

static const char *
member(struct json_object *o, const char *name)
{
    return json_object_get_string(json_object_object_get(o, name));
}

static void
put_line(struct buf *b, const char *head, const char *text)
{
    if (!text)
        return;
    (void) buf_add_str(b, head);
    (void) text_add(b, text, SIZE_MAX, text_is_utf8());
    (void) buf_add_str(b, "\n");
}

/* Commands, one below the other. */
static void
put_lines(struct buf *b, const char *head, const char *text)
{
    CLEANUP_FREE char *rest = xstrdup(text ? text : "");
    char *at = text ? rest : NULL, *line;

    while ((line = strsep(&at, "\n"))) {
        put_line(b, head, line);
        head = "            ";
    }
}

static void
show_text(const struct findings *f)
{
    CLEANUP_BUF struct buf b = BUF_INIT(OUT_MAX);
    size_t n = json_object_array_length(f->list);

    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(f->list, i);

        put_line(&b,
                 strcmp(member(o, "severity"), "bad") == 0 ? "bad   "
                                                           : "note  ",
                 member(o, "what"));
        put_line(&b, "      why:  ", member(o, "why"));
        put_lines(&b, "      mend: ", member(o, "mend"));
    }
    fputs(n ? buf_str(&b) : "Nothing found: this cluster is armed\n", stdout);
}

static void
show_document(const struct findings *f, enum output form)
{
    struct json_object *o = json_object_new_object();

    put_int(o, "version", 1);
    json_object_object_add(o, "findings", json_object_get(f->list));

    CLEANUP_FREE char *text = document_done(o, form, "check", text_is_utf8());
    fputs(text, stdout);
}

static int
check(void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;

    return command_refuse_empty("cib", conf->cib, err);
}

static int
run(const void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;
    struct audit_words words = { .tool = (enum recipe_tool) conf->with,
                                 .is_live = true };
    struct findings f = { .list = json_object_new_array() };
    int rc = auditing_run(conf->cib, &words, add, &f, err);

    if (rc == 0 && !conf->cib)
        check_daemons(&words, &f);
    if (rc == 0 && conf->output == OUTPUT_TEXT)
        show_text(&f);
    else if (rc == 0)
        show_document(&f, conf->output);
    if (rc == 0 && f.n_bad)
        rc = vmha_fail(err, VMHA_E_CONFIG, 0,
                       "%u thing%s must be mended before this cluster is armed",
                       f.n_bad, f.n_bad == 1 ? "" : "s");
    json_object_put(f.list);
    return rc;
}

const struct command command_check = {
    .name = "check",
    .usage = "[--with=pcs|crm] [--cib=FILE] [--output-as=text|json|xml]",
    .summary = "Is this cluster armed? What is wrong, why it matters, the mend",
    .params = params,
    .conf_size = sizeof(struct conf),
    .check = check,
    .run = run,
};

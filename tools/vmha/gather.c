/* The decision log, from where it is. */
#include "gather.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../history/logfile.h"
#include "../history/put.h"
#include "text.h"
#include "xalloc.h"

enum { DEPTH_MAX = 8, NODES_MAX = 64, UNSEEN_BYTES_MAX = 4096 };

void
gather_init(struct gather *g, const char *dir)
{
    struct vmha_error err;

    *g = (struct gather){ .dir = dir };
    if (dir)
        return;
    g->ask = ask_new(&err);
    if (!g->ask)
        g->trouble = xstrdup(err.text);
}

void
gather_clear(struct gather *g)
{
    ask_free(g->ask);
    free(g->trouble);
    free(g->unseen);
    *g = (struct gather){ 0 };
}

/* --- a reply ---------------------------------------------------------------
 */

static struct json_object *
member(struct json_object *o, const char *name)
{
    struct json_object *value = NULL;

    (void) json_object_object_get_ex(o, name, &value);
    return value;
}

static bool
is_text(struct json_object *o, const char *text)
{
    return json_object_is_type(o, json_type_string) &&
           strcmp(json_object_get_string(o), text) == 0;
}

/* Lines that make no sense count as damaged. */
static void
add_lines(struct json_object *lines, const struct history_query *q,
          struct history_list *list)
{
    for (size_t i = 0; i < json_object_array_length(lines); i++) {
        struct history_line line;
        struct vmha_error unused;

        if (history_line_of(json_object_array_get_idx(lines, i), &line,
                            &unused) == -1)
            list->n_damaged++;
        else if (history_matches(q, &line))
            history_list_add(list, q, &line);
        else
            history_line_clear(&line);
    }
}

static int
check_reply(struct json_object *o, struct vmha_error *err)
{
    struct json_object *error = member(o, "error");

    if (json_object_is_type(error, json_type_string))
        return vmha_fail(err, VMHA_E_REFUSED, 0, "%s",
                         json_object_get_string(error));
    if (json_object_get_int64(member(o, "version")) == 1 &&
        json_object_is_type(member(o, "node"), json_type_string) &&
        json_object_is_type(member(o, "nodes"), json_type_array) &&
        json_object_is_type(member(o, "lines"), json_type_array))
        return 0;
    return vmha_fail(err, VMHA_E_INPUT, 0, "it is no history");
}

int
gather_reply(const char *text, size_t len, const struct history_query *q,
             const char *have, struct history_list *list,
             struct json_object **ret_reply, struct vmha_error *err)
{
    struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *o = json_tokener_parse_ex(tok, text, (int) len);

    json_tokener_free(tok);
    if (!json_object_is_type(o, json_type_object)) {
        json_object_put(o);
        return vmha_fail(err, VMHA_E_INPUT, 0, "no JSON object");
    }
    if (check_reply(o, err) == -1) {
        json_object_put(o);
        return -1;
    }
    if (!is_text(member(o, "node"), have)) {
        add_lines(member(o, "lines"), q, list);
        list->n_damaged += (size_t) json_object_get_int64(member(o, "damaged"));
        list->is_cut |= json_object_get_boolean(member(o, "is_cut"));
    }
    *ret_reply = o;
    return 0;
}

/* --- all of them -----------------------------------------------------------
 */

/* Nodes of the cluster, and those whose history was seen. */
struct nodes {
    struct json_object *replies[REPLIES_MAX];
    size_t n;
    const char *self;
};

static bool
is_seen(const struct nodes *nodes, const char *node)
{
    for (size_t i = 0; i < nodes->n; i++)
        if (is_text(member(nodes->replies[i], "node"), node))
            return true;
    return strcmp(nodes->self, node) == 0;
}

/* Daemons tell the same nodes, mostly: each once. */
static char *
find_unseen(const struct nodes *nodes)
{
    CLEANUP_BUF struct buf b = BUF_INIT(UNSEEN_BYTES_MAX);

    for (size_t i = 0; i < nodes->n; i++) {
        struct json_object *list = member(nodes->replies[i], "nodes");

        for (size_t k = 0; k < json_object_array_length(list); k++) {
            const char *node =
                json_object_get_string(json_object_array_get_idx(list, k));
            CLEANUP_FREE char *word = xasprintf(" %s,", node ? node : "");

            if (node && !is_seen(nodes, node) && !strstr(buf_str(&b), word))
                (void) buf_add_str(&b, word); /* cut if need be */
        }
    }
    return b.len ? xstrndup(buf_str(&b) + 1, b.len - 2) : NULL;
}

static char *
request_text(const struct history_query *q)
{
    struct json_object *o = json_object_new_object();

    put_text(o, "verb", "history");
    history_query_put(o, q);
    return put_done(o);
}

static void
read_reply(struct gather *g, const struct reply *p,
           const struct history_query *q, const char *have,
           struct history_list *list, struct nodes *nodes)
{
    struct json_object **reply = &nodes->replies[nodes->n];
    struct vmha_error err;

    if (gather_reply(buf_str(&p->body), p->body.len, q, have, list, reply,
                     &err) == 0) {
        nodes->n++;
        return;
    }
    free(g->trouble);
    g->trouble = xasprintf("'%s' on node %u: %s", p->instance,
                           (unsigned) p->node_id, err.text);
}

/* Ask the daemons; those that do not know the question show nothing. */
static int
ask_daemons(struct gather *g, const struct history_query *q, const char *self,
            bool has_files, struct history_list *list, struct vmha_error *err)
{
    CLEANUP_FREE char *request = request_text(q);
    CLEANUP_REPLIES struct replies replies = { 0 };
    struct nodes nodes = { .self = self };

    if (ask_all(g->ask, request, 0, &replies, err) == -1)
        return -1;
    for (size_t i = 0; i < replies.n; i++)
        read_reply(g, &replies.list[i], q, has_files ? self : "", list, &nodes);
    free(g->unseen);
    g->unseen = find_unseen(&nodes);
    for (size_t i = 0; i < nodes.n; i++)
        json_object_put(nodes.replies[i]);
    return 0;
}

/* The same ones are met again by the next question. */
static void
note_damage(struct gather *g, const struct history_list *list)
{
    if (list->n_damaged > g->n_damaged)
        g->n_damaged = list->n_damaged;
}

int
gather_lines(struct gather *g, const struct history_query *q,
             struct history_list *list, struct vmha_error *err)
{
    const char *dir = g->dir ? g->dir : VMHA_STATEDIR;
    char self[256] = "";
    bool has_files = history_list_load(list, q, dir, NULL, err) == 0;
    struct vmha_error why;

    note_damage(g, list);
    if (g->dir)
        return has_files ? 0 : -1;
    (void) gethostname(self, sizeof self - 1); /* "" is nobody's */
    if (g->ask && ask_daemons(g, q, self, has_files, list, &why) == -1)
        xstrset(&g->trouble, why.text);
    else if (g->ask)
        has_files = true;
    note_damage(g, list);
    if (has_files)
        return 0;
    return vmha_fail(err, VMHA_E_ABSENT, 0, "no history on this node, and %s",
                     g->trouble);
}

/* --- what may be missing ---------------------------------------------------
 */

void
gather_put(const struct gather *g, struct json_object *o)
{
    put_int(o, "damaged", (int64_t) g->n_damaged);
    put_text(o, "not_seen", g->unseen);
    put_text(o, "trouble", g->trouble);
}

static void
warn(const char *what, const char *which)
{
    CLEANUP_BUF struct buf b = BUF_INIT(UNSEEN_BYTES_MAX);
    bool is_utf8 = text_is_utf8();

    (void) text_add(&b, which, SIZE_MAX, is_utf8); /* cut if need be */
    fprintf(stderr, "vmha: %s%s\n", what, buf_str(&b));
}

void
gather_warn(const struct gather *g)
{
    CLEANUP_FREE char *damaged =
        xasprintf("%zu lines that cannot be read", g->n_damaged);

    if (g->trouble)
        warn("no daemon was asked: ", g->trouble);
    if (g->unseen)
        warn("not seen: what daemons decided on these nodes, so run it there, "
             "too: ",
             g->unseen);
    if (g->n_damaged)
        warn("left out: ", damaged);
}

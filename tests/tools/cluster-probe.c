/* Shows what lib/cluster sees and does, for scenarios.
 *
 *     cluster-probe                      a line per view of the cluster, and
 * per message to the group "probe" cluster-probe TARGET NAME VALUE    what
 * fence_vmha does: check TARGET's fencing topology, write the journal
 *
 * Commands on stdin of the first form:
 *
 *     set NAME VALUE | delete NAME VALUE | refresh | say TEXT | quit
 *
 * Every line on stdout starts with the time in ms since the epoch.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>

#include "cibsync.h"
#include "cleanup.h"
#include "clock.h"
#include "cluster.h"
#include "group.h"
#include "log.h"
#include "xalloc.h"

static GMainLoop *loop;
static struct cluster *cluster;
static struct group *group;

static void
print_nodes(const struct cluster_view *v)
{
    for (size_t i = 0; i < v->n_nodes; i++) {
        const struct cluster_node *n = &v->nodes[i];

        printf(" node=%s:%s:%s:%" PRId64 "%s%s", n->name,
               n->is_remote ? "remote" : "member",
               n->is_online ? "online" : "offline", n->fenced_s,
               n->is_unmanaged ? ":unmanaged" : "",
               n->is_standby ? ":standby" : "");
    }
}

static void
on_view(const struct cluster_view *v, void *arg)
{
    static const char *const actions[] = { "other", "on", "off", "reboot" };
    static const char *const states[] = { "pending", "done", "failed" };

    (void) arg;
    printf("%" PRId64 " view cib=%d history=%d quorate=%d", clock_wall_ms(),
           v->has_cib, v->has_history, v->is_quorate);
    print_nodes(v);
    for (size_t i = 0; i < v->n_entries; i++)
        printf(" entry=%s=%s", v->entries[i].name, v->entries[i].value);
    for (size_t i = 0; i < v->n_instances; i++)
        printf(" instance=%s", v->instances[i].id);
    for (size_t i = 0; i < v->n_fencings; i++) {
        const struct cluster_fencing *f = &v->fencings[i];

        printf(" fencing=%s:%s:%s:%" PRId64 "%s", f->target, actions[f->action],
               states[f->state], f->completed_ns, f->is_human ? ":human" : "");
    }
    printf("%s%s\n", v->problem ? " problem=" : "",
           v->problem ? v->problem : "");
    fflush(stdout);
}

struct request {
    char *text;
    int64_t start_ms;
};

static void
on_done(const struct vmha_error *err, void *arg)
{
    struct request *r = arg;

    printf("%" PRId64 " done %s: %s after %" PRId64 " ms%s%s\n",
           clock_wall_ms(), r->text, err ? vmha_kind_name(err->kind) : "ok",
           clock_mono_ms() - r->start_ms, err ? ": " : "",
           err ? err->text : "");
    fflush(stdout);
    free(r->text);
    free(r);
}

static void
on_message(const void *data, size_t len, uint32_t node_id, uint32_t pid,
           void *arg)
{
    (void) arg;
    printf("%" PRId64 " message %zu bytes from %" PRIu32 ":%" PRIu32
           "%s '%.*s'\n",
           clock_wall_ms(), len, node_id, pid,
           node_id == group_node_id(group) ? " (this node)" : "",
           len < 100 ? (int) len : 100, (const char *) data);
    fflush(stdout);
}

static void
say(const char *text)
{
    struct vmha_error err;

    if (group_send(group, text, strlen(text), &err) == -1)
        printf("%" PRId64 " unsent: %s\n", clock_wall_ms(), err.text);
    fflush(stdout);
}

static void
obey(char *line)
{
    CLEANUP_FREE char *text = xstrdup(line);
    char *op = strsep(&line, " "), *name = strsep(&line, " ");
    struct request *r;

    if (strcmp(op, "quit") == 0) {
        g_main_loop_quit(loop);
    } else if (strcmp(op, "refresh") == 0) {
        cluster_refresh(cluster);
    } else if (strcmp(op, "say") == 0) {
        say(text + strlen("say "));
    } else if (name && line) {
        r = xcalloc(1, sizeof *r);
        r->text = TAKE(text);
        r->start_ms = clock_mono_ms();
        if (strcmp(op, "set") == 0)
            cluster_journal_set(cluster, name, line, on_done, r);
        else
            cluster_journal_delete(cluster, name, line, on_done, r);
    }
}

/* Line by line; a command line is short and comes in one piece or more. */
static gboolean
on_stdin(gint fd, GIOCondition condition, gpointer arg)
{
    static char text[65536];
    static size_t len;
    ssize_t n = read(fd, text + len, sizeof text - 1 - len);
    char *rest = text, *end;

    (void) condition, (void) arg;
    if (n <= 0) {
        g_main_loop_quit(loop);
        return G_SOURCE_REMOVE;
    }
    len += (size_t) n;
    text[len] = '\0';
    while ((end = strchr(rest, '\n'))) {
        *end = '\0';
        obey(rest);
        rest = end + 1;
    }
    len = strlen(rest);
    memmove(text, rest, len + 1);
    return G_SOURCE_CONTINUE;
}

static int
report(const char *what, int64_t start_ms, const struct vmha_error *err)
{
    printf("%" PRId64 " %s: %s after %" PRId64 " ms%s%s\n", clock_wall_ms(),
           what, err ? vmha_kind_name(err->kind) : "ok",
           clock_mono_ms() - start_ms, err ? ": " : "", err ? err->text : "");
    return err ? 1 : 0;
}

/* Times count from the start of the program. */
static int
write_intent(const char *target, const char *name, const char *value)
{
    int64_t start_ms = clock_mono_ms();
    struct vmha_error err;
    struct cibsync *s = cibsync_new("cluster-probe", &err);
    int rc;

    if (!s)
        return report("connect", start_ms, &err);
    rc = cibsync_check_target(s, target, &err);
    report("check", start_ms, rc == -1 ? &err : NULL);
    if (rc == 0) {
        rc = cibsync_set(s, name, value, &err);
        report("write", start_ms, rc == -1 ? &err : NULL);
    }
    cibsync_free(s);
    return rc == 0 ? 0 : 1;
}

static int
watch(void)
{
    struct vmha_error err;

    loop = g_main_loop_new(NULL, FALSE);
    printf("%" PRId64 " start\n", clock_wall_ms());
    fflush(stdout);
    cluster = cluster_new("cluster-probe", on_view, NULL);
    group = group_new("probe", false, on_message, NULL, &err);
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_stdin, NULL);
    g_main_loop_run(loop);
    cluster_free(cluster);
    group_free(group);
    g_main_loop_unref(loop);
    return 0;
}

int
main(int argc, char **argv)
{
    int rc;

    log_open("cluster-probe", true, false);
    rc = argc == 4 ? write_intent(argv[1], argv[2], argv[3]) : watch();
    log_close();
    return rc;
}

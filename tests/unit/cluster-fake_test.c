/* tests/fake: the cluster that is a directory. */
#include <glib.h>
#include <stdlib.h>

#include "clock.h"
#include "cluster.h"
#include "tap.h"
#include "xalloc.h"

enum { DEADLINE_MS = 5000 };

static char dir[] = "/tmp/cluster-fake-XXXXXX";
static unsigned n_views, n_nodes, n_fencings;
static bool has_cib, has_history, is_quorate;
static char *journal, *newest, *answers;

static void
on_view(const struct cluster_view *v, void *arg)
{
    const struct cluster_entry *e = cluster_view_entry(v, "vmha-host-cmp1");

    (void) arg;
    n_views++;
    n_nodes = (unsigned) v->n_nodes;
    n_fencings = (unsigned) v->n_fencings;
    has_cib = v->has_cib;
    has_history = v->has_history;
    is_quorate = v->is_quorate;
    xstrset(&journal, e ? e->value : NULL);
    xstrset(&newest, v->n_fencings ? v->fencings[0].target : NULL);
}

/* A label for on_done(); lives as long as the test. */
#define TAG(s) ((char[]){ s })

/* Appends ARG and the error's kind to the answers. */
static void
on_done(const struct vmha_error *err, void *arg)
{
    char *all =
        xasprintf("%s%s=%s ", answers ? answers : "", (const char *) arg,
                  err ? vmha_kind_name(err->kind) : "ok");

    free(answers);
    answers = all;
}

static void
put(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    if (text)
        g_file_set_contents(path, text, -1, NULL);
    else
        (void) remove(path);
}

/* Run the loop until COND holds, at most DEADLINE_MS. */
#define until(cond)                                                            \
    do {                                                                       \
        gint64 end = g_get_monotonic_time() + DEADLINE_MS * 1000;              \
        guint tick = g_timeout_add(5, keep_ticking, NULL);                     \
        while (!(cond) && g_get_monotonic_time() < end)                        \
            g_main_context_iteration(NULL, TRUE);                              \
        g_source_remove(tick);                                                 \
        ok(cond);                                                              \
    } while (0)

static gboolean
keep_ticking(gpointer unused)
{
    (void) unused;
    return G_SOURCE_CONTINUE;
}

static struct cluster *
start(void)
{
    struct cluster *c;

    put("cib.xml", "<cib><configuration><crm_config/></configuration><status>"
                   "<node_state uname='ctl1' in_ccm='true'/></status></cib>");
    put("history", NULL);
    put("quorum", NULL);
    put("fail", NULL);
    n_views = 0;
    xstrset(&answers, NULL);
    c = cluster_new("test", on_view, NULL);
    until(n_views == 1);
    return c;
}

static bool
answered(const char *want)
{
    return answers && strcmp(answers, want) == 0;
}

static void
test_files(void)
{
    struct cluster *c = start();

    ok(has_cib && !has_history && !is_quorate && n_nodes == 1);
    put("quorum", "1\n");
    until(is_quorate);
    put("history", "cmp1 off done 5 -\nnonsense\ncmp2 reboot failed 7 human\n"
                   "cmp3 off pending 0 -\n");
    until(has_history);
    ok(n_fencings == 3);
    is_str(newest, "cmp2");
    put("cib.xml", "<cib>");
    until(!has_cib);
    put("cib.xml", NULL);
    put("quorum", "0");
    until(!is_quorate);
    n_views = 0;
    cluster_refresh(c);
    until(n_views == 1);
    cluster_free(c);
}

static void
test_journal(void)
{
    struct cluster *c = start();

    cluster_journal_set(c, "vmha-host-cmp1", "a<\"", on_done, TAG("1"));
    ok(!answers);
    until(answered("1=ok "));
    until(journal && strcmp(journal, "a<\"") == 0);
    cluster_journal_set(c, "vmha-host-cmp1", "b", on_done, TAG("2"));
    cluster_journal_set(c, "vmha-host-cmp2", "x", on_done, TAG("3"));
    cluster_journal_delete(c, "vmha-host-cmp1", "a", on_done, TAG("4"));
    until(answered("1=ok 2=ok 3=ok 4=ok "));
    until(journal && strcmp(journal, "b") == 0);
    cluster_journal_delete(c, "vmha-host-cmp1", "b", on_done, TAG("5"));
    until(journal == NULL);
    ok(n_nodes == 1);
    cluster_free(c);
}

static void
test_faults(void)
{
    struct cluster *c = start();

    put("fail", "set vmha-host-cmp1 error\nset b lost\nset c hang\n"
                "delete * late=20\n");
    cluster_journal_set(c, "vmha-host-cmp1", "1", on_done, TAG("a"));
    cluster_journal_set(c, "b", "1", on_done, TAG("b"));
    cluster_journal_set(c, "c", "1", on_done, TAG("c"));
    cluster_journal_delete(c, "b", "1", on_done, TAG("d"));
    until(answered("a=again b=unknown c=unknown d=ok "));
    put("fail", NULL);
    cluster_journal_set(c, "vmha-host-cmp1", "2", on_done, TAG("e"));
    until(journal && strcmp(journal, "2") == 0);
    cluster_journal_set(c, "vmha-host-cmp1", "3", on_done, TAG("never"));
    cluster_free(c);
    ok(!strstr(answers, "never"));
}

static void
test_lies(void)
{
    struct cluster *c = start();

    put("fail", "set vmha-host-cmp1 lie 1\nset vmha-host-cmp1 slow=50 2\n");
    put("writes", NULL);
    cluster_journal_set(c, "vmha-host-cmp1", "1", on_done, TAG("a"));
    until(answered("a=again "));
    until(journal && strcmp(journal, "1") == 0);
    cluster_journal_set(c, "vmha-host-cmp1", "2", on_done, TAG("b"));
    until(answered("a=again b=unknown "));
    cluster_journal_set(c, "x", "1", on_done, TAG("c"));
    until(answered("a=again b=unknown c=ok "));
    until(journal && strcmp(journal, "2") == 0);
    cluster_free(c);
}

static void
test_clean_up(void)
{
    put("landed", NULL);
    put("cib.xml", NULL);
    put("history", NULL);
    put("quorum", NULL);
    put("fail", NULL);
    put("lock", NULL);
    put("writes", NULL);
    is_int(rmdir(dir), 0);
    xstrset(&journal, NULL);
    xstrset(&newest, NULL);
    xstrset(&answers, NULL);
}

int
main(void)
{
    static const struct tap_test tests[] = {
        { "a view follows each change of a file", test_files },
        { "journal writes are carried out in order", test_journal },
        { "writes fail, hang and come late as told", test_faults },
        { "writes that fail are done all the same, or later", test_lies },
        { "nothing is left behind", test_clean_up },
    };

    /* The time of a write that hangs shall not be waited for. */
    clock_set_speed(50);
    if (!mkdtemp(dir))
        return 1;
    setenv("VMHA_FAKE_CLUSTER", dir, 1);
    return tap_main(tests, sizeof tests / sizeof tests[0]);
}

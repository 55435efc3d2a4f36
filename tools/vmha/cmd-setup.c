/* vmha setup: the commands that this cluster still needs to be armed, printed,
 * for an administrator to read, and to run.
 */
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "auditing.h"
#include "buf.h"
#include "cleanup.h"
#include "command.h"
#include "text.h"
#include "xalloc.h"

enum { OUT_MAX = 4 * 1024 * 1024 };

struct conf {
    char *cib, *cloud; /* NULL: the cluster's; not known */
    int with;
};

static const struct param params[] = {
    AUDITING_WITH_PARAM(struct conf),
    { .name = "cloud",
      FIELD_STRING(struct conf, cloud),
      .summary = "The cloud's name in clouds.yaml (a placeholder, NAME, stands "
                 "there without it)" },
    AUDITING_CIB_PARAM(struct conf),
    { .name = NULL },
};

struct script {
    struct buf text;
    GHashTable *told; /* commands: one may mend several findings */
};

static void
add_line(struct script *s, const char *head, const char *line)
{
    (void) buf_add_str(&s->text, head);
    (void) text_add(&s->text, line, SIZE_MAX, text_is_utf8());
    (void) buf_add_str(&s->text, "\n");
}

static void
add(enum audit_severity severity, const char *what, const char *why,
    const char *mend, void *arg)
{
    struct script *s = arg;
    CLEANUP_FREE char *rest = xstrdup(mend);
    char *at = rest, *line;

    (void) severity, (void) why;
    add_line(s, "# ", what);
    while ((line = strsep(&at, "\n")))
        if (g_hash_table_add(s->told, g_strdup(line)))
            add_line(s, "", line);
}

static int
check(void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;

    return command_refuse_empty("cib", conf->cib, err) == -1
               ? -1
               : command_refuse_empty("cloud", conf->cloud, err);
}

static int
run(const void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;
    struct audit_words words = { .tool = (enum recipe_tool) conf->with,
                                 .cloud = conf->cloud };
    struct script s = {
        .text = BUF_INIT(OUT_MAX),
        .told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    int rc = auditing_run(conf->cib, &words, add, &s, err);

    if (rc == 0)
        fputs(s.text.len
                  ? buf_str(&s.text)
                  : "# Nothing to do: the configuration is complete (see "
                    "vmha check)\n",
              stdout);
    g_hash_table_destroy(s.told);
    buf_clear(&s.text);
    return rc;
}

const struct command command_setup = {
    .name = "setup",
    .usage = "[--with=pcs|crm] [--cloud=NAME] [--cib=FILE]",
    .summary = "Prints the commands that this cluster still needs to be armed",
    .params = params,
    .conf_size = sizeof(struct conf),
    .check = check,
    .run = run,
};

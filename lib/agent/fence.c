/* A fence agent from its tables. */
#include "fence.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include "xalloc.h"

static const char *program; /* for warn(), which has no argument for it */

static void
warn(const char *what)
{
    fprintf(stderr, "%s: %s, ignoring\n", program, what);
}

static void
usage(FILE *out, const struct agent *a)
{
    fprintf(out,
            "%s %s: %s\nusage: %s [OPTION]...\n"
            "Without an option, name=value lines are read from standard "
            "input.\n\n",
            a->name, a->version, a->summary, a->name);
    for (const struct param *p = a->params; p->name; p++) {
        if (p->flags & PARAM_HIDDEN)
            continue;
        fprintf(out, "  -%c, --%s=VALUE\n        %s\n", p->opt, p->name,
                p->summary);
    }
    fputs("  -h, --help\n  -V, --version\n\nactions:", out);
    for (const struct agent_action *x = a->actions; x->name; x++)
        fprintf(out, " %s", x->name);
    fputc('\n', out);
}

static int
wait_for_input(int64_t deadline, struct vmha_error *err)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    int64_t left = deadline - clock_mono_ms();
    int rc = left > 0 ? poll(&in, 1, (int) left) : 0;

    if (rc == -1 && errno != EINTR)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "standard input");
    if (rc == 0)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "standard input did not end within %d ms",
                         FENCE_STDIN_MS);
    return 0;
}

static int
read_stdin(struct buf *text, struct vmha_error *err)
{
    int64_t deadline = clock_mono_ms() + FENCE_STDIN_MS;
    char chunk[4096];
    ssize_t n = 1;

    while (n != 0) {
        if (wait_for_input(deadline, err) == -1)
            return -1;
        n = read(STDIN_FILENO, chunk, sizeof chunk);
        if (n < 0 && errno != EINTR)
            return vmha_fail(err, VMHA_E_LOCAL, errno, "standard input");
        if (n > 0 && buf_add(text, chunk, (size_t) n) == -1)
            return vmha_fail(err, VMHA_E_INPUT, 0,
                             "standard input is too long");
    }
    return 0;
}

static int
see_help(const struct agent *a, struct vmha_error *err)
{
    size_t len = strlen(err->text);

    snprintf(err->text + len, sizeof err->text - len, " (see %s --help)",
             a->name);
    return -1;
}

static int
read_params(const struct agent *a, void *conf, int argc, char **argv,
            struct vmha_error *err)
{
    CLEANUP_BUF struct buf text = BUF_INIT(PARAM_STDIN_MAX);

    if (param_defaults(a->params, conf, err) == -1)
        return -1;
    if (argc > 1)
        return param_from_argv(a->params, conf, argc, argv, err) == -1
                   ? see_help(a, err)
                   : 0;
    if (read_stdin(&text, err) == -1)
        return -1;
    return param_from_stdin(a->params, conf, buf_str(&text), text.len, warn,
                            err);
}

static int
run_action(const struct agent *a, void *conf, struct vmha_error *err)
{
    const struct param *row = param_find(a->params, "action");
    CLEANUP_FREE char *name = param_text(row, conf);
    const struct agent_action *x = a->actions;

    if (!name)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "no action is given (see %s --help)", a->name);
    while (x->name && strcmp(x->name, name) != 0)
        x++;
    if (!x->name)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "unknown action '%.64s' (see %s --help)", name,
                         a->name);
    if (strcmp(name, "metadata") == 0) {
        doc_fence(stdout, a);
        return 0;
    }
    if (!x->is_lenient && param_finish(a->params, conf, err) == -1)
        return -1;
    return x->run ? x->run(conf, err) : 0;
}

/* What needs no parameters.  Was it asked for? */
static bool
answer_option(const struct agent *a, const char *arg)
{
    if (strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0)
        usage(stdout, a);
    else if (strcmp(arg, "-V") == 0 || strcmp(arg, "--version") == 0)
        printf("%s %s\n", a->name, a->version);
    else if (strcmp(arg, "--doc=pod") == 0)
        doc_pod(stdout, a);
    else
        return false;
    return true;
}

int
fence_main(const struct agent *a, int argc, char **argv)
{
    struct vmha_error err = { 0 };
    int rc;

    program = a->name;
    if (argc == 2 && answer_option(a, argv[1]))
        return fflush(stdout) == 0 ? 0 : vmha_exit_fence(VMHA_E_LOCAL);
    if (argc == 1 && isatty(STDIN_FILENO)) {
        usage(stderr, a);
        return vmha_exit_fence(VMHA_E_CONFIG);
    }
    CLEANUP_FREE void *conf = xcalloc(1, a->conf_size);
    rc = read_params(a, conf, argc, argv, &err);
    if (rc == 0)
        rc = run_action(a, conf, &err);
    param_free(a->params, conf);
    if (fflush(stdout) != 0 && rc != -1)
        rc = vmha_fail(&err, VMHA_E_LOCAL, errno, "standard output");
    if (rc != -1)
        return rc;
    fprintf(stderr, "%s: %s\n", a->name, err.text);
    return vmha_exit_fence(err.kind);
}

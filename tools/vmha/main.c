/* vmha: the administrator's view of the recovery daemons. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "buf.h"
#include "command.h"
#include "text.h"
#include "xalloc.h"

static const struct command *const commands[] = {
    &command_status,  &command_why,     &command_history, &command_plan,
    &command_host,    &command_segment, &command_disarm,  &command_arm,
    &command_release, &command_check,   &command_setup,
};

/* --- help ---------------------------------------------------------------- */

static void
print_usage(const struct command *c)
{
    printf("  vmha %s%s%s\n      %s.\n", c->name, *c->usage ? " " : "",
           c->usage, c->summary);
}

static void
print_help(void)
{
    puts("Usage:");
    for (size_t i = 0; i < N_ELEMENTS(commands); i++)
        print_usage(commands[i]);
    puts("  vmha [COMMAND] --help\n"
         "  vmha [COMMAND] --version\n"
         "\n"
         "See vmha(8).");
}

static void
print_version(void)
{
    puts("vmha " PACKAGE_VERSION);
}

static void
print_command_help(const struct command *c)
{
    puts("Usage:");
    print_usage(c);
    param_help(stdout, c->params);
}

/* --- errors -------------------------------------------------------------- */

/* One line; the text may quote the cloud or a daemon. */
static void
complain(const char *what)
{
    CLEANUP_BUF struct buf b = BUF_INIT(8 * 1024);
    bool is_utf8 = text_is_utf8();

    (void) text_add(&b, what, SIZE_MAX, is_utf8); /* cut if need be */
    fprintf(stderr, "vmha: %s\n", buf_str(&b));
}

static int
misused(const struct command *c, const struct vmha_error *err)
{
    CLEANUP_FREE char *what =
        xasprintf("%s: %s; usage: vmha %s%s%s", c->name, err->text, c->name,
                  *c->usage ? " " : "", c->usage);

    complain(what);
    return EX_USAGE;
}

static int
no_command(const char *name)
{
    CLEANUP_BUF struct buf what = BUF_INIT(1024);

    (void) (name ? buf_printf(&what, "there is no command '%.64s'", name)
                 : buf_printf(&what, "a command is missing"));
    for (size_t i = 0; i < N_ELEMENTS(commands); i++)
        (void) buf_printf(&what, "%s %s", i ? "," : "; the commands are",
                          commands[i]->name);
    (void) buf_add_str(&what, " (see vmha --help)");
    complain(buf_str(&what));
    return EX_USAGE;
}

/* --- commands ------------------------------------------------------------ */

/* Output that could not be written is an error, too. */
static int
flush_output(struct vmha_error *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return vmha_fail(err, VMHA_E_LOCAL, errno, "standard output");
}

static int
run_with(const struct command *c, void *conf, int argc, char **argv)
{
    struct vmha_error err;

    if (param_defaults(c->params, conf, &err) == -1 ||
        param_from_argv(c->params, conf, argc, argv, &err) == -1 ||
        param_finish(c->params, conf, &err) == -1 ||
        (c->check && c->check(conf, &err) == -1))
        return misused(c, &err);
    if (c->run(conf, &err) == 0 && flush_output(&err) == 0)
        return EX_OK;
    complain(err.text);
    return vmha_exit_cli(err.kind);
}

static int
run(const struct command *c, int argc, char **argv)
{
    if (param_asks(argc, argv, "--help")) {
        print_command_help(c);
        return EX_OK;
    }
    if (param_asks(argc, argv, "--version")) {
        print_version();
        return EX_OK;
    }
    CLEANUP_FREE void *conf = xcalloc(1, c->conf_size);
    int rc = run_with(c, conf, argc, argv);
    param_free(c->params, conf);
    return rc;
}

static const struct {
    const char *option;
    void (*print)(void);
} answers[] = {
    { "--help", print_help },
    { "help", print_help },
    { "--version", print_version },
};

static int
answer(const char *option, void (*print)(void), int argc)
{
    CLEANUP_FREE char *what =
        xasprintf("%s takes no more arguments (see vmha COMMAND --help)",
                  option);

    if (argc == 2)
        print();
    else
        complain(what);
    return argc == 2 ? EX_OK : EX_USAGE;
}

int
main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;

    (void) setlocale(LC_ALL, ""); /* an unknown locale: ASCII */
    if (!name)
        return no_command(NULL);
    for (size_t i = 0; i < N_ELEMENTS(answers); i++)
        if (strcmp(name, answers[i].option) == 0)
            return answer(name, answers[i].print, argc);
    for (size_t i = 0; i < N_ELEMENTS(commands); i++)
        if (strcmp(name, commands[i]->name) == 0)
            return run(commands[i], argc - 1, argv + 1);
    return no_command(name);
}

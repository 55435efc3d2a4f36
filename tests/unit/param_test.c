/* lib/param: typed values and their four sources. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "param.h"
#include "tap.h"
#include "xalloc.h"

struct conf {
    char *url;
    char *password;
    char *hosts;
    unsigned threads;
    uint64_t wait_ms;
    bool is_debug;
    int mode;
};

static const char *const modes[] = { "auto", "manual", NULL };

static const struct param table[] = {
    { .name = "url",
      .alias = "endpoint",
      FIELD_STRING(struct conf, url),
      .flags = PARAM_REQUIRED,
      .opt = 'u' },
    { .name = "password",
      FIELD_STRING(struct conf, password),
      .flags = PARAM_SECRET },
    { .name = "host_list", FIELD_HOSTS(struct conf, hosts) },
    { .name = "threads",
      FIELD_UINT(struct conf, threads),
      .def = "8",
      .min = 1,
      .max = 256,
      .opt = 't' },
    { .name = "wait",
      FIELD_DURATION(struct conf, wait_ms),
      .def = "1min",
      .min = 500,
      .max = 600000 },
    { .name = "debug",
      FIELD_BOOL(struct conf, is_debug),
      .def = "false",
      .opt = 'd' },
    { .name = "mode", FIELD_CHOICE(struct conf, mode), .choices = modes },
    { .name = NULL },
};

static void
clear_conf(struct conf *c)
{
    param_free(table, c);
}
#define CONF CLEANUP(clear_conf) struct conf

static void
test_values(void)
{
    static const struct {
        const char *name, *value, *error; /* NULL: accepted */
    } cases[] = {
        { "url", "http://x", NULL },
        { "url", "a\nb", "url: contains a control character" },
        { "endpoint", "http://y", NULL },
        { "threads", "256", NULL },
        { "threads", "257", "threads: 257 is not between 1 and 256" },
        { "threads", "4294967296", "threads: '4294967296' is no whole number" },
        { "threads", " 1", "threads: ' 1' is no whole number" },
        { "wait", "500ms", NULL },
        { "wait", "499ms", "wait: 499ms is not between 500ms and 10min" },
        { "wait", "11min", "wait: 11min is not between 500ms and 10min" },
        { "wait", "x", "wait: 'x' is no duration such as 30s or 5min" },
        { "debug", "ON", NULL },
        { "debug", "maybe", "debug: 'maybe' is no yes or no" },
        { "mode", "manual", NULL },
        { "mode", "Manual", "mode: 'Manual' is none of auto, manual" },
        { "host_list", "a, b", NULL },
        { "host_list", "a,-b", "host_list: '-b' is no host name" },
        { "host_list", "a=b", "host_list: 'a=b' is no host name" },
    };
    CONF conf = { 0 };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct vmha_error err = { 0 };
        int rc = param_set(table, &conf, cases[i].name, cases[i].value, &err);

        ok_msg(rc == (cases[i].error ? -1 : 0), "%s=%s", cases[i].name,
               cases[i].value);
        is_str(err.text, cases[i].error ? cases[i].error : "");
        is_int(err.kind, cases[i].error ? VMHA_E_CONFIG : VMHA_OK);
    }
    is_str(conf.url, "http://y");
    is_int(conf.wait_ms, 500);
    is_int(conf.mode, 1);
    is_str(conf.hosts, "a b");
}

static void
test_unknown_name_is_absent(void)
{
    CONF conf = { 0 };
    struct vmha_error err;

    is_int(param_set(table, &conf, "uri", "x", &err), -1);
    is_int(err.kind, VMHA_E_ABSENT);
    has_str(err.text, "unknown parameter 'uri'");
}

static void
test_defaults_and_required(void)
{
    CONF conf = { .url = xstrdup("old"), .threads = 3 };
    struct vmha_error err;

    is_int(param_defaults(table, &conf, &err), 0);
    is_int(conf.threads, 8);
    is_int(conf.wait_ms, 60000);
    ok(conf.url == NULL);
    is_int(param_finish(table, &conf, &err), -1);
    is_str(err.text, "parameter 'url' is required");
    conf.url = xstrdup("");
    is_int(param_finish(table, &conf, &err), -1);
    xstrset(&conf.url, "x");
    is_int(param_finish(table, &conf, &err), 0);
}

static void
test_secret_is_never_echoed(void)
{
    static const struct param secret[] = {
        { .name = "threads",
          FIELD_UINT(struct conf, threads),
          .flags = PARAM_SECRET },
        { .name = NULL },
    };
    struct conf conf = { 0 };
    struct vmha_error err;

    is_int(param_set(secret, &conf, "threads", "s3cret", &err), -1);
    is_str(err.text, "threads: '(hidden)' is no whole number");
}

static void
test_env(void)
{
    CONF conf = { 0 };
    struct vmha_error err;

    setenv("OCF_RESKEY_url", "http://x", 1);
    setenv("OCF_RESKEY_wait", "", 1);
    setenv("OCF_RESKEY_CRM_meta_timeout", "20000", 1);
    is_int(param_defaults(table, &conf, &err), 0);
    is_int(param_from_env(table, &conf, &err), 0);
    is_str(conf.url, "http://x");
    is_int(conf.wait_ms, 60000);
    /* The first error is reported, and what follows is read all the same. */
    setenv("OCF_RESKEY_url", "\x01", 1);
    setenv("OCF_RESKEY_wait", "1h", 1);
    setenv("OCF_RESKEY_debug", "yes", 1);
    is_int(param_from_env(table, &conf, &err), -1);
    has_str(err.text, "url: ");
    ok(conf.is_debug);
    unsetenv("OCF_RESKEY_url");
    unsetenv("OCF_RESKEY_wait");
    unsetenv("OCF_RESKEY_debug");
}

static unsigned n_warnings;
static char last_warning[256];

static void
note_warning(const char *what)
{
    n_warnings++;
    snprintf(last_warning, sizeof last_warning, "%s", what);
}

static int
read_stdin(struct conf *conf, const char *text, size_t len,
           struct vmha_error *err)
{
    n_warnings = 0;
    return param_from_stdin(table, conf, text, len, note_warning, err);
}
#define READ(conf, s, err) read_stdin(conf, s, sizeof(s) - 1, err)

static void
test_stdin(void)
{
    CONF conf = { 0 };
    struct vmha_error err;

    is_int(READ(&conf, "# fencer\n\nurl=a=b \r\n\tthreads=2\nthreads=3", &err),
           0);
    is_str(conf.url, "a=b ");
    is_int(conf.threads, 3);
    is_int(n_warnings, 0);
    is_int(READ(&conf, "nodename=x\nurl=y\nnonsense\n", &err), 0);
    is_int(n_warnings, 2);
    is_str(last_warning, "line 3: no '=' in 'nonsense'");
    is_str(conf.url, "y");
    is_int(READ(&conf, "threads=x\n", &err), -1);
    is_int(READ(&conf, "url=a\0b\n", &err), -1);
    is_str(err.text, "line 1: contains a NUL");
    is_int(READ(&conf, "", &err), 0);
    is_int(param_from_stdin(table, &conf, "x=1", 3, NULL, &err), 0);
}

static void
test_stdin_is_bounded(void)
{
    CLEANUP_FREE char *big = xcalloc(PARAM_STDIN_MAX + 1, 1);
    CONF conf = { 0 };
    struct vmha_error err;

    memset(big, 'x', PARAM_STDIN_MAX + 1);
    is_int(read_stdin(&conf, big, PARAM_STDIN_MAX, &err), -1);
    is_str(err.text, "line 1: too long");
    is_int(read_stdin(&conf, big, PARAM_STDIN_MAX + 1, &err), -1);
    is_str(err.text, "input is too long");
    memcpy(big, "url=", 4);
    is_int(read_stdin(&conf, big, PARAM_LINE_MAX, &err), 0);
    is_int(strlen(conf.url), PARAM_LINE_MAX - 4);
}

static void
test_argv(void)
{
    static const struct {
        const char *argv[5];
        const char *error;
    } cases[] = {
        { { "x", "-u", "a", "-t7", "-d" }, NULL },
        { { "x", "--url=a", "--threads", "7", "--debug" }, NULL },
        { { "x", "--host-list=a", "-t", "7", "--debug=1" }, NULL },
        { { "x", "--uri=a" }, "unknown argument '--uri=a'" },
        { { "x", "stray" }, "unknown argument 'stray'" },
        { { "x", "-" }, "unknown argument '-'" },
        { { "x", "--" }, "unknown argument '--'" },
        { { "x", "-u" }, "-u needs a value" },
        { { "x", "--threads=" }, "threads: '' is no whole number" },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        CONF conf = { 0 };
        struct vmha_error err = { 0 };
        char *argv[5];
        int argc = 0;

        for (; argc < 5 && cases[i].argv[argc]; argc++)
            argv[argc] = xstrdup(cases[i].argv[argc]);
        is_int(param_from_argv(table, &conf, argc, argv, &err),
               cases[i].error ? -1 : 0);
        is_str(err.text, cases[i].error ? cases[i].error : "");
        if (!cases[i].error) {
            is_int(conf.threads, 7);
            ok(conf.is_debug);
        }
        while (argc > 0)
            free(argv[--argc]);
    }
}

struct words {
    char *verb;
    char *host;
    uint64_t watch_ms;
};

static const struct param word_table[] = {
    { .name = "verb",
      FIELD_STRING(struct words, verb),
      .flags = PARAM_POSITIONAL },
    { .name = "watch", FIELD_DURATION(struct words, watch_ms), .bare = "2s" },
    { .name = "host",
      FIELD_STRING(struct words, host),
      .flags = PARAM_POSITIONAL },
    { .name = NULL },
};

static void
test_argv_words(void)
{
    static const struct {
        const char *argv[5];
        const char *verb, *host;
        uint64_t watch_ms;
        const char *error;
    } cases[] = {
        { { "x" }, NULL, NULL, 0, NULL },
        { { "x", "a" }, "a", NULL, 0, NULL },
        { { "x", "--watch", "a", "b" }, "a", "b", 2000, NULL },
        { { "x", "a", "--watch=3", "b" }, "a", "b", 3000, NULL },
        { { "x", "a", "b", "c" }, "a", "b", 0, "unknown argument 'c'" },
        { { "x", "--verb=a" }, NULL, NULL, 0, "unknown argument '--verb=a'" },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        struct words conf = { 0 };
        struct vmha_error err = { 0 };
        char *argv[5];
        int argc = 0;

        for (; argc < 5 && cases[i].argv[argc]; argc++)
            argv[argc] = xstrdup(cases[i].argv[argc]);
        is_int(param_from_argv(word_table, &conf, argc, argv, &err),
               cases[i].error ? -1 : 0);
        is_str(err.text, cases[i].error ? cases[i].error : "");
        is_str(conf.verb, cases[i].verb);
        is_str(conf.host, cases[i].host);
        is_int(conf.watch_ms, cases[i].watch_ms);
        while (argc > 0)
            free(argv[--argc]);
        param_free(word_table, &conf);
    }
}

static void
test_text_errors(void)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        { "url=a\nuri=b\n", "line 2: unknown parameter 'uri'" },
        { "url=a\n\nendpoint=b\n", "line 3: url is also in line 1" },
        { "threads=x", "line 1: threads: 'x' is no whole number" },
        { "threads\n", "line 1: no '='" },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        CONF conf = { 0 };
        struct vmha_error err = { 0 };

        is_int(param_from_text(table, &conf, cases[i].text,
                               strlen(cases[i].text), &err),
               -1);
        is_str(err.text, cases[i].error);
        is_int(err.kind, VMHA_E_CONFIG);
    }
}

static void
test_file_round_trip(void)
{
    char dir[] = "/tmp/param_test.XXXXXX";
    CONF conf = { .url = xstrdup(" = a # b "),
                  .threads = 5,
                  .wait_ms = 1500,
                  .is_debug = true,
                  .mode = 1 };
    CONF copy = { 0 };
    struct vmha_error err = { 0 };
    struct stat st = { 0 };

    ok(mkdtemp(dir) != NULL);
    CLEANUP_FREE char *path = xasprintf("%s/conf", dir);
    is_int(param_to_file(table, &conf, path, &err), 0);
    is_int(param_to_file(table, &conf, path, &err), 0);
    is_int(stat(path, &st), 0);
    is_int(st.st_mode & 07777, 0600);
    is_int(param_from_file(table, &copy, path, &err), 0);
    is_str(err.text, "");
    is_str(copy.url, conf.url);
    ok(copy.password == NULL);
    is_int(copy.wait_ms, 1500);
    is_int(copy.mode, 1);
    ok(copy.is_debug);
    unlink(path);
    is_int(param_from_file(table, &copy, path, &err), -1);
    is_int(err.kind, VMHA_E_ABSENT);
    is_int(rmdir(dir), 0); /* no temporary file is left */
    is_int(param_to_file(table, &conf, path, &err), -1);
    has_str(err.text, "No such file or directory");
}

static void
test_same(void)
{
    CONF a = { 0 }, b = { 0 };
    struct vmha_error err;

    is_int(param_defaults(table, &a, &err), 0);
    is_int(param_defaults(table, &b, &err), 0);
    ok(param_same(table, &a, &b));
    is_int(param_set(table, &a, "url", "x", &err), 0);
    ok(!param_same(table, &a, &b));
    is_int(param_set(table, &b, "url", "y", &err), 0);
    ok(!param_same(table, &a, &b));
    is_int(param_set(table, &b, "url", "x", &err), 0);
    ok(param_same(table, &a, &b));
    b.is_debug = !b.is_debug;
    ok(!param_same(table, &a, &b));
}

TAP_MAIN({ "the same values", test_same },
         { "values are parsed and checked", test_values },
         { "an unknown name is absent", test_unknown_name_is_absent },
         { "defaults and required ones", test_defaults_and_required },
         { "a secret is never echoed", test_secret_is_never_echoed },
         { "environment", test_env },
         { "standard input of a fence agent", test_stdin },
         { "standard input is bounded", test_stdin_is_bounded },
         { "command line", test_argv },
         { "words of a command line", test_argv_words },
         { "errors of a file name the line", test_text_errors },
         { "a file is written and read back", test_file_round_trip })

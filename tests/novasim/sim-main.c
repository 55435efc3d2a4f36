/* vmha-novasim: a scripted Keystone and Nova for tests (README.md). */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "sim-base.h"
#include "sim-control.h"
#include "sim-http.h"
#include "sim-ledger.h"
#include "sim-log.h"
#include "sim-state.h"

static const char usage[] =
    "usage: vmha-novasim [options]\n"
    "  --listen ADDR:PORT   default 127.0.0.1:0; port 0 takes any\n"
    "  --port-file FILE     write the port there, once it can be used\n"
    "  --ledger FILE        append guests' changes\n"
    "  --log FILE           append requests\n"
    "  --scenario FILE      JSON array of control steps to begin with\n"
    "  --set NAME=NUMBER    a setting (README.md)\n"
    "  --speed X            internal durations are divided by X\n"
    "  --seed N             of ids and jitter, default 1\n";

struct options {
    const char *listen, *port_file, *ledger, *log;
    GPtrArray *scenarios;
};

static int64_t
number(const char *option, const char *s)
{
    gint64 n;

    if (!g_ascii_string_to_signed(s, 10, G_MININT32, G_MAXINT32, &n, NULL))
        sim_die("%s: '%s' is no number", option, s);
    return n;
}

static void
set(const char *pair)
{
    char **part = g_strsplit(pair, "=", 2);

    if (!part[0] || !part[1] ||
        sim_setting(part[0], number("--set", part[1])) < 0)
        sim_die("--set %s: no such setting, or out of range", pair);
    g_strfreev(part);
}

enum {
    OPT_LISTEN = 1,
    OPT_PORT,
    OPT_LEDGER,
    OPT_LOG,
    OPT_SCENARIO,
    OPT_SET,
    OPT_SPEED,
    OPT_SEED,
    OPT_HELP
};

static const struct option long_options[] = {
    { "listen", required_argument, NULL, OPT_LISTEN },
    { "port-file", required_argument, NULL, OPT_PORT },
    { "ledger", required_argument, NULL, OPT_LEDGER },
    { "log", required_argument, NULL, OPT_LOG },
    { "scenario", required_argument, NULL, OPT_SCENARIO },
    { "set", required_argument, NULL, OPT_SET },
    { "speed", required_argument, NULL, OPT_SPEED },
    { "seed", required_argument, NULL, OPT_SEED },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

static void
read_options(int argc, char **argv, struct options *o)
{
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (c) {
        case OPT_LISTEN: o->listen = optarg; break;
        case OPT_PORT: o->port_file = optarg; break;
        case OPT_LEDGER: o->ledger = optarg; break;
        case OPT_LOG: o->log = optarg; break;
        case OPT_SCENARIO: g_ptr_array_add(o->scenarios, optarg); break;
        case OPT_SET: set(optarg); break;
        case OPT_SPEED:
            if (sim_setting("speed", number("--speed", optarg)) < 0)
                sim_die("--speed %s: 1 to 1000", optarg);
            break;
        case OPT_SEED: sim_seed((uint32_t) number("--seed", optarg)); break;
        case OPT_HELP: fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); exit(2);
        }
    }
    if (optind < argc)
        sim_die("unexpected argument '%s'", argv[optind]);
}

static void
run_scenario(const char *path)
{
    char *text;
    gsize len;

    if (!g_file_get_contents(path, &text, &len, NULL))
        sim_die("%s: %s", path, strerror(errno));
    sim_scenario(text, len);
    g_free(text);
}

/* Written aside and renamed: whoever sees the file sees the whole number. */
static void
write_port(const char *path, unsigned port)
{
    char *aside = g_strconcat(path, ".new", NULL);
    FILE *f = fopen(aside, "we");

    if (!f || fprintf(f, "%u\n", port) < 0 || fclose(f) != 0 ||
        rename(aside, path) < 0)
        sim_die("%s: %s", path, strerror(errno));
    g_free(aside);
}

int
main(int argc, char **argv)
{
    struct options o = { .listen = "127.0.0.1:0",
                         .port_file = "",
                         .ledger = "",
                         .log = "",
                         .scenarios = g_ptr_array_new() };
    unsigned port;

    sim_seed(1);
    read_options(argc, argv, &o);
    sim_state_init();
    sim_ledger_open(o.ledger);
    sim_log_open(o.log);
    port = sim_http_start(o.listen);
    for (guint i = 0; i < o.scenarios->len; i++)
        run_scenario(o.scenarios->pdata[i]);
    if (*o.port_file)
        write_port(o.port_file, port);
    else
        printf("%u\n", port);
    fflush(stdout);
    sim_http_loop();
    return 0;
}

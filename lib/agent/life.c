/* The life of a daemon that an agent runs. */
#include "life.h"

#include <signal.h>
#include <stdio.h>
#include <sysexits.h>

#include <glib-unix.h>
#include <glib.h>

#include "cleanup.h"
#include "log.h"
#include "pidfile.h"
#include "xalloc.h"

static gboolean
on_signal(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

static struct control_server *
open_all(const struct life *l, void *arg, struct vmha_error *err)
{
    CLEANUP_FREE char *lock = xasprintf("%s/pid", l->rundir);
    CLEANUP_FREE char *socket = xasprintf("%s/control", l->rundir);

    if (pidfile_lock(lock, err) == -1 || l->open(arg, err) == -1)
        return NULL;
    return control_server_new(socket, l->answer, arg, err);
}

static void
live(const struct life *l, void *arg, GMainLoop *loop)
{
    log_notice("started: instance='%s'", l->instance);
    if (l->begin)
        l->begin(arg);
    g_main_loop_run(loop);
    log_notice("stopped: instance='%s'", l->instance);
}

int
life_run(const struct life *l, void *arg)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    struct control_server *control = NULL;
    struct vmha_error err;
    bool is_debug = false;
    bool has_conf = l->configure(arg, &is_debug, &err) == 0;
    int rc = EX_OK;

    log_open(l->program, l->to_stderr, is_debug);
    (void) signal(SIGPIPE, SIG_IGN); /* who we write to may have gone */
    g_unix_signal_add(SIGTERM, on_signal, loop);
    g_unix_signal_add(SIGINT, on_signal, loop);
    if (has_conf)
        control = open_all(l, arg, &err);
    if (control) {
        live(l, arg, loop);
    } else {
        log_error("%s", err.text);
        if (!l->to_stderr)
            fprintf(stderr, "%s\n", err.text);
        rc = vmha_exit_cli(err.kind);
    }
    control_server_free(control);
    l->close(arg);
    g_main_loop_unref(loop);
    log_close();
    return rc;
}

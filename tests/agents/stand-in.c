/* In the place of vmha-recoveryd: the same process interface, no recovery.
 *
 * The file DIR/say holds its answer to "health" (default: ready).  STAND_IN in
 * the environment makes it misbehave: fail, misfit (ends at once with an error,
 * of its configuration), crash (by a signal), silent (never opens its socket),
 * mute (never answers), deaf (ignores SIGTERM).
 */
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "cleanup.h"
#include "control-server.h"
#include "pidfile.h"
#include "recovery-conf.h"
#include "xalloc.h"

static const char *rundir, *mode;

static char *
file_in(const char *name)
{
    return xasprintf("%s/%s", rundir, name);
}

static char *
on_health(void)
{
    CLEANUP_FREE char *path = file_in("say");
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return xstrdup("ready");
    return g_strchomp(text);
}

static char *
on_reload(void)
{
    CLEANUP_FREE char *path = file_in("conf");
    CLEANUP(recovery_conf_clear) struct recovery_conf c = RECOVERY_CONF_INIT;
    struct vmha_error err;

    if (recovery_conf_read(path, &c, &err) == -1)
        return xasprintf("error %s", err.text);
    if (c.max_posts == 13)
        return xstrdup("error 13 is unlucky");
    return xstrdup("ok");
}

static char *
on_line(const char *line, void *arg)
{
    (void) arg;
    if (strcmp(mode, "mute") == 0)
        g_usleep(60 * G_USEC_PER_SEC); /* longer than anybody waits */
    if (strcmp(line, "health") == 0)
        return on_health();
    if (strcmp(line, "reload") == 0)
        return on_reload();
    return xasprintf("error unknown request '%s'", line);
}

static int
fail(const struct vmha_error *err)
{
    fprintf(stderr, "%s\n", err->text);
    return vmha_exit_cli(err->kind);
}

static int
serve(void)
{
    CLEANUP_FREE char *pid = file_in("pid");
    CLEANUP_FREE char *control = file_in("control");
    CLEANUP_FREE char *conf = file_in("conf");
    CLEANUP(recovery_conf_clear) struct recovery_conf c = RECOVERY_CONF_INIT;
    struct control_server *server = NULL;
    struct vmha_error err;

    if (pidfile_lock(pid, &err) == -1 ||
        recovery_conf_read(conf, &c, &err) == -1)
        return fail(&err);
    if (strcmp(mode, "silent") != 0)
        server = control_server_new(control, on_line, NULL, &err);
    if (!server && strcmp(mode, "silent") != 0)
        return fail(&err);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}

int
main(int argc, char **argv)
{
    struct vmha_error err;

    mode = g_getenv("STAND_IN") ? g_getenv("STAND_IN") : "";
    if (argc != 3 || strncmp(argv[1], "--instance=", 11) != 0 ||
        strncmp(argv[2], "--rundir=", 9) != 0)
        return 64;
    rundir = argv[2] + 9;
    if (strcmp(mode, "fail") == 0 || strcmp(mode, "misfit") == 0) {
        vmha_fail(&err, *mode == 'm' ? VMHA_E_CONFIG : VMHA_E_PERMISSION, 0,
                  "told to fail");
        return fail(&err);
    }
    if (strcmp(mode, "crash") == 0)
        raise(SIGABRT);
    if (strcmp(mode, "deaf") == 0)
        signal(SIGTERM, SIG_IGN);
    return serve();
}

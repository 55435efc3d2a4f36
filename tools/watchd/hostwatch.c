/* What VMs need of this host: processes and mounts. */
#include "hostwatch.h"

#include "cleanup.h"
#include "mountwatch.h"
#include "procwatch.h"
#include "xalloc.h"

struct hostwatch {
    struct processes_conf conf;
    struct procwatch *procs;
    struct mountwatch *mounts;
};

struct hostwatch *
hostwatch_new(const char *path, const char *rundir, const char *program,
              void (*changed)(void *arg), void *arg, struct vmha_error *err)
{
    CLEANUP_FREE char *notes = xasprintf("%s/processes", rundir);
    struct hostwatch *h = xcalloc(1, sizeof *h);

    if (processes_conf_read(path, &h->conf, err) == -1) {
        free(h);
        return NULL;
    }
    h->procs = procwatch_new(&h->conf, notes, changed, arg);
    h->mounts = mountwatch_new(&h->conf, program, changed, arg);
    return h;
}

int
hostwatch_reload(struct hostwatch *h, const char *path, struct vmha_error *err)
{
    struct processes_conf conf = PROCESSES_CONF_INIT;

    if (processes_conf_read(path, &conf, err) == -1)
        return -1;
    procwatch_use(h->procs, &conf);
    mountwatch_use(h->mounts, &conf);
    processes_conf_clear(&h->conf);
    h->conf = conf;
    return 0;
}

void
hostwatch_free(struct hostwatch *h)
{
    if (!h)
        return;
    procwatch_free(h->procs);
    mountwatch_free(h->mounts);
    processes_conf_clear(&h->conf);
    free(h);
}

bool
hostwatch_report(const struct hostwatch *h, struct report *r)
{
    size_t before = r->n + r->more;

    procwatch_report(h->procs, r);
    mountwatch_report(h->mounts, r);
    return r->n + r->more > before;
}

char *
hostwatch_trouble(const struct hostwatch *h)
{
    CLEANUP_FREE char *process = procwatch_trouble(h->procs);
    CLEANUP_FREE char *mount = mountwatch_trouble(h->mounts);

    if (process && mount)
        return xasprintf("%s; %s", process, mount);
    return process ? TAKE(process) : TAKE(mount);
}

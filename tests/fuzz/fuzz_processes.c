/* processes.conf, or, where the first byte is '-', process_list.yaml: what is
 * accepted can be run, what is not has a reason with its line.
 */
#include <assert.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "processes-conf.h"

static void
check(const struct process_conf *p)
{
    struct vmha_error err;
    char **argv;

    assert(process_conf_finish(p, &err) == 0);
    assert(strlen(p->name) <= 64);
    if (!p->restart)
        return;
    argv = process_argv(p, p->restart, &err);
    assert(argv && argv[0]);
    process_argv_free(argv);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(processes_conf_clear)
    struct processes_conf conf = PROCESSES_CONF_INIT;
    const char *text = (const char *) data;
    bool is_yaml = size && data[0] == '-';
    struct vmha_error err;
    int rc = is_yaml ? process_list_parse(text, size, &conf, &err)
                     : processes_conf_parse(text, size, &conf, &err);

    if (rc == -1) {
        assert(strstr(err.text, "line ") && !conf.n_processes);
        return 0;
    }
    for (size_t i = 0; i < conf.n_processes; i++)
        check(&conf.processes[i]);
    for (size_t i = 0; i < conf.n_mounts; i++)
        assert(conf.mounts[i].path[0] == '/');
    return 0;
}

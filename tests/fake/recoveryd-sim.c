/* The recovery daemon on a cluster that is a directory (cluster-fake.c), with a
 * clock that runs as fast as its third argument says: for tests that inject
 * what the cluster says, without one.
 *
 *     recoveryd-sim INSTANCE RUNDIR SPEED
 *
 * VMHA_HISTORY names another directory for the decision log than RUNDIR,
 * VMHA_HISTORY_BYTES the size of its files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "clock.h"
#include "scan.h"

#include "../../tools/history/logfile.h"
#include "../../tools/recoveryd/daemon.h"

int
main(int argc, char **argv)
{
    const char *dir = getenv("VMHA_HISTORY");
    const char *size = getenv("VMHA_HISTORY_BYTES");
    unsigned speed, bytes = LOGFILE_BYTES_MAX;

    if (archive_is_wanted(argc, argv))
        return archive_main(argc, argv);
    if (argc != 4 || scan_uint(argv[3], &speed) == -1 || speed == 0 ||
        (size && scan_uint(size, &bytes) == -1)) {
        fprintf(stderr, "usage: recoveryd-sim INSTANCE RUNDIR SPEED\n");
        return EX_USAGE;
    }
    clock_set_speed(speed);
    return daemon_run(&(struct daemon_args){
        .program = argv[0],
        .instance = argv[1],
        .rundir = argv[2],
        .statedir = dir ? (char *) (uintptr_t) dir : argv[2],
        .history_max = bytes,
        .to_stderr = true,
    });
}

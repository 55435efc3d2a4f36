/* The process that has the files of the decision log: it writes lines, and
 * finds those that somebody asks for, and may hang on the disk with both.
 */
#ifndef VMHA_ARCHIVE_H
#define VMHA_ARCHIVE_H

#include <stdbool.h>

/* A packet on its standard input is a line, or this and a request (JSON), with
 * a descriptor for the reply: JSON text, whose end is the end of file.
 */
#define ARCHIVE_ASKS '?'
enum { ARCHIVE_PACKET_MAX = 64 * 1024 };

struct archive_args {
    char *dir, *instance;
    unsigned file_max; /* bytes of one file */
    bool to_stderr;
};

/* Was this program started to be that process?  Then be it, until its input
 * ends; an exit status.
 */
bool archive_is_wanted(int argc, char *const argv[]);
int archive_main(int argc, char **argv);

#endif

/* What the next daemon must know of the processes. */
#include "notes.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cleanup.h"
#include "xalloc.h"

static bool
is_empty(const struct note *note)
{
    return !note->pid && strcmp(note->text, "tries=0") == 0;
}

int
notes_write(const char *path, const struct note *notes, size_t n,
            struct vmha_error *err)
{
    CLEANUP_FREE char *tmp = xasprintf("%s.new", path);
    FILE *f = fopen(tmp, "we");
    bool is_good = f != NULL;

    for (size_t i = 0; f && i < n; i++)
        if (!is_empty(&notes[i]) &&
            fprintf(f, "%s;%s;%d;%" PRIu64 "\n", notes[i].name, notes[i].text,
                    (int) notes[i].pid, notes[i].started) < 0)
            is_good = false;
    if (f && fclose(f) != 0)
        is_good = false;
    if (is_good && rename(tmp, path) == 0)
        return 0;
    return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", tmp);
}

void
notes_read(const char *path, void (*fn)(const struct note *note, void *arg),
           void *arg)
{
    CLEANUP_FILE FILE *f = fopen(path, "re");
    char line[256];

    _Static_assert(FAULT_NAME_MAX == 64 && PROC_NOTE_MAX == 80, "the format");
    while (f && fgets(line, sizeof line, f)) {
        struct note note;
        int pid;

        if (sscanf(line, "%64[^;];%79[^;];%d;%" SCNu64, note.name, note.text,
                   &pid, &note.started) != 4)
            continue;
        note.pid = pid;
        fn(&note, arg);
    }
}

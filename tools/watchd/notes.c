/* What the next daemon must know of the processes. */
#include "notes.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include "scan.h"
#include "xalloc.h"

enum { NOTES_BYTES_MAX = 1 << 20 };

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

int
note_parse(char *line, struct note *ret_note)
{
    char *name = strsep(&line, ";"), *text = strsep(&line, ";");
    char *pid = strsep(&line, ";"), *started = line;
    struct note note = { .pid = NOTE_BEGINS };
    unsigned id;

    if (!started || !*name || strlen(name) >= sizeof note.name ||
        strlen(text) >= sizeof note.text ||
        scan_u64(started, &note.started) == -1)
        return -1;
    if (strcmp(pid, "-1") != 0) {
        if (scan_uint(pid, &id) == -1 || id > INT_MAX)
            return -1;
        note.pid = (pid_t) id;
    }
    memcpy(note.name, name, strlen(name) + 1);
    memcpy(note.text, text, strlen(text) + 1);
    *ret_note = note;
    return 0;
}

void
notes_read(const char *path, void (*fn)(const struct note *note, void *arg),
           void *arg)
{
    CLEANUP_BUF struct buf bytes = BUF_INIT(NOTES_BYTES_MAX);
    struct vmha_error err;
    char *rest, *line;

    if (file_read(path, &bytes, &err) == -1)
        return;

    CLEANUP_FREE char *text = buf_take(&bytes);

    rest = text;
    while ((line = strsep(&rest, "\n"))) {
        struct note note;

        if (note_parse(line, &note) == 0)
            fn(&note, arg);
    }
}

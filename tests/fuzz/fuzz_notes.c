/* What a vmha-watchd reads of the one before it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "xalloc.h"

#include "../../tools/watchd/notes.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *line = xstrndup((const char *) data, size);
    struct note note;
    struct proc proc = { 0 };

    if (note_parse(line, &note) == -1)
        return 0;
    assert(strlen(note.name) > 0);
    assert(note.pid >= NOTE_BEGINS);
    proc_recall(&proc, note.text);
    return 0;
}

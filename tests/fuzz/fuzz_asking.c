/* Fuzz target: the lines between the watch daemon and its worker. */
#include <assert.h>
#include <string.h>

#include "asking.h"
#include "cleanup.h"
#include "fuzz.h"
#include "xalloc.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = xstrndup((const char *) data, size);
    struct answer_text answer, again;
    char line[ASKING_LINE_MAX];
    struct vmha_error err;
    struct ask a;

    if (ask_parse(text, &a, &err) == 0) {
        ask_format(&a, line);
        assert(strcmp(line, text) == 0);
    }
    if (answer_parse(text, &answer, &err) == 0) {
        answer_format(&answer, line);
        assert(answer_parse(line, &again, &err) == 0);
        assert(again.kind == answer.kind && again.busy_ms == answer.busy_ms);
    }
    return 0;
}

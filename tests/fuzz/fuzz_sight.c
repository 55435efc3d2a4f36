/* A question about guests: nothing breaks, what is read is written the same. */
#include <assert.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "sight.h"
#include "xalloc.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = xstrndup((const char *) data, size);
    char again[SIGHT_TEXT_MAX + 1];
    struct sight sight, same;
    struct vmha_error err;

    if (sight_parse_query(text, &sight, &err) == -1)
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
    if (sight_parse(text, &sight, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return 0;
    }
    sight_format(&sight, again);
    assert(sight_parse(again, &same, &err) == 0);
    assert(same.seq == sight.seq && sight_same(&same, &sight));
    return 0;
}

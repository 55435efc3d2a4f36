/* Journal entries: what is accepted is exactly what would be written. */
#include <assert.h>
#include <string.h>

#include "cleanup.h"
#include "flaps.h"
#include "fuzz.h"
#include "journal-reserve.h"
#include "journal.h"
#include "xalloc.h"

static void
read_reserve(const char *value)
{
    struct journal_reserve e = { 0 };
    struct vmha_error err;
    char again[JOURNAL_RESERVE_MAX];

    if (journal_reserve_parse(value, &e, &err) == -1)
        return;
    journal_reserve_format(&e, again);
    assert(strcmp(value, again) == 0);
}

static void
read_flaps(const char *value)
{
    struct flaps f = { 0 };
    struct vmha_error err;
    char again[FLAPS_TEXT_MAX];

    if (flaps_parse(value, &f, &err) == -1)
        return;
    flaps_format(&f, again);
    assert(strcmp(value, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *value = xstrndup((const char *) data, size);
    struct journal_host e = { 0 };
    struct vmha_error err;
    char again[JOURNAL_HOST_MAX];

    read_reserve(value);
    read_flaps(value);
    if (journal_host_parse(value, &e, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return 0;
    }
    journal_host_format(&e, again);
    assert(strcmp(value, again) == 0);
    return 0;
}

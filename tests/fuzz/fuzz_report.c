/* A compute host's report: nothing breaks, what is read is written the same. */
#include <assert.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "report.h"
#include "xalloc.h"

static void
read_head(const char *text)
{
    struct report_head head;
    struct vmha_error err;

    if (report_head_parse(text, &head, &err) == -1)
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = xstrndup((const char *) data, size);
    struct report report, same;
    struct vmha_error err;
    char again[REPORT_LIST_MAX + 1];

    read_head(text);
    if (report_list_parse(text, &report, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return 0;
    }
    report_list_format(&report, again);
    assert(report_list_parse(again, &same, &err) == 0);
    assert(same.seq == report.seq && same.n + same.more >= report.n);
    return 0;
}

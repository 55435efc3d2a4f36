/* A daemon's status document: whatever it holds, what is shown is harmless. */
#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "harmless.h"

#include "../../tools/vmha/document.h"
#include "../../tools/vmha/view.h"

static void
check_view(const struct report *report, bool is_utf8, size_t columns)
{
    struct view_style style = {
        .is_utf8 = is_utf8,
        .columns = columns,
        .bar = columns / 2,
    };
    CLEANUP_FREE char *text = view_text(report, 1, NULL, &style);

    check_harmless(text, is_utf8);
    for (const char *s = text; !is_utf8 && columns && *s;) {
        size_t len = strcspn(s, "\n");

        assert(len <= columns);
        s += len + (s[len] == '\n');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply reply = { .instance = "vmha",
                           .n_parts = 1,
                           .parts = 1,
                           .body = BUF_INIT(REPLY_BYTES_MAX) };
    struct replies replies = { .list = &reply, .n = 1 };
    struct report report = { .instance = strdup("vmha") };
    struct vmha_error err;

    (void) setlocale(LC_CTYPE, "C.UTF-8");
    assert(buf_add(&reply.body, data, size) == 0);
    if (status_parse((const char *) data, size, &report.status, &err) == -1)
        report.trouble = strdup(err.text);
    for (int is_utf8 = 0; is_utf8 < 2; is_utf8++) {
        for (enum output form = OUTPUT_JSON; form <= OUTPUT_XML; form++) {
            CLEANUP_FREE char *text = document_done(document_of(&replies, "a"),
                                                    form, "status", is_utf8);

            check_harmless(text, is_utf8);
        }
        check_view(&report, is_utf8, 0);
        check_view(&report, is_utf8, 7);
        check_view(&report, is_utf8, 80);
    }
    reports_clear(&report, 1);
    buf_clear(&reply.body);
    return 0;
}

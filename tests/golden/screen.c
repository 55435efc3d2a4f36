/* screen FORM <STATUS: what vmha status shows of a daemon's answer. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#include "../../tools/vmha/document.h"
#include "../../tools/vmha/view.h"

static const struct {
    const char *name;
    enum output form;
    struct view_style style;
} forms[] = {
    { "text", OUTPUT_TEXT, { .is_utf8 = true } },
    { "terminal",
      OUTPUT_TEXT,
      { .is_utf8 = true, .has_colour = true, .bar = 30 } },
    { "narrow", OUTPUT_TEXT, { .has_colour = true, .columns = 40, .bar = 10 } },
    { "json", OUTPUT_JSON, { .is_utf8 = true } },
    { "xml", OUTPUT_XML, { .is_utf8 = true } },
};

static char *
text_of(struct reply *p, const struct view_style *style)
{
    struct report report = { .instance = strdup("vmha") };
    struct vmha_error err;
    char *text;

    if (status_parse(p->body.data, p->body.len, &report.status, &err) == -1)
        report.trouble = strdup(err.text);
    text = view_text(&report, 1, NULL, style);
    reports_clear(&report, 1);
    return text;
}

static void
show(struct reply *p, enum output form, const struct view_style *style)
{
    struct replies replies = { .list = p, .n = 1 };
    CLEANUP_FREE char *text =
        form == OUTPUT_TEXT ? text_of(p, style)
                            : document_done(document_of(&replies, NULL), form,
                                            "status", style->is_utf8);

    fputs(text, stdout);
}

int
main(int argc, char **argv)
{
    struct reply reply = { .instance = "vmha",
                           .body = BUF_INIT(REPLY_BYTES_MAX) };
    char bytes[4096];
    size_t n;

    (void) setlocale(LC_CTYPE, "C.UTF-8");
    while ((n = fread(bytes, 1, sizeof bytes, stdin)) > 0)
        (void) buf_add(&reply.body, bytes, n);
    for (size_t i = 0; argc == 2 && i < N_ELEMENTS(forms); i++)
        if (strcmp(argv[1], forms[i].name) == 0)
            show(&reply, forms[i].form, &forms[i].style);
    buf_clear(&reply.body);
    return 0;
}

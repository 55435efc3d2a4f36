/* Writes XML: nesting, indentation and escapes. */
#ifndef VMHA_MARKUP_H
#define VMHA_MARKUP_H

#include <stdbool.h>
#include <stdio.h>

enum { MARKUP_DEPTH_MAX = 16 };

struct markup {
    FILE *out; /* borrowed */
    const char *open[MARKUP_DEPTH_MAX];
    unsigned depth;
    bool in_tag; /* the start tag still takes attributes */
};

/* Begin a document on OUT. */
void markup_init(struct markup *m, FILE *out);

/* Open element NAME, which must live until it is closed, and close the newest
 * open one.
 */
void markup_open(struct markup *m, const char *name);
void markup_close(struct markup *m);

/* An attribute of the element that was just opened. */
void markup_attr(struct markup *m, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* An element that contains only text.  LANG: its language, or NULL. */
void markup_text(struct markup *m, const char *name, const char *lang,
                 const char *text);

#endif

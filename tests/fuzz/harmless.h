/* What is shown must not harm a terminal, whatever was put in. */
#ifndef VMHA_HARMLESS_H
#define VMHA_HARMLESS_H

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "../../tools/vmha/text.h"

static inline void
check_harmless(const char *text, bool is_utf8)
{
    size_t len = strlen(text);

    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t n = text_decode(text + at, len - at, &code);

        assert(code == '\n' || text_is_safe(code));
        assert(is_utf8 || code < 0x80);
        at += n;
    }
}

#endif

/* Untrusted text made safe for a terminal. */
#include "text.h"

#include <langinfo.h>
#include <string.h>
#include <wchar.h>

bool
text_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Length of the sequence that FIRST begins, and the first byte's share of the
 * code point; 0: it begins none (RFC 3629).
 */
static size_t
sequence(unsigned char first, uint32_t *ret_bits)
{
    if (first < 0x80) {
        *ret_bits = first;
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        *ret_bits = first & 0x1f;
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0) {
        *ret_bits = first & 0x0f;
        return 3;
    }
    if (first >= 0xf0 && first < 0xf5) {
        *ret_bits = first & 0x07;
        return 4;
    }
    return 0;
}

size_t
text_decode(const char *s, size_t len, uint32_t *ret_code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t code = 0;
    size_t n = sequence((unsigned char) s[0], &code);

    *ret_code = TEXT_INVALID;
    if (n == 0 || n > len)
        return 1;
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char) s[i] & 0xc0) != 0x80)
            return 1;
        code = code << 6 | ((unsigned char) s[i] & 0x3f);
    }
    if (code < least[n] || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff))
        return 1;
    *ret_code = code;
    return n;
}

bool
text_is_safe(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } unsafe[] = {
        { 0, 0x1f },          /* C0 */
        { 0x7f, 0x9f },       /* DEL, C1 */
        { 0xad, 0xad },       /* soft hyphen */
        { 0x61c, 0x61c },     /* Arabic letter mark */
        { 0x180e, 0x180e },   /* Mongolian vowel separator */
        { 0x200b, 0x200f },   /* zero width, direction marks */
        { 0x2028, 0x202e },   /* separators, direction */
        { 0x2060, 0x206f },   /* invisible operators, direction */
        { 0xfeff, 0xfeff },   /* byte order mark */
        { 0xfff0, 0xffff },   /* specials */
        { 0xe0000, 0xfffff }, /* tags, private */
        { 0x100000, UINT32_MAX },
    };

    for (size_t i = 0; i < N_ELEMENTS(unsafe); i++)
        if (code >= unsafe[i].first && code <= unsafe[i].last)
            return false;
    return true;
}

/* Columns of the character, -1: show a '?' in its place. */
static int
width_of(uint32_t code, bool is_utf8)
{
    if (code < 0x80)
        return text_is_safe(code) ? 1 : -1;
    return is_utf8 && text_is_safe(code) ? wcwidth((wchar_t) code) : -1;
}

/* Append at most COLUMNS columns of S; the bytes of S that they took. */
static size_t
add_columns(struct buf *b, const char *s, size_t columns, bool is_utf8,
            size_t *ret_width)
{
    size_t len = strlen(s), at = 0, used = 0;

    while (at < len) {
        uint32_t code;
        size_t n = text_decode(s + at, len - at, &code);
        int width = width_of(code, is_utf8);
        size_t takes = width < 0 ? 1 : (size_t) width;

        if (used + takes > columns)
            break;
        if ((width < 0 ? buf_add_str(b, "?") : buf_add(b, s + at, n)) == -1)
            break;
        used += takes;
        at += n;
    }
    *ret_width = used;
    return at;
}

size_t
text_add(struct buf *b, const char *s, size_t columns, bool is_utf8)
{
    size_t start = b->len, width;

    if (s[add_columns(b, s, columns, is_utf8, &width)] == '\0')
        return width;
    b->len = start; /* what was added is written anew, shorter */
    if (b->data)
        b->data[start] = '\0';
    add_columns(b, s, columns ? columns - 1 : 0, is_utf8, &width);
    if (columns && buf_add_str(b, ">") == 0)
        width++;
    return width;
}

void
text_add_json(struct buf *b, const char *s, size_t len, bool is_utf8)
{
    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t n = text_decode(s + at, len - at, &code);

        if (code == TEXT_INVALID)
            (void) buf_add_str(b, "\\ufffd");
        else if (text_is_safe(code) && (code < 0x80 || is_utf8))
            (void) buf_add(b, s + at, n);
        else if (code < 0x10000)
            (void) buf_printf(b, "\\u%04x", (unsigned) code);
        else
            (void) buf_printf(b, "\\u%04x\\u%04x",
                              0xd7c0 + (unsigned) (code >> 10),
                              0xdc00 + (unsigned) (code & 0x3ff));
        at += n;
    }
}

/* <https://www.w3.org/TR/xml/#charsets> */
static bool
is_xml(uint32_t code)
{
    return code == '\t' || code == '\n' || code == '\r' ||
           (code >= 0x20 && code != TEXT_INVALID && code != 0xfffe &&
            code != 0xffff);
}

void
text_add_xml(struct buf *b, const char *s, size_t len, bool is_utf8)
{
    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t n = text_decode(s + at, len - at, &code);
        bool is_plain = text_is_safe(code) && (code < 0x80 || is_utf8);

        if (is_plain && (code > 0x7f || !strchr("&<>\"", (int) code)))
            (void) buf_add(b, s + at, n);
        else
            (void) buf_printf(b, "&#x%x;",
                              is_xml(code) ? (unsigned) code : 0xfffdu);
        at += n;
    }
}

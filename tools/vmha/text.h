/* Untrusted text made safe for a terminal.
 *
 * Names and reasons come from users of the cloud.  No control character, no
 * escape sequence (C1 controls included), no invalid UTF-8 and nothing that
 * hides or reorders text gets out: each such character becomes a '?'.  Where
 * the terminal is not UTF-8, only ASCII gets out: bytes of UTF-8 may be control
 * characters there.
 */
#ifndef VMHA_TEXT_H
#define VMHA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Does the terminal take UTF-8, by the locale? */
bool text_is_utf8(void);

/* One character of the LEN > 0 bytes at S.  *RET_CODE is its code point, or
 * TEXT_INVALID for a byte that begins none; its length in bytes.
 */
#define TEXT_INVALID UINT32_MAX
size_t text_decode(const char *s, size_t len, uint32_t *ret_code);

/* Is it a character that a terminal just shows? */
bool text_is_safe(uint32_t code);

/* Append S, made safe, in at most COLUMNS columns of the terminal; what is cut
 * ends in ">".  The columns it takes (LC_CTYPE must be UTF-8 where IS_UTF8).
 */
size_t text_add(struct buf *b, const char *s, size_t columns, bool is_utf8);

/* Append the LEN bytes of JSON text S with all characters that are not safe
 * written as \uXXXX, which means the same.
 */
void text_add_json(struct buf *b, const char *s, size_t len, bool is_utf8);

/* Append the LEN bytes of S as the value of an XML attribute or the text of an
 * element, with all characters that are not safe as &#xXXXX; what is none in
 * XML 1.0 becomes U+FFFD.
 */
void text_add_xml(struct buf *b, const char *s, size_t len, bool is_utf8);

#endif

/* Strict readers of numbers, durations, booleans and times.
 *
 * Each takes a whole NUL-terminated text and returns 0, or -1 where the text
 * is anything but one such value (blanks, signs, trailing bytes and overflow
 * are refused); results are untouched on failure.
 */
#ifndef VMHA_SCAN_H
#define VMHA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int scan_u64(const char *s, uint64_t *ret_value);
int scan_uint(const char *s, unsigned *ret_value);
int scan_hex(const char *s, uint64_t *ret_value); /* digits only, no 0x */

/* 5 or 50%, the latter up to 100. */
int scan_share(const char *s, unsigned *ret_value, bool *ret_is_percent);

/* 30, 30s, 500ms, 5m, 5min, 1h -> milliseconds; a bare number is seconds. */
int scan_duration_ms(const char *s, uint64_t *ret_ms);

/* 1 true yes on y t / 0 false no off n f, in any case (as Pacemaker does). */
int scan_bool(const char *s, bool *ret_value);

/* Is S this word, in any case? */
bool scan_is_word(const char *s, const char *word);

/* ISO 8601 in UTC as OpenStack writes it: 2026-11-23T11:33:03Z, .000000,
 * with or without the Z -> milliseconds since the epoch.
 */
int scan_utc_ms(const char *s, int64_t *ret_ms);

/* Is it a UUID in its 36-character form? */
bool scan_is_uuid(const char *s);

/* Is it a host or node name: 1 to 255 bytes of letters, digits, '.', '-', '_'
 * with no leading '-' or '.'?
 */
bool scan_is_host_name(const char *s);

#endif

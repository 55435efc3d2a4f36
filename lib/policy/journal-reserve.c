/* The journal's value for a reserved host. */
#include "journal-reserve.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "scan.h"

enum { TEXT_MAX = 32 };

/* Copy the text up to one of ENDS and step over that.  -1: it is too long. */
static int
next_word(const char **text, const char *ends, char ret_word[TEXT_MAX])
{
    size_t len = strcspn(*text, ends);

    if (len >= TEXT_MAX)
        return -1;
    memcpy(ret_word, *text, len);
    ret_word[len] = '\0';
    *text += len + ((*text)[len] != '\0');
    return 0;
}

static int
parse_sets(const char *text, size_t len, struct journal_reserve *e)
{
    const char *end = text + len;
    char word[TEXT_MAX];
    uint64_t id;

    while (text < end) {
        if (next_word(&text, ",;", word) == -1 || scan_u64(word, &id) == -1 ||
            id > INT32_MAX || !journal_reserve_add_set(e, (int64_t) id))
            return -1;
    }
    return 0;
}

/* A byte that the CIB, or we, could not have as it is. */
static bool
is_escaped(unsigned char c)
{
    return c < ' ' || c == 0x7f || c == '%';
}

static int
parse_reason(const char *text, struct journal_reserve *e)
{
    size_t n = 0;

    for (; *text; text++) {
        uint64_t c = (unsigned char) *text;

        if (n == sizeof e->reason - 1)
            return -1;
        if (c == '%') {
            char digits[3] = { text[1], text[1] ? text[2] : '\0', '\0' };

            if (strlen(digits) != 2 || scan_hex(digits, &c) == -1)
                return -1;
            text += 2;
        }
        e->reason[n++] = (char) c;
    }
    e->reason[n] = '\0';
    return 0;
}

static void
format_reason(const struct journal_reserve *e, char *value)
{
    size_t len = strlen(value);

    if (e->reason[0])
        value[len++] = ';';
    for (const char *s = e->reason; *s; s++)
        len +=
            (size_t) snprintf(value + len, JOURNAL_RESERVE_MAX - len,
                              is_escaped((unsigned char) *s) ? "%%%02X" : "%c",
                              (unsigned char) *s);
}

static int
parse_fields(const char *value, struct journal_reserve *e)
{
    char version[TEXT_MAX], state[TEXT_MAX], time[TEXT_MAX];
    size_t len;

    if (next_word(&value, ";", version) == -1 ||
        next_word(&value, ";", state) == -1 ||
        next_word(&value, ";", time) == -1 || strcmp(version, "v1") != 0 ||
        journal_time_parse(time, &e->incident_ns) == -1)
        return -1;
    e->is_used = strcmp(state, "U") == 0;
    len = strcspn(value, ";");
    if (parse_sets(value, len, e) == -1)
        return -1;
    return value[len] ? parse_reason(value + len + 1, e) : 0;
}

int
journal_reserve_parse(const char *value, struct journal_reserve *ret_entry,
                      struct vmha_error *err)
{
    struct journal_reserve e = { 0 };
    char again[JOURNAL_RESERVE_MAX];

    if (parse_fields(value, &e) == 0) {
        journal_reserve_format(&e, again);
        if (strcmp(again, value) == 0) {
            *ret_entry = e;
            return 0;
        }
    }
    return vmha_fail(err, VMHA_E_INPUT, 0,
                     "'%.80s' is no journal entry of a reserved host", value);
}

void
journal_reserve_format(const struct journal_reserve *e,
                       char ret_value[JOURNAL_RESERVE_MAX])
{
    char time[JOURNAL_TIME_MAX];
    size_t len;

    journal_time_format(e->incident_ns, time);
    snprintf(ret_value, JOURNAL_RESERVE_MAX, "v1;%c;%s;",
             e->is_used ? 'U' : 'T', time);
    for (unsigned i = 0; i < e->n_sets; i++) {
        len = strlen(ret_value);
        snprintf(ret_value + len, JOURNAL_RESERVE_MAX - len, "%s%" PRId64,
                 i ? "," : "", e->sets[i]);
    }
    format_reason(e, ret_value);
}

void
journal_reserve_set_reason(struct journal_reserve *e, const char *reason)
{
    snprintf(e->reason, sizeof e->reason, "%s", reason ? reason : "");
}

const char *
journal_reserve_reason(const struct journal_reserve *e)
{
    return e->reason[0] ? e->reason : NULL;
}

bool
journal_reserve_equal(const struct journal_reserve *a,
                      const struct journal_reserve *b)
{
    char x[JOURNAL_RESERVE_MAX], y[JOURNAL_RESERVE_MAX];

    journal_reserve_format(a, x);
    journal_reserve_format(b, y);
    return strcmp(x, y) == 0;
}

bool
journal_reserve_has_set(const struct journal_reserve *e, int64_t id)
{
    for (unsigned i = 0; i < e->n_sets; i++)
        if (e->sets[i] == id)
            return true;
    return false;
}

bool
journal_reserve_add_set(struct journal_reserve *e, int64_t id)
{
    unsigned i = e->n_sets;

    if (journal_reserve_has_set(e, id))
        return true;
    if (i == RESERVE_SETS_MAX)
        return false;
    for (; i > 0 && e->sets[i - 1] > id; i--)
        e->sets[i] = e->sets[i - 1];
    e->sets[i] = id;
    e->n_sets++;
    return true;
}

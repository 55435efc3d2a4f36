/* lib/policy: the journal's entries of reserved hosts. */
#include <string.h>

#include "cleanup.h"
#include "journal-reserve.h"
#include "tap.h"

static void
test_entries(void)
{
    static const struct {
        const char *value;
        bool is_good;
    } table[] = {
        { "v1;T;1795419841.123456789;", true },
        { "v1;U;1795419841.123456789;", true },
        { "v1;T;0.000000000;3,17,2147483647", true },
        { "v1;T;1795419841.123456789;17,3", false }, /* not ascending */
        { "v1;T;1795419841.123456789;3,3", false },
        { "v1;T;1795419841.123456789;3,", false },
        { "v1;T;1795419841.123456789;-3", false },
        { "v1;T;1795419841.123456789;2147483648", false },
        { "v1;T;1795419841.123456789;1,2,3,4,5,6,7,8", true },
        { "v1;T;1795419841.123456789;1,2,3,4,5,6,7,8,9", false },
        { "v1;T;1795419841.123456789;;kept free", true },
        { "v1;T;1795419841.123456789;3,17;a; b, 100%25 c\xc3\xa9", true },
        { "v1;T;1795419841.123456789;;two%0Alines", true },
        { "v1;T;1795419841.123456789;3;", false },
        { "v1;T;1795419841.123456789;;100%", false },
        { "v1;T;1795419841.123456789;;%2", false },
        { "v1;T;1795419841.123456789;;%41", false }, /* needs none */
        { "v1;T;1795419841.123456789;;%0a", false },
        { "v1;T;1795419841.123456789;;%00", false },
        { "v1;T;1795419841.123456789;;two\nlines", false },
        { "v1;X;1795419841.123456789;", false },
        { "v2;T;1795419841.123456789;", false },
        { "v1;T;1795419841.1;", false },
        { "v1;T;1795419841.123456789", false },
        { "", false },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct journal_reserve e;
        struct vmha_error err;
        int rc = journal_reserve_parse(table[i].value, &e, &err);

        ok_msg((rc == 0) == table[i].is_good, "'%s'", table[i].value);
    }
}

static void
test_longest_entry(void)
{
    struct journal_reserve e = { .incident_ns = INT64_C(9223372035999999999) },
                           again = { 0 };
    char value[JOURNAL_RESERVE_MAX];
    struct vmha_error err;

    for (int64_t i = 0; i < RESERVE_SETS_MAX; i++)
        ok(journal_reserve_add_set(&e, INT32_MAX - i));
    ok(!journal_reserve_add_set(&e, 1));
    journal_reserve_format(&e, value);
    ok_msg(strlen(value) < 120, "%zu bytes", strlen(value));
    is_int(journal_reserve_parse(value, &again, &err), 0);
    ok(journal_reserve_equal(&e, &again));
}

/* What the operator wrote is in the entry whole, whatever it is: Nova takes 255
 * characters.
 */
static void
test_reasons(void)
{
    struct journal_reserve e = { .incident_ns = 17 }, again = { 0 };
    char value[JOURNAL_RESERVE_MAX], text[RESERVE_REASON_MAX];
    struct vmha_error err;

    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    journal_reserve_set_reason(&e, text);
    journal_reserve_format(&e, value);
    is_int(journal_reserve_parse(value, &again, &err), 0);
    is_str(journal_reserve_reason(&again), text);
    journal_reserve_set_reason(&e, "a;b,c%\t");
    journal_reserve_format(&e, value);
    is_str(value, "v1;T;0.000000017;;a;b,c%25%09");
    is_int(journal_reserve_parse(value, &again, &err), 0);
    is_str(journal_reserve_reason(&again), "a;b,c%\t");
    journal_reserve_set_reason(&e, NULL);
    is_str(journal_reserve_reason(&e), NULL);
    ok(!journal_reserve_equal(&e, &again));
}

TAP_MAIN({ "entries are read as they are written", test_entries },
         { "the longest entry", test_longest_entry },
         { "the operator's reason", test_reasons })

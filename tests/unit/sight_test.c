/* lib/policy: what a host is asked of guests, and answers. */
#include "sight.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "tap.h"

#define A "0000000a-0000-4000-8000-000000000000"
#define B "0000000b-0000-4000-8000-000000000000"

static void
test_text(void)
{
    struct sight s = { .seq = 1700000000123 }, got;
    char text[SIGHT_TEXT_MAX + 1];
    struct vmha_error err;

    sight_format(&s, text);
    is_str(text, "v1;1700000000123;");
    ok(sight_parse(text, &got, &err) == 0);
    ok(got.seq == s.seq && got.n == 0);
    ok(sight_add(&s, A) == 0 && sight_add(&s, B) == 0);
    sight_format(&s, text);
    is_str(text, "v1;1700000000123;" A "," B);
    ok(sight_parse(text, &got, &err) == 0);
    ok(got.seq == s.seq && sight_same(&got, &s));
    ok(sight_has(&got, A) && sight_has(&got, B));
    ok(!sight_has(&got, "0000000c-0000-4000-8000-000000000000"));
    got.n = 1;
    ok(!sight_same(&got, &s));
    memcpy(got.vms[0], B, sizeof got.vms[0]);
    s.n = 1;
    ok(!sight_same(&got, &s));
}

/* As many as there is room for, and their text, too. */
static void
test_room(void)
{
    struct sight s = { .seq = UINT64_MAX }, got;
    char text[SIGHT_TEXT_MAX + 1], id[UUID_MAX];
    struct vmha_error err;

    for (unsigned i = 0; i < SIGHT_VMS_MAX; i++) {
        snprintf(id, sizeof id, "%08x-0000-4000-8000-000000000000", i);
        ok(sight_add(&s, id) == 0);
    }
    ok(sight_add(&s, A) == -1);
    sight_format(&s, text);
    ok(sight_parse(text, &got, &err) == 0 && sight_same(&got, &s));
    ok(sight_add(&(struct sight){ 0 }, "vm1") == -1);
}

static void
test_refused(void)
{
    static const char *const table[] = {
        "",
        "v1",
        "v2;1;" A,
        "v1;1",
        "v1;;" A,
        "v1;x;" A,
        "v1;123456789012345678901234;" A,
        "v1;1;" A ",",
        "v1;1;," A,
        "v1;1;" A " " B,
        "v1;1;" A B,
        "v1;1;0000000a",
        "v1;1;0000000a-0000-4000-8000-00000000000g",
    };
    struct sight s = { .seq = 7 };
    struct vmha_error err;

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        ok_msg(sight_parse(table[i], &s, &err) == -1, "%s", table[i]);
        is_int(err.kind, VMHA_E_INPUT);
    }
    is_int(s.seq, 7);
}

static void
test_query(void)
{
    char text[SIGHT_TEXT_MAX + 200] = "name=\"vmha-question\" value=\"v1;";
    struct vmha_error err;
    struct sight s;

    ok(sight_parse_query("name=\"vmha-question\" host=\"cmp1\" "
                         "value=\"v1;5;" A "\"\n",
                         &s, &err) == 0);
    ok(s.seq == 5 && s.n == 1 && sight_has(&s, A));
    ok(sight_parse_query("name=\"vmha-question\" host=\"cmp1\"", &s, &err) ==
       -1);
    has_str(err.text, "has no value");
    ok(sight_parse_query(" value=\"v1;5;", &s, &err) == -1);
    ok(sight_parse_query(" value=\"nothing of ours\"", &s, &err) == -1);
    has_str(err.text, "nothing of ours");
    memset(text + strlen(text), '0', SIGHT_TEXT_MAX);
    text[strlen(text)] = '"';
    ok(sight_parse_query(text, &s, &err) == -1);
    has_str(err.text, "too long");
}

static void
test_looks(void)
{
    ok(sight_looks(1000, 5000, 6000));
    ok(sight_looks(1000, 3600000, 3600999));
    ok(!sight_looks(1000, 3600000, 3601000));
    ok(!sight_looks(1000, 3600000, 3659999));
    ok(sight_looks(1000, 3600000, 3660000));
}

TAP_MAIN({ "written and read", test_text },
         { "there is room for so many", test_room },
         { "what is nothing of the kind", test_refused },
         { "what attrd_updater prints", test_query },
         { "when a host looks for a question", test_looks })

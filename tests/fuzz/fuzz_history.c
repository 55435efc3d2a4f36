/* A line of the decision log: whatever it holds, it and its facts are read or
 * refused; facts that are read are written again the same.
 */
#include <assert.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"

#include "../../tools/history/facts.h"
#include "../../tools/history/put.h"
#include "../../tools/history/query.h"

static void
check_host(struct json_object *facts)
{
    struct death_facts death, again;
    struct opening_facts f, f_again;
    struct vmha_error err;

    if (facts_read_host(facts, &death, &f, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return;
    }
    (void) opening_of(&f);
    struct json_object *o = facts_of_host(&f);
    assert(facts_read_host(o, &again, &f_again, &err) == 0);
    assert(certainty_of(&death) == certainty_of(&again));
    assert(opening_of(&f) == opening_of(&f_again));
    json_object_put(o);
}

static void
check_server(struct json_object *facts)
{
    struct server_fact s;
    struct vmha_error err;

    if (facts_read_server(facts, &s, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return;
    }
    vm_free(vm_new(&s));
}

static void
check_call(struct json_object *facts)
{
    struct call_facts f, again;
    struct vmha_error err;

    if (facts_read_call(facts, &f, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return;
    }
    struct json_object *o = facts_of_call(&f);
    assert(facts_read_call(o, &again, &err) == 0);
    assert(call_of(&f) == call_of(&again));
    json_object_put(o);
}

static void
check_brake(struct json_object *facts)
{
    struct brake_case c, again;
    struct vmha_error err;

    if (facts_read_brake(facts, &c, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return;
    }
    (void) brake_of(&c.facts, &c.rules, 0);
    struct json_object *o = facts_of_brake(&c.facts, &c.rules, 0);
    assert(facts_read_brake(o, &again, &err) == 0);
    json_object_put(o);
}

static void
check_reserve(struct json_object *facts)
{
    struct reserve_case c, again;
    struct vmha_error err;

    if (facts_read_reserve(facts, &c, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return;
    }
    struct json_object *o = facts_of_reserve(&c);
    assert(facts_read_reserve(o, &again, &err) == 0);
    assert(memcmp(&c, &again, sizeof c) == 0);
    json_object_put(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_HISTORY_LIST struct history_list list = { 0 };
    struct history_query q = { .what = "incident" };
    struct history_line line;
    struct json_object *facts = NULL;
    struct vmha_error err = { 0 };

    if (history_line_parse((const char *) data, size, &line, &err) == -1) {
        assert(err.kind == VMHA_E_INPUT && err.text[0]);
        return 0;
    }
    assert(line.what && line.time_ms > 0);
    if (json_object_object_get_ex(line.json, "facts", &facts)) {
        check_host(facts);
        check_server(facts);
        check_call(facts);
        check_brake(facts);
        check_reserve(facts);
    }
    (void) history_matches(&q, &line);
    history_list_add(&list, &q, &line);
    assert(list.n == 1);
    return 0;
}

/* Nova's documents. */
#include "nova-groups-json.h"
#include "nova-json.h"

#include "reply.h"
#include "tap.h"
#include "xalloc.h"

#define U1 "11111111-1111-4111-8111-111111111111"
#define U2 "22222222-2222-4222-8222-222222222222"
#define T1 "2026-11-23T11:00:00.000000"
#define T2 "2026-11-23T12:00:00.000000"

#define SERVER                                                                 \
    "\"id\":\"" U1 "\",\"name\":\"vm\",\"status\":\"ACTIVE\","                 \
    "\"OS-EXT-SRV-ATTR:host\":\"cmp1\",\"OS-EXT-STS:vm_state\":\"active\","    \
    "\"OS-EXT-STS:task_state\":null,\"OS-EXT-STS:power_state\":1,"             \
    "\"OS-SRV-USG:launched_at\":\"" T1 "\""

static int
servers(const char *text, struct nova_server_list *list, bool *more,
        struct vmha_error *err)
{
    return nova_servers_parse(text, strlen(text), list, more, err);
}

static void
test_servers(void)
{
    CLEANUP_NOVA_SERVERS struct nova_server_list list = { 0 };
    struct vmha_error err = { 0 };
    bool more = false;

    ok_msg(servers("{\"servers\":[{" SERVER ",\"flavor\":{\"ram\":512,"
                   "\"original_name\":\"m1\",\"extra_specs\":{\"a:b\":\"c\"}},"
                   "\"tenant_id\":\"p1\",\"OS-EXT-AZ:availability_zone\":"
                   "\"az1\",\"image\":{\"id\":\"i1\",\"links\":[]},"
                   "\"metadata\":{\"HA_Enabled\":\"true\",\"k\":\"\"},"
                   "\"tags\":[\"t1\",\"t2\"]},"
                   "{\"id\":\"" U2 "\",\"OS-EXT-STS:vm_state\":\"error\","
                   "\"image\":\"\",\"metadata\":{},\"tags\":[],"
                   "\"OS-EXT-STS:task_state\":\"rebuilding\",\"fault\":{"
                   "\"code\":500,\"message\":\"No valid host\"}},"
                   "{\"id\":\"" U1 "\",\"status\":\"UNKNOWN\","
                   "\"OS-EXT-STS:vm_state\":\"dreaming\"}],"
                   "\"servers_links\":[{\"rel\":\"next\",\"href\":\"x\"}]}",
                   &list, &more, &err) == 0,
           "%s", err.text);
    is_int(list.n, 3);
    ok(more);
    is_str(list.items[0].id, U1);
    is_str(list.items[0].name, "vm");
    is_str(list.items[0].host, "cmp1");
    is_str(list.items[0].vm_state, "active");
    is_str(list.items[0].task_state, NULL);
    is_str(list.items[0].fault, NULL);
    is_int(list.items[0].power_state, 1);
    is_int(list.items[0].ram_mb, 512);
    ok(list.items[0].was_launched);
    is_str(list.items[0].project, "p1");
    is_str(list.items[0].zone, "az1");
    is_str(list.items[0].image, "i1");
    is_str(list.items[0].flavor, "m1");
    is_str(pairs_find(&list.items[0].extra_specs, "a:b"), "c");
    is_str(pairs_find(&list.items[0].metadata, "HA_Enabled"), "true");
    is_str(pairs_find(&list.items[0].metadata, "k"), "");
    is_str(pairs_find(&list.items[0].metadata, "K"), NULL);
    is_int(list.items[0].tags.n, 2);
    is_str(list.items[0].tags.items[1].value, "t2");
    is_str(list.items[1].image, NULL);
    is_str(list.items[1].flavor, NULL);
    is_int(list.items[1].metadata.n + list.items[1].tags.n, 0);
    is_str(list.items[1].name, "");
    is_str(list.items[1].host, NULL);
    is_str(list.items[1].task_state, "rebuilding");
    is_str(list.items[1].fault, "No valid host");
    ok(!list.items[1].was_launched);
    is_str(list.items[2].vm_state, "dreaming"); /* not a cell that is down */
}

static void
test_bad_servers(void)
{
    static const struct {
        const char *text, *words;
        enum vmha_kind kind;
    } table[] = {
        { "{}", "servers: expected a list", VMHA_E_INPUT },
        { "{\"servers\":[1]}", "servers[0]: expected an object", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER "},{\"id\":\"x\"}]}",
          "servers[1].id: expected a UUID", VMHA_E_INPUT },
        { "{\"servers\":[{\"id\":\"" U1 "\"}]}",
          "servers[0].OS-EXT-STS:vm_state: expected a string", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"OS-EXT-STS:power_state\":\"1\"}]}",
          "OS-EXT-STS:power_state: expected a whole number", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"OS-EXT-STS:power_state\":-1}]}",
          "out of range", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"flavor\":[]}]}",
          "servers[0].flavor: expected an object", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"flavor\":{\"ram\":-5}}]}",
          "servers[0].flavor.ram: below 0", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"fault\":7}]}",
          "servers[0].fault: expected an object", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"metadata\":{\"a\":7}}]}",
          "servers[0].metadata.a: expected a string", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"metadata\":7}]}",
          "servers[0].metadata: expected an object", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"tags\":[\"a\",null]}]}",
          "servers[0].tags[1]: expected a string", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"image\":[]}]}",
          "servers[0].image: expected an object", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER ",\"image\":{}}]}",
          "servers[0].image.id: expected a string", VMHA_E_INPUT },
        { "{\"servers\":[{" SERVER
          ",\"flavor\":{\"extra_specs\":{\"x\":\"\\u0000\"}}}]}",
          "servers[0].flavor.extra_specs.x: expected a string without NUL",
          VMHA_E_INPUT },
        { "{\"servers\":[],\"servers_links\":{}}",
          "servers_links: expected a list", VMHA_E_INPUT },
        { "{\"servers\":[{\"id\":\"" U1 "\",\"status\":\"UNKNOWN\"}]}",
          "its cell does not answer", VMHA_E_AGAIN },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_NOVA_SERVERS struct nova_server_list list = { 0 };
        struct vmha_error err = { 0 };
        bool more;

        is_int(servers(table[i].text, &list, &more, &err), -1);
        is_int(err.kind, table[i].kind);
        has_str(err.text, table[i].words);
    }
}

#define MIGRATION(uuid, status, created, updated)                              \
    "{\"id\":7,\"uuid\":\"" uuid "\",\"instance_uuid\":\"" U1                  \
    "\",\"status\":\"" status "\",\"source_compute\":\"cmp1\","                \
    "\"dest_compute\":null,\"created_at\":\"" created                          \
    "\",\"updated_at\":" updated "}"

static void
test_migrations(void)
{
    static const char text[] = "{\"migrations\":[" MIGRATION(
        "a", "accepted", T1,
        "null") "," MIGRATION("b", "done", T2,
                              "\"" T2
                              "\"") "," MIGRATION("a", "pre-migrating", T1,
                                                  "\"" T2
                                                  "\"") ",{\"id\":8,\"instance_"
                                                        "uuid\":\"" U2
                                                        "\",\"status\":"
                                                        "\"done\","
                                                        "\"source_compute\":"
                                                        "\"cmp1\",\"dest_"
                                                        "compute\":\"cmp2\"}]}";
    CLEANUP_NOVA_MIGRATIONS struct nova_migration_list list = { 0 };
    struct vmha_error err = { 0 };
    bool more = true;

    ok_msg(nova_migrations_parse(text, strlen(text), &list, &more, &err) == 0,
           "%s", err.text);
    ok(!more);
    is_int(list.n, 4);
    nova_migrations_merge(&list);
    is_int(list.n, 3);
    is_str(list.items[0].uuid, "b");
    is_int(list.items[0].updated_ms - list.items[1].created_ms, 3600000);
    is_str(list.items[1].uuid, "a");
    is_str(list.items[1].status, "pre-migrating");
    is_str(list.items[1].dest, NULL);
    is_str(list.items[2].uuid, "8");
    is_str(list.items[2].dest, "cmp2");
    is_int(list.items[2].created_ms, 0);
}

static void
test_hidden_hosts_are_a_matter_of_rights(void)
{
    static const char text[] =
        "{\"migrations\":[{\"uuid\":\"a\",\"source_compute\":null}]}";
    CLEANUP_NOVA_MIGRATIONS struct nova_migration_list list = { 0 };
    struct vmha_error err = { 0 };
    bool more;

    is_int(nova_migrations_parse(text, strlen(text), &list, &more, &err), -1);
    is_int(err.kind, VMHA_E_PERMISSION);
    has_str(err.text, "migrations[0].source_compute");
}

#define SERVICE(host, more)                                                    \
    "{\"id\":\"" U1 "\",\"binary\":\"nova-compute\",\"host\":\"" host          \
    "\",\"status\":\"disabled\",\"state\":\"down\",\"forced_down\":true" more  \
    "}"

static int
services(const char *text, struct nova_service *s, bool *found,
         struct vmha_error *err)
{
    return nova_services_parse(text, strlen(text), "cmp1", s, found, err);
}

static void
test_services(void)
{
    CLEANUP_NOVA_SERVICE struct nova_service s = { 0 };
    struct vmha_error err = { 0 };
    bool found = true;

    is_int(services("{\"services\":[]}", &s, &found, &err), 0);
    ok(!found);
    ok_msg(services("{\"services\":[" SERVICE("cmp11", "") "," SERVICE(
                        "cmp1", ",\"disabled_reason\":\"r\","
                                "\"updated_at\":\"" T1 "\"") "]}",
                    &s, &found, &err) == 0,
           "%s", err.text);
    ok(found);
    is_str(s.id, U1);
    is_str(s.host, "cmp1");
    ok(s.is_disabled);
    ok(s.is_forced_down);
    ok(!s.is_up);
    is_str(s.disabled_reason, "r");
    ok(s.updated_ms > 0);
}

static void
test_bad_services(void)
{
    static const struct {
        const char *text, *words;
        enum vmha_kind kind;
    } table[] = {
        { "{\"services\":[" SERVICE("cmp1", "") "," SERVICE("cmp1", "") "]}",
          "two of host 'cmp1'", VMHA_E_INPUT },
        { "{\"services\":[" SERVICE("cmp1", ",\"status\":\"on\"") "]}",
          "services[0].status: expected disabled or enabled", VMHA_E_INPUT },
        { "{\"services\":[" SERVICE("cmp1", ",\"forced_down\":null") "]}",
          "services[0].forced_down: expected true or false", VMHA_E_INPUT },
        { "{\"services\":[{\"host\":\"cmp1\",\"status\":\"UNKNOWN\"}]}",
          "its cell does not answer", VMHA_E_AGAIN },
        { "{\"services\":[{}]}", "services[0].host", VMHA_E_INPUT },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_NOVA_SERVICE struct nova_service s = { 0 };
        struct vmha_error err = { 0 };
        bool found;

        is_int(services(table[i].text, &s, &found, &err), -1);
        is_int(err.kind, table[i].kind);
        has_str(err.text, table[i].words);
    }
}

static void
test_versions(void)
{
    static const struct {
        const char *text, *prefix;
        unsigned minor;
        enum vmha_kind kind;
    } table[] = {
        { "{\"version\":{\"id\":\"v2.1\",\"version\":\"2.93\"}}", "", 93, 0 },
        { "{\"versions\":[{\"id\":\"v2.0\",\"version\":\"\"},"
          "{\"id\":\"v2.1\",\"version\":\"2.103\"}]}",
          "/v2.1", 103, 0 },
        { "{\"version\":{\"id\":\"v2.0\",\"version\":\"\"}}", "", 0,
          VMHA_E_CONFIG },
        { "{\"versions\":[]}", "", 0, VMHA_E_CONFIG },
        { "{\"version\":{\"version\":\"3.1\"}}", "", 0, VMHA_E_INPUT },
        { "{\"version\":{\"version\":\"2.x\"}}", "", 0, VMHA_E_INPUT },
        { "{\"version\":{}}", "", 0, VMHA_E_INPUT },
        { "{}", "", 0, VMHA_E_INPUT },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct vmha_error err = { 0 };
        const char *prefix = "";
        unsigned minor = 0;
        int rc = nova_version_parse(table[i].text, strlen(table[i].text),
                                    &minor, &prefix, &err);

        is_int(rc, table[i].kind ? -1 : 0);
        is_int(err.kind, table[i].kind);
        is_int(minor, table[i].minor);
        is_str(prefix, table[i].prefix);
    }
}

static void
test_refusal_texts(void)
{
    static const struct {
        const char *text, *words;
    } table[] = {
        { "{\"badRequest\":{\"code\":400,\"message\":\"still in use.\"}}",
          "still in use." },
        { "{\"conflictingRequest\":{\"message\":\"a\\nb\"}}", "a b" },
        { "{\"error\":{\"code\":401,\"message\":\"no\",\"title\":\"U\"}}",
          "no" },
        { "{\"code\":\"401\",\"message\":\"top\"}", "top" },
        { "{\"x\":{\"message\":5},\"y\":null}", "" },
        { "<html>proxy</html>", "" },
        { "", "" },
        { "{\"x\":{\"message\":\"12345678901234567890\"}}", "123456789012345" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        char text[16];

        reply_refusal(table[i].text, strlen(table[i].text), text, sizeof text);
        is_str(text, table[i].words);
    }
}

static void
test_not_found_is_novas(void)
{
    static const char nova[] = "{\"itemNotFound\":{\"code\":404,\"message\":"
                               "\"Instance x could not be found.\"}}";
    static const char proxy[] = "<html>404</html>";

    ok(nova_is_not_found(nova, strlen(nova)));
    ok(!nova_is_not_found(proxy, strlen(proxy)));
    ok(!nova_is_not_found("{}", 2));
}

static void
test_guest(void)
{
    static const struct {
        const char *text, *why;
    } table[] = {
        { "{\"state\":\"running\",\"driver\":\"libvirt\"}", NULL },
        { "{}", "state" },
        { "{\"state\":1}", "state" },
        { "{\"state\":\"paused\"}", "found 'paused'" },
        { "", "" },
    };
    struct vmha_error err;

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        int rc = nova_guest_parse(table[i].text, strlen(table[i].text), &err);

        is_int(rc, table[i].why ? -1 : 0);
        if (table[i].why)
            has_str(err.text, table[i].why);
    }
}

static void
test_force_down_body(void)
{
    CLEANUP_FREE char *both = nova_force_down_body("vmha \"x\"");
    CLEANUP_FREE char *one = nova_force_down_body(NULL);

    is_str(both, "{\"forced_down\":true,\"status\":\"disabled\","
                 "\"disabled_reason\":\"vmha \\\"x\\\"\"}");
    is_str(one, "{\"forced_down\":true}");
}

/* --- JSON itself ---------------------------------------------------------- */

static void
test_limits_of_json(void)
{
    enum { DEEP = 100 };
    CLEANUP_FREE char *deep = xcalloc(1, DEEP * 6 + 1);
    static const struct {
        const char *text;
        size_t len;
        const char *words;
    } table[] = {
        { "{\"version\":{\"version\":\"2.9\0\"}}", 30, "a NUL byte" },
        { "{\"version\":{\"version\":\"2.9\\u0000\"}}", 35, "without NUL" },
        { "{\"version\":", 11, "it ends early" },
        { "{} x", 4, "no JSON" },
        { "{\"a\":'x'}", 9, "no JSON" },
        { "{\"a\":\"\xff\"}", 9, "no JSON" },
        { "nonsense", 8, "no JSON" },
    };
    const char *prefix;
    unsigned minor;
    struct vmha_error err = { 0 };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        is_int(nova_version_parse(table[i].text, table[i].len, &minor, &prefix,
                                  &err),
               -1);
        is_int(err.kind, VMHA_E_INPUT);
        has_str(err.text, table[i].words);
    }
    for (size_t i = 0; i < DEEP; i++)
        memcpy(deep + i * 5, "{\"a\":", 6);
    is_int(nova_version_parse(deep, strlen(deep), &minor, &prefix, &err), -1);
    has_str(err.text, "nesting too deep");
}

/* As for the Python services that write these documents. */
static void
test_last_of_two_keys_counts(void)
{
    static const char text[] =
        "{\"version\":{\"version\":\"2.1\",\"version\":\"2.60\"}}";
    struct vmha_error err = { 0 };
    const char *prefix;
    unsigned minor = 0;

    is_int(nova_version_parse(text, strlen(text), &minor, &prefix, &err), 0);
    is_int(minor, 60);
}

#define GROUP "\"id\":\"g\",\"name\":\"n\",\"policy\":\"affinity\""

static void
test_groups(void)
{
    static const struct {
        const char *text, *words; /* NULL: good */
    } table[] = {
        { "{\"server_groups\":[]}", NULL },
        { "{\"server_groups\":[{" GROUP ",\"rules\":{},\"members\":"
          "[\"a\",\"b\"]},{" GROUP "}]}",
          NULL },
        { "{}", "server_groups: expected a list" },
        { "{\"server_groups\":[{\"id\":\"g\",\"name\":\"n\"}]}",
          "server_groups[0].policy: expected a string" },
        { "{\"server_groups\":[{" GROUP ",\"members\":[\"a\",1]}]}",
          "server_groups[0].members[1]: expected a string" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_NOVA_GROUPS struct nova_group_list list = { 0 };
        struct vmha_error err = { 0 };

        is_int(nova_groups_parse(table[i].text, strlen(table[i].text), &list,
                                 &err),
               table[i].words ? -1 : 0);
        has_str(err.text, table[i].words ? table[i].words : "");
        is_int(list.n, i == 1 ? 2 : 0);
        if (i == 1) {
            is_str(list.items[0].policy, "affinity");
            is_str(list.items[0].members.items[1].value, "b");
            is_int(list.items[1].members.n, 0);
        }
    }
}

TAP_MAIN({ "server groups", test_groups }, { "servers", test_servers },
         { "bad servers name the place", test_bad_servers },
         { "migrations: the last of each record, newest first",
           test_migrations },
         { "hidden hosts are a matter of rights",
           test_hidden_hosts_are_a_matter_of_rights },
         { "services", test_services }, { "bad services", test_bad_services },
         { "version documents", test_versions },
         { "texts of refusals", test_refusal_texts },
         { "not found is Nova's own", test_not_found_is_novas },
         { "diagnostics of a guest", test_guest },
         { "the body that forces down", test_force_down_body },
         { "limits of JSON", test_limits_of_json },
         { "the last of two keys counts", test_last_of_two_keys_counts })

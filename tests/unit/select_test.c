/* lib/policy: which VMs are recovered. */
#include "cleanup.h"
#include "select.h"
#include "tap.h"

#define AMPHORA "amphora-4b2ba6c1-0f65-4e9c-a7f6-3d4ab7d7d5aa"

static struct select_rules
defaults(void)
{
    return (struct select_rules){ .takes_all = true,
                                  .skips_service_vms = true,
                                  .ha_key = "HA_Enabled",
                                  .priority_key = "vmha:priority" };
}

static struct server_fact
server(void)
{
    return (struct server_fact){ .id = "4b2ba6c1-0f65-4e9c-a7f6-3d4ab7d7d5aa",
                                 .name = "web-1",
                                 .host = "c1",
                                 .vm_state = "active",
                                 .project = "p1",
                                 .zone = "nova",
                                 .flavor = "m1.small",
                                 .power_state = 1,
                                 .was_launched = true };
}

static void
test_globs(void)
{
    static const struct {
        const char *glob, *text;
        bool want;
    } table[] = {
        { "", "", true },
        { "", "a", false },
        { "*", "", true },
        { "*", "abc", true },
        { "a*", "abc", true },
        { "a*", "ba", false },
        { "*c", "abc", true },
        { "*c", "abcd", false },
        { "a*b*c", "axxbyyc", true },
        { "a*b*c", "axxcyyb", false },
        { "*ab", "aab", true },
        { "*a*a*a*a*b", "aaaaaaaaaaaaaaaaa", false },
        { "a?c", "abc", true },
        { "a?c", "ac", false },
        { "?", "", false },
        { "a**", "a", true },
        { "A", "a", false },
        { "[a]", "a", false },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++)
        ok_msg(glob_matches(table[i].glob, table[i].text) == table[i].want,
               "'%s' and '%s'", table[i].glob, table[i].text);
}

/* Opting in and out, as Masakari's HA_Enabled. */
static void
test_wishes(void)
{
    /* clang-format off */
    static const struct {
        bool takes_all;
        const char *value; /* of HA_Enabled, NULL: not there */
        enum vm_choice want;
        const char *why;
        bool warns;
    } table[] = {
        { true, NULL, CHOICE_RECOVER, "", false },
        { true, "True", CHOICE_RECOVER, "", false },
        { true, "false", CHOICE_SKIP, "opted out by its metadata HA_Enabled", false },
        { true, "FALSE", CHOICE_SKIP, "opted out", false },
        { true, "no", CHOICE_SKIP, "opted out", false },
        { true, "maybe", CHOICE_RECOVER, "", true },
        { true, "", CHOICE_RECOVER, "", true },
        { true, " false", CHOICE_RECOVER, "", true },
        { false, NULL, CHOICE_SKIP, "not opted in by metadata HA_Enabled=true", false },
        { false, "true", CHOICE_RECOVER, "", false },
        { false, "TRUE", CHOICE_RECOVER, "", false },
        { false, "yes", CHOICE_RECOVER, "", false },
        { false, "False", CHOICE_SKIP, "not opted in", false },
        { false, "maybe", CHOICE_SKIP, "not opted in", true },
    };
    /* clang-format on */

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct select_rules rules = defaults();
        struct server_fact s = server();
        struct selection sel;

        rules.takes_all = table[i].takes_all;
        pairs_add(&s.metadata, "ha_enabled", "false"); /* another key */
        if (table[i].value)
            pairs_add(&s.metadata, "HA_Enabled", table[i].value);
        select_vm(&rules, &s, false, &sel);
        ok_msg(sel.choice == table[i].want, "%d %s", table[i].takes_all,
               table[i].value ? table[i].value : "-");
        has_str(sel.why, table[i].why);
        is_int(sel.why[0] != '\0', table[i].want == CHOICE_SKIP);
        is_int(sel.warning[0] != '\0', table[i].warns);
        pairs_clear(&s.metadata);
    }
}

static enum vm_choice
excluded(const char *exclude, const struct server_fact *s, const char *why)
{
    CLEANUP(select_rules_clear) struct select_rules rules = defaults();
    struct vmha_error err = { 0 };
    struct selection sel;

    ok_msg(select_rules_parse(&rules, exclude, "evacuate", &err) == 0, "%s",
           err.text);
    select_vm(&rules, s, false, &sel);
    has_str(sel.why, why);
    return sel.choice;
}

static void
test_exclusions(void)
{
    static const struct {
        const char *exclude, *why;
        enum vm_choice want;
    } table[] = {
        { NULL, "", CHOICE_RECOVER },
        { "", "", CHOICE_RECOVER },
        { "project=p1", "the rule 'project=p1'", CHOICE_SKIP },
        { "project=p2", "", CHOICE_RECOVER },
        { "name=web-*", "the rule 'name=web-*'", CHOICE_SKIP },
        { "name=web-??", "", CHOICE_RECOVER },
        { "flavor=m1.*", "flavor=m1", CHOICE_SKIP },
        { "flavor:hw:cpu_policy=dedicated", "cpu_policy", CHOICE_SKIP },
        { "flavor:hw:cpu_policy=shared", "", CHOICE_RECOVER },
        { "flavor:none=*", "", CHOICE_RECOVER },
        { "image=70a599e0-*", "image=", CHOICE_SKIP },
        { "tag=canary", "tag=canary", CHOICE_SKIP },
        { "tag=can", "", CHOICE_RECOVER },
        { "metadata:role=*test*", "role", CHOICE_SKIP },
        { "zone=nova", "zone=nova", CHOICE_SKIP },
        { "name=db-*,project=p2 ,  tag=canary", "'tag=canary'", CHOICE_SKIP },
    };
    struct server_fact s = server();

    s.image = "70a599e0-31e7-49b7-b260-868f441e862b";
    pairs_add(&s.extra_specs, "hw:cpu_policy", "dedicated");
    pairs_add(&s.tags, NULL, "one");
    pairs_add(&s.tags, NULL, "canary");
    pairs_add(&s.metadata, "role", "a test=b");
    pairs_add(&s.metadata, "HA_Enabled", "true"); /* the rule is stronger */
    for (size_t i = 0; i < N_ELEMENTS(table); i++)
        ok_msg(excluded(table[i].exclude, &s, table[i].why) == table[i].want,
               "%s", table[i].exclude ? table[i].exclude : "-");
    pairs_clear(&s.extra_specs);
    pairs_clear(&s.tags);
    pairs_clear(&s.metadata);
}

/* A VM of which Nova tells nothing matches nothing. */
static void
test_unknown_facts(void)
{
    struct server_fact s = { .id = "x", .vm_state = "active" };

    is_int(excluded("project=*,name=*,flavor=*,flavor:a=*,image=*,tag=*,"
                    "metadata:a=*,zone=*",
                    &s, ""),
           CHOICE_RECOVER);
}

static void
test_bad_rules(void)
{
    static const struct {
        const char *exclude, *local_disk, *words;
    } table[] = {
        { "project", "skip", "exclude: rule 1: 'project' is not of the form" },
        { "name=a,,tag=b", "skip", "exclude: rule 2: ''" },
        { "name=a,", "skip", "exclude: rule 2: ''" },
        { "name=", "skip", "exclude: rule 1: 'name='" },
        { "owner=me", "skip", "rule 1: 'owner=me': expected project=" },
        { "name:x=a", "skip", "rule 1: 'name:x=a': expected" },
        { "metadata=a", "skip", "rule 1: 'metadata=a': expected" },
        { "metadata:=a", "skip", "rule 1: 'metadata:=a': expected" },
        { "Name=a", "skip", "rule 1: 'Name=a': expected" },
        { "=a", "skip", "rule 1: '=a': expected" },
        { NULL, "", "local_disk: '' is not" },
        { NULL, "wait", "local_disk: 'wait' is not" },
        { NULL, "wait:", "local_disk: 'wait:' is not" },
        { NULL, "wait:soon", "local_disk: 'wait:soon' is not evacuate, skip" },
        { NULL, "Skip", "local_disk: 'Skip' is not" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct select_rules rules = defaults();
        struct vmha_error err = { 0 };

        is_int(select_rules_parse(&rules, table[i].exclude, table[i].local_disk,
                                  &err),
               -1);
        is_int(err.kind, VMHA_E_CONFIG);
        has_str(err.text, table[i].words);
        is_int(rules.n_exclusions, 0);
    }
}

static void
test_too_many_rules(void)
{
    static char text[(EXCLUSIONS_MAX + 1) * 7 + 1];
    CLEANUP(select_rules_clear) struct select_rules rules = defaults();
    struct vmha_error err = { 0 };

    for (size_t i = 0; i <= EXCLUSIONS_MAX; i++)
        memcpy(text + 7 * i, i ? ",name=a" : " name=a", 8);
    is_int(select_rules_parse(&rules, text, "skip", &err), -1);
    has_str(err.text, "above 256 rules");
    text[EXCLUSIONS_MAX * 7] = '\0';
    is_int(select_rules_parse(&rules, text, "skip", &err), 0);
    is_int(rules.n_exclusions, EXCLUSIONS_MAX);
}

static void
test_service_vms(void)
{
    static const struct {
        const char *name;
        bool skips;
        enum vm_choice want;
    } table[] = {
        { AMPHORA, true, CHOICE_SKIP },
        { AMPHORA, false, CHOICE_RECOVER },
        { AMPHORA "x", true, CHOICE_RECOVER },
        { "my-" AMPHORA, true, CHOICE_RECOVER },
        { "amphora-1", true, CHOICE_RECOVER },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct select_rules rules = defaults();
        struct server_fact s = server();
        struct selection sel;

        s.name = table[i].name;
        rules.skips_service_vms = table[i].skips;
        select_vm(&rules, &s, false, &sel);
        ok_msg(sel.choice == table[i].want, "%s", table[i].name);
        has_str(sel.why, sel.choice == CHOICE_SKIP ? "left to Octavia" : "");
    }
}

static void
test_errors(void)
{
    static const struct {
        bool skips, was_error;
        enum vm_choice want;
    } table[] = { { false, true, CHOICE_RECOVER },
                  { true, false, CHOICE_RECOVER },
                  { true, true, CHOICE_SKIP } };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct select_rules rules = defaults();
        struct server_fact s = server();
        struct selection sel;

        s.vm_state = "error";
        rules.skips_errors = table[i].skips;
        select_vm(&rules, &s, table[i].was_error, &sel);
        is_int(sel.choice, table[i].want);
        has_str(sel.why, sel.choice == CHOICE_SKIP ? "in error before" : "");
    }
}

/* N22: an image-backed disk that is not shared is built anew. */
static void
test_local_disks(void)
{
    static const struct {
        const char *local_disk;
        bool is_shared;
        const char *image;
        enum vm_choice want;
        int64_t hold_ms;
    } table[] = {
        { "evacuate", false, "i", CHOICE_RECOVER, 0 },
        { "skip", false, "i", CHOICE_STAY, 0 },
        { "skip", false, NULL, CHOICE_RECOVER, 0 },
        { "skip", true, "i", CHOICE_RECOVER, 0 },
        { "wait:10min", false, "i", CHOICE_WAIT, 600000 },
        { "wait:10min", false, NULL, CHOICE_RECOVER, 0 },
        { "wait:10min", true, "i", CHOICE_RECOVER, 0 },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP(select_rules_clear) struct select_rules rules = defaults();
        struct server_fact s = server();
        struct vmha_error err = { 0 };
        struct vm *v;

        is_int(select_rules_parse(&rules, NULL, table[i].local_disk, &err), 0);
        rules.has_shared_storage = table[i].is_shared;
        s.image = table[i].image;
        v = vm_new(&s);
        vm_select(v, &s, &rules);
        ok_msg(v->choice == table[i].want, "%s %d %s", table[i].local_disk,
               table[i].is_shared, s.image ? s.image : "-");
        is_int(v->hold_ms, table[i].hold_ms);
        vm_apply_selection(v, 1000);
        is_int(v->phase, v->choice == CHOICE_STAY ? VM_SKIPPED : VM_WAITING);
        is_int(v->not_before_ms, v->choice == CHOICE_WAIT ? 601000 : 0);
        is_int(v->reason != NULL, v->choice != CHOICE_RECOVER);
        vm_free(v);
    }
}

/* What a reading says replaces what an earlier one said. */
static void
test_changes(void)
{
    struct select_rules rules = defaults();
    struct server_fact s = server();
    struct vm *v = vm_new(&s);

    pairs_add(&s.metadata, "HA_Enabled", "false");
    vm_select(v, &s, &rules);
    v->phase = VM_MOVING; /* nobody takes it back */
    vm_apply_selection(v, 0);
    is_int(v->phase, VM_MOVING);
    v->phase = VM_WAITING;
    vm_apply_selection(v, 0);
    is_int(v->phase, VM_SKIPPED);
    has_str(v->reason, "opted out");
    pairs_clear(&s.metadata);
    vm_select(v, &s, &rules);
    is_int(v->phase, VM_HELD);
    vm_classify(v, &s);
    vm_apply_selection(v, 0);
    is_int(v->phase, VM_WAITING);
    is_str(v->reason, NULL);

    s.image = "i";
    rules.local_disk = LOCAL_DISK_WAIT;
    rules.local_disk_wait_ms = 5000;
    vm_select(v, &s, &rules);
    vm_apply_selection(v, 1000);
    is_int(v->not_before_ms, 6000);
    rules.has_shared_storage = true;
    vm_select(v, &s, &rules);
    vm_apply_selection(v, 1000);
    is_int(v->not_before_ms, 0);
    is_str(v->reason, NULL);

    rules.has_shared_storage = false;
    v->attempts = 1; /* its disk is where it is: no reason to wait for it */
    v->not_before_ms = 3000;
    vm_select(v, &s, &rules);
    vm_apply_selection(v, 1000);
    is_int(v->not_before_ms, 3000);
    vm_free(v);
}

TAP_MAIN({ "patterns", test_globs }, { "opting in and out", test_wishes },
         { "rules of exclusion", test_exclusions },
         { "a VM of which little is known", test_unknown_facts },
         { "bad rules are named", test_bad_rules },
         { "too many rules", test_too_many_rules },
         { "service VMs are left to their owner", test_service_vms },
         { "VMs in error before the failure", test_errors },
         { "disks that an evacuation would lose", test_local_disks },
         { "what changes meanwhile", test_changes })

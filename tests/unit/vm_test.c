/* lib/policy: one VM, and what its state allows (N9, N10, N26, N30). */
#include "cleanup.h"
#include "refusal.h"
#include "tap.h"
#include "vm.h"

#define ID "4b2ba6c1-0f65-4e9c-a7f6-3d4ab7d7d5aa"

static struct server_fact
server(const char *vm_state)
{
    return (struct server_fact){ .id = ID,
                                 .name = "web",
                                 .host = "c1",
                                 .vm_state = vm_state,
                                 .power_state = 1,
                                 .ram_mb = 512,
                                 .was_launched = true };
}

static void
test_states(void)
{
    /* clang-format off */
    static const struct {
        const char *rule, *vm_state, *task_state;
        int power_state;
        bool was_launched, was_stopped;
        enum vm_phase want;
    } table[] = {
        { "N9", "active", NULL, 1, true, false, VM_WAITING },
        { "N9", "active", "rebuilding", 1, true, false, VM_WAITING },
        { "N9", "stopped", NULL, 4, true, true, VM_WAITING },
        { "N9", "stopped", "powering-on", 4, true, true, VM_WAITING },
        { "N9", "error", NULL, 1, true, false, VM_WAITING },
        { "N30 it was stopped before it failed", "error", NULL, 4, true, true,
          VM_WAITING },
        { "N9 launched_at", "error", NULL, 0, false, false, VM_BLOCKED },
        { "N10", "building", NULL, 0, false, false, VM_BLOCKED },
        { "N10", "paused", NULL, 3, true, true, VM_WAITING },
        { "N10", "soft-delete", NULL, 4, true, true, VM_SKIPPED },
        { "N11", "resized", NULL, 1, true, false, VM_WAITING },
        { "N13 it may run on its destination", "active", "migrating", 1, true,
          false, VM_HELD },
        { "unknown to us", "", NULL, 1, true, false, VM_HELD },
    };
    /* clang-format on */

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct server_fact s = server(table[i].vm_state);
        struct vm *v;

        s.task_state = table[i].task_state;
        s.power_state = table[i].power_state;
        s.was_launched = table[i].was_launched;
        v = vm_new(&s);
        ok_msg(v->phase == table[i].want, "%s %s: %s", table[i].rule,
               table[i].vm_state, vm_phase_name(v->phase));
        is_int(v->was_stopped, table[i].was_stopped);
        is_int(v->is_rebuilding,
               table[i].task_state && table[i].task_state[0] == 'r');
        is_int(v->reason == NULL, v->phase == VM_WAITING);
        vm_free(v);
    }
}

/* A state that was changed by someone opens the way again. */
static void
test_changes(void)
{
    struct server_fact s = server("dreaming");
    struct vm *v = vm_new(&s);

    is_int(v->phase, VM_HELD);
    has_str(v->reason, "dreaming");
    s.vm_state = "active";
    s.task_state = "migrating";
    vm_classify(v, &s);
    is_int(v->phase, VM_HELD);
    has_str(v->reason, "migration");
    s.vm_state = "error";
    s.task_state = NULL;
    vm_classify(v, &s);
    is_int(v->phase, VM_WAITING);
    is_str(v->state, "error");
    is_str(v->reason, NULL);
    v->phase = VM_UNKNOWN;
    vm_classify(v, &s);
    is_int(v->phase, VM_UNKNOWN);
    vm_free(v);
}

static void
test_record_states(void)
{
    static const struct {
        const char *status;
        enum record_state want;
    } table[] = {
        { "accepted", RECORD_IN_FLIGHT },
        { "pre-migrating", RECORD_IN_FLIGHT },
        { "done", RECORD_DONE },
        { "completed", RECORD_DONE },
        { "error", RECORD_FAILED },
        { "failed", RECORD_FAILED },
        { "cancelled", RECORD_FAILED },
        /* never take what we do not know for finished (N12) */
        { "a new word", RECORD_IN_FLIGHT },
        { "", RECORD_IN_FLIGHT },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++)
        ok_msg(record_state_of(table[i].status) == table[i].want, "N26 '%s'",
               table[i].status);
}

static void
test_keys(void)
{
    struct vm_key k = vm_key_of(ID, 4096);

    is_int(k.id, 0x4b2ba6c1);
    is_int(k.ram_mb, 4096);
    k = vm_key_of(ID, UINT64_MAX); /* the journal has room for 32 bits */
    is_int(k.ram_mb, UINT32_MAX);
    is_int(vm_key_of("no uuid", 1).id, 0);
    is_int(vm_key_of("", 1).id, 0);
}

static void
test_phases(void)
{
    for (int p = 0; p < N_VM_PHASES; p++) {
        ok(vm_phase_name(p)[0] != '\0');
        ok_msg(!(vm_phase_is_final(p) && vm_phase_is_in_flight(p)), "%s",
               vm_phase_name(p));
    }
    ok(!vm_phase_is_in_flight(VM_WAITING) && !vm_phase_is_final(VM_WAITING));
    ok(vm_phase_is_in_flight(VM_UNKNOWN));
    ok(vm_phase_is_in_flight(VM_RESTORING));
}

static void
test_refusals(void)
{
    static const struct {
        const char *key, *why; /* NULL: none */
    } table[] = {
        { "hw:cpu_policy", NULL },
        { "hw:tpm_version", "TPM" },
        { "accel:device_profile", "accelerator" },
    };
    struct server_fact s = server("active");

    ok(!refusal_of(&s));
    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        pairs_add(&s.extra_specs, table[i].key, "2.0");
        if (table[i].why)
            has_str(refusal_of(&s), table[i].why);
        else
            ok(!refusal_of(&s));
        pairs_clear(&s.extra_specs);
    }
}

TAP_MAIN({ "states allow evacuation or not", test_states },
         { "a changed state is taken up", test_changes },
         { "records are in flight, done or failed", test_record_states },
         { "keys are made of memory and UUID", test_keys },
         { "phases are consistent", test_phases },
         { "who will be refused is known", test_refusals })

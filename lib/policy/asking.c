/* Whom to ask whether it is alive, and what the answer means. */
#include "asking.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "scan.h"
#include "select.h"

static const char *const asks[] = {
    [ASK_NOBODY] = "nobody",   [ASK_AGENT] = "agent",
    [ASK_MONITOR] = "monitor", [ASK_CONTROL] = "control",
    [ASK_LIBVIRT] = "libvirt", [ASK_GUEST] = "guest",
};

static const char *const answers[] = {
    [ANSWER_OK] = "ok",         [ANSWER_SILENT] = "silent",
    [ANSWER_BUSY] = "busy",     [ANSWER_BROKEN] = "broken",
    [ANSWER_NONE] = "none",     [ANSWER_OVERDUE] = "overdue",
    [ANSWER_ABSENT] = "absent",
};

/* --- whom ----------------------------------------------------------------- */

bool
asking_wants_agent(const char *patterns, const char *flavor)
{
    char one[256];

    for (const char *p = patterns; p && *p;) {
        size_t len = strcspn(p, ",");

        if (len < sizeof one) {
            memcpy(one, p, len);
            one[len] = '\0';
            if (glob_matches(one, flavor))
                return true;
        }
        p += len + (p[len] == ',');
    }
    return false;
}

static size_t
count_stuck(const struct watch *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++)
        n += w->vms[i].is_suspect;
    return n;
}

static bool
wants_agent(const struct watch_vm *vm, const struct watch_rules *rules)
{
    return vm->has_agent && rules->agent_ms && vm->is_running &&
           !vm->is_paused && !vm->is_suspect;
}

/* Make it the next one if it is due before what was found so far. */
static void
consider(struct ask *a, int64_t *due_ms, enum ask_kind kind,
         const struct watch_vm *vm, int64_t vm_due_ms)
{
    if (a->kind != ASK_NOBODY && vm_due_ms >= *due_ms)
        return;
    a->kind = kind;
    memcpy(a->uuid, vm->uuid, sizeof a->uuid);
    *due_ms = vm_due_ms;
}

/* The longest due goes first, so that none starves beside silent ones. */
struct ask
asking_next(const struct watch *w, const struct watch_rules *rules,
            int64_t now_ms, int64_t *ret_wake_ms)
{
    bool is_full = count_stuck(w) >= ASKING_STUCK_MAX;
    struct ask a = { ASK_NOBODY, "" };
    int64_t due_ms = 0;

    for (size_t i = 0; i < w->n; i++) {
        const struct watch_vm *vm = &w->vms[i];

        if (wants_agent(vm, rules))
            consider(&a, &due_ms, ASK_AGENT, vm, vm->next_agent_ms);
        if (rules->has_probes && vm->is_running)
            consider(&a, &due_ms,
                     vm->is_suspect || is_full ? ASK_CONTROL : ASK_MONITOR, vm,
                     vm->next_probe_ms);
    }
    *ret_wake_ms = due_ms;
    if (due_ms > now_ms)
        a.kind = ASK_NOBODY;
    return a;
}

struct ask
asking_libvirt(void)
{
    return (struct ask){ ASK_LIBVIRT, "00000000-0000-0000-0000-000000000000" };
}

/* --- what it means -------------------------------------------------------- */

/* A VM must have answered once since it started: before that its agent may not
 * be there yet, or never.
 */
static void
on_agent(struct watch_vm *vm, const struct watch_rules *rules,
         enum answer_kind answer, const struct watch_time *now)
{
    int64_t gap_ms = rules->agent_ms;

    if (answer == ANSWER_OK) {
        vm->has_answered = true;
        vm->misses = 0;
        watch_settle(vm, CAUSE_AGENT);
    } else if (answer == ANSWER_SILENT && vm->has_answered &&
               ++vm->misses >= rules->agent_misses) {
        watch_raise(vm, CAUSE_AGENT, now);
    }
    if (answer == ANSWER_SILENT &&
        (!vm->has_answered || vm->faults[CAUSE_AGENT].is_on))
        gap_ms *= ASKING_SILENT_TIMES;
    vm->next_agent_ms = now->mono_ms + gap_ms;
}

static void
on_monitor(struct watch_vm *vm, const struct watch_rules *rules,
           const struct answer_text *answer, const struct watch_time *now)
{
    int64_t gap_ms = rules->probe_ms;

    switch (answer->kind) {
    case ANSWER_OK:
        vm->is_suspect = false;
        watch_settle(vm, CAUSE_HANG);
        break;
    case ANSWER_BUSY:
        if (answer->busy_ms >= (uint64_t) rules->hang_ms)
            watch_raise(vm, CAUSE_HANG, now);
        vm->is_suspect |= answer->busy_ms >= ASKING_AGAIN_MS;
        gap_ms = ASKING_AGAIN_MS;
        break;
    case ANSWER_BROKEN: watch_raise(vm, CAUSE_HANG, now); break;
    case ANSWER_OVERDUE:
        vm->is_suspect = true;
        gap_ms = 0;
        break;
    case ANSWER_SILENT:
    case ANSWER_ABSENT:
    case ANSWER_NONE: break;
    }
    vm->next_probe_ms = now->mono_ms + gap_ms;
}

void
asking_answer(struct watch *w, const struct watch_rules *rules,
              const struct ask *ask, const struct answer_text *answer,
              const struct watch_time *now)
{
    struct watch_vm *vm = watch_find(w, ask->uuid);

    if (!vm || !vm->is_running)
        return; /* it ended meanwhile */
    if (ask->kind == ASK_AGENT)
        on_agent(vm, rules, answer->kind, now);
    else
        on_monitor(vm, rules, answer, now);
}

/* --- lines ---------------------------------------------------------------- */

void
ask_format(const struct ask *a, char ret_line[ASKING_LINE_MAX])
{
    snprintf(ret_line, ASKING_LINE_MAX, "%s %s", asks[a->kind], a->uuid);
}

int
ask_parse(const char *line, struct ask *ret_ask, struct vmha_error *err)
{
    size_t len = strcspn(line, " ");

    for (int k = ASK_AGENT; k < N_ASKS; k++) {
        if (strlen(asks[k]) != len || memcmp(line, asks[k], len) != 0 ||
            line[len] != ' ' || !scan_is_uuid(line + len + 1))
            continue;
        ret_ask->kind = k;
        memcpy(ret_ask->uuid, line + len + 1, sizeof ret_ask->uuid);
        return 0;
    }
    return vmha_fail(err, VMHA_E_INPUT, 0, "'%.64s' is no question", line);
}

void
answer_format(const struct answer_text *a, char ret_line[ASKING_LINE_MAX])
{
    if (a->kind == ANSWER_BUSY)
        snprintf(ret_line, ASKING_LINE_MAX, "%s %" PRIu64, answers[a->kind],
                 a->busy_ms);
    else
        snprintf(ret_line, ASKING_LINE_MAX, "%s", answers[a->kind]);
}

int
answer_parse(const char *line, struct answer_text *ret_answer,
             struct vmha_error *err)
{
    static const char busy[] = "busy ";
    struct answer_text a = { ANSWER_BUSY, 0 };

    if (strncmp(line, busy, sizeof busy - 1) == 0 &&
        scan_u64(line + sizeof busy - 1, &a.busy_ms) == 0) {
        *ret_answer = a;
        return 0;
    }
    for (size_t k = 0; k < N_ELEMENTS(answers); k++) {
        if (k == ANSWER_BUSY || strcmp(line, answers[k]) != 0)
            continue;
        *ret_answer = (struct answer_text){ (enum answer_kind) k, 0 };
        return 0;
    }
    return vmha_fail(err, VMHA_E_INPUT, 0, "'%.64s' is no answer", line);
}

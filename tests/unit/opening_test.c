/* lib/policy: which hosts are failed. */
#include "cleanup.h"
#include "opening.h"
#include "tap.h"

/* Times in steps of 10 s: apart by more than clocks may differ. */
#define AT(n) ((n) *INT64_C(10000000000))

/* clang-format off */
#define SOUND .is_current = true, .is_quorate = true, .is_sole_owner = true
#define FENCED(at) .has_fencing = true, .fencing_succeeded = true, \
                   .fencing_ns = AT(at)
#define DEAD(at) SOUND, FENCED(at), .is_remote = true, .fenced_s = 1
#define BACK(at) SOUND, FENCED(at), .is_remote = true, .is_online = true, \
                 .is_settled = true
#define NOTED(at) .noted_ns = AT(at), .is_note_old = true, .is_remote = true, \
                  .is_online = true, .is_settled = true

static const struct {
    const char *name;
    struct death_facts death;
    struct opening_facts facts;
    enum opening want;
} openings[] = {
    { "a failure without an entry", { DEAD(20) }, { 0 }, OPEN_NEW },
    { "a failure while vmha is disarmed is noted",
      { DEAD(20), .is_disarmed = true }, { 0 }, OPEN_NEW },
    { "what looks dead only is no failure then, either",
      { SOUND, FENCED(20), .seen_ns = AT(20), .is_disarmed = true }, { 0 },
      OPEN_NOTHING },
    { "a live host", { BACK(20), .seen_ns = AT(20) }, { 0 }, OPEN_NOTHING },
    { "the entry of this failure",
      { DEAD(20), .entry_ns = AT(20) }, { .has_entry = true }, OPEN_RESUME },
    { "not certain now, but there is an entry",
      { SOUND, .entry_ns = AT(20) }, { .has_entry = true }, OPEN_RESUME },
    { "nothing can be read",
      { .is_quorate = true, .is_sole_owner = true, FENCED(20),
        .is_remote = true, .fenced_s = 1 }, { 0 }, OPEN_NOTHING },
    { "nothing can be read, but there was an entry",
      { .entry_ns = AT(20) }, { .has_entry = true }, OPEN_RESUME },
    { "no quorum: no new incident",
      { .is_current = true, .is_sole_owner = true, FENCED(20),
        .is_remote = true, .fenced_s = 1 }, { 0 }, OPEN_NOTHING },
    { "fenced twice for one failure",
      { DEAD(30), .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_EVACUATING }, OPEN_RESUME },
    { "came back and was fenced again in the middle",
      { DEAD(30), .entry_ns = AT(20), .has_returned = true },
      { .has_entry = true, .entry_phase = PHASE_EVACUATING }, OPEN_NEW },
    { "was done, and is fenced again",
      { DEAD(30), .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_DONE }, OPEN_NEW },
    { "a full member: fenced, returned, stopped cleanly days later",
      { SOUND, FENCED(20), .seen_ns = AT(20) }, { 0 }, OPEN_NOTHING },
    { "the same while its entry is still there",
      { SOUND, FENCED(20), .entry_ns = AT(20), .has_returned = true },
      { .has_entry = true, .entry_phase = PHASE_DONE }, OPEN_RESUME },
    { "released, still dead",
      { DEAD(20), .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_RELEASED }, OPEN_RESUME },
    { "released, fenced twice: the operator's word holds",
      { DEAD(30), .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_RELEASED }, OPEN_RESUME },
    { "released, and the node is back",
      { BACK(20), .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_RELEASED }, OPEN_FORGET },
    { "released, and the node was removed",
      { SOUND, FENCED(20), .is_unknown = true, .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_RELEASED }, OPEN_FORGET },
    { "the node was removed in the middle",
      { SOUND, FENCED(20), .is_unknown = true, .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_EVACUATING }, OPEN_RESUME },
    { "released, back, and not quorate: delete nothing",
      { .is_current = true, .is_sole_owner = true, FENCED(20),
        .is_remote = true, .is_online = true, .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_RELEASED }, OPEN_RESUME },
    { "released, and the remote is neither connected nor fenced",
      { SOUND, FENCED(20), .is_remote = true, .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_RELEASED }, OPEN_RESUME },
    { "released, returned, and fenced again",
      { DEAD(30), .entry_ns = AT(20), .has_returned = true },
      { .has_entry = true, .entry_phase = PHASE_RELEASED }, OPEN_NEW },
    { "a broken entry of a dead host", { DEAD(20) },
      { .is_entry_broken = true }, OPEN_NEW },
    { "a broken entry of a live host", { BACK(20) },
      { .is_entry_broken = true }, OPEN_HELD },
    { "acknowledged by hand",
      { DEAD(20), .fencing_by_hand = true }, { 0 }, OPEN_HELD },
    { "acknowledged by hand, and that is trusted",
      { DEAD(20), .fencing_by_hand = true, .trusts_manual_ack = true }, { 0 },
      OPEN_NEW },
    { "fenced by the CIB, but the fencer has lost its history",
      { SOUND, .is_remote = true, .fenced_s = 1 }, { 0 }, OPEN_HELD },
    { "dead, and in maintenance", { DEAD(20), .is_resting = true }, { 0 },
      OPEN_HELD },
    { "put into maintenance in mid-recovery",
      { DEAD(20), .entry_ns = AT(20), .is_resting = true },
      { .has_entry = true, .entry_phase = PHASE_EVACUATING }, OPEN_RESUME },
    { "alive, and in maintenance", { BACK(20), .is_resting = true }, { 0 },
      OPEN_NOTHING },
    { "the hook ran, no fencing is known, and the host lives",
      { SOUND, NOTED(20), .seen_ns = AT(10) }, { 0 }, OPEN_NEW },
    { "the same, and the fencer still works on it",
      { SOUND, .noted_ns = AT(20), .is_remote = true, .is_online = true,
        .is_settled = true, .seen_ns = AT(10) }, { 0 }, OPEN_NOTHING },
    { "the hook ran, and the fencing failed then",
      { SOUND, NOTED(20), .seen_ns = AT(10), .has_fencing = true,
        .fencing_ns = AT(20) }, { 0 }, OPEN_NEW },
    { "a note that is closed",
      { SOUND, NOTED(20), .seen_ns = AT(20) }, { 0 }, OPEN_NOTHING },
    { "a note that has an entry",
      { SOUND, NOTED(20), .entry_ns = AT(20), .has_returned = true },
      { .has_entry = true, .entry_phase = PHASE_RETURNING }, OPEN_RESUME },
    { "a later one, which would keep the gate shut",
      { SOUND, NOTED(30), .entry_ns = AT(20), .has_returned = true },
      { .has_entry = true, .entry_phase = PHASE_RETURNING }, OPEN_NEW },
    { "a note, and the host is in maintenance",
      { SOUND, NOTED(20), .seen_ns = AT(10), .is_resting = true }, { 0 },
      OPEN_NOTHING },
    { "a failure of a host that another may still act on",
      { DEAD(20), .is_newly_ours = true }, { 0 }, OPEN_HELD },
    { "the entry of one",
      { DEAD(20), .is_newly_ours = true, .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_EVACUATING }, OPEN_HELD },
    { "a closed one",
      { BACK(20), .is_newly_ours = true, .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_RELEASED }, OPEN_HELD },
    { "one that is back before anyone saw it",
      { BACK(20), .is_newly_ours = true, .seen_ns = AT(10) }, { 0 },
      OPEN_HELD },
    { "one that did not fail",
      { BACK(20), .is_newly_ours = true, .seen_ns = AT(20) }, { 0 },
      OPEN_NOTHING },
    { "fenced, and back before anyone saw it",
      { BACK(20), .seen_ns = AT(10) }, { 0 }, OPEN_NEW },
    { "the same, a member",
      { SOUND, FENCED(20), .is_online = true, .is_settled = true,
        .seen_ns = AT(10) }, { 0 }, OPEN_NEW },
    { "the same while vmha is disarmed is noted",
      { BACK(20), .seen_ns = AT(10), .is_disarmed = true }, { 0 }, OPEN_NEW },
    { "acknowledged by hand, and switched on: its VMs are off as well",
      { BACK(20), .seen_ns = AT(10), .fencing_by_hand = true }, { 0 },
      OPEN_NEW },
    { "just fenced, and the CIB does not show it yet",
      { SOUND, FENCED(20), .is_online = true, .seen_ns = AT(10) }, { 0 },
      OPEN_NOTHING },
    { "fenced, back, and not quorate",
      { .is_current = true, .is_sole_owner = true, FENCED(20),
        .is_remote = true, .is_online = true, .is_settled = true,
        .seen_ns = AT(10) }, { 0 }, OPEN_NOTHING },
    { "fenced, back, and another instance claims it",
      { .is_current = true, .is_quorate = true, FENCED(20),
        .is_remote = true, .is_online = true, .is_settled = true,
        .seen_ns = AT(10) }, { 0 }, OPEN_NOTHING },
    { "it was to be fenced, and that failed",
      { SOUND, .has_fencing = true, .fencing_ns = AT(20), .is_remote = true,
        .is_online = true, .is_settled = true, .seen_ns = AT(10) }, { 0 },
      OPEN_NOTHING },
    { "back, and fenced and back again unseen",
      { BACK(30), .seen_ns = AT(10), .entry_ns = AT(20), .has_returned = true },
      { .has_entry = true, .entry_phase = PHASE_RETURNING }, OPEN_NEW },
    { "done, and its return, fencing and return were unseen",
      { BACK(30), .seen_ns = AT(10), .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_DONE }, OPEN_NEW },
    { "back in the middle, which the entry does not say yet",
      { BACK(30), .seen_ns = AT(10), .entry_ns = AT(20) },
      { .has_entry = true, .entry_phase = PHASE_EVACUATING }, OPEN_RESUME },
    { "it returns, and was just fenced again",
      { SOUND, FENCED(30), .is_remote = true, .is_online = true,
        .entry_ns = AT(20), .has_returned = true },
      { .has_entry = true, .entry_phase = PHASE_RETURNING }, OPEN_RESUME },
    { "it returns, by another fencer's clock",
      { BACK(20), .seen_ns = AT(10), .entry_ns = AT(20) - 12000000,
        .has_returned = true },
      { .has_entry = true, .entry_phase = PHASE_RETURNING }, OPEN_RESUME },
    { "fencing failed", { SOUND, .is_remote = true, .has_fencing = true,
      .fencing_ns = AT(20) }, { 0 }, OPEN_HELD },
};
/* clang-format on */

static void
test_opening(void)
{
    for (size_t i = 0; i < N_ELEMENTS(openings); i++) {
        struct opening_facts f = openings[i].facts;

        f.death = &openings[i].death;
        ok_msg(opening_of(&f) == openings[i].want, "%s: got %d",
               openings[i].name, (int) opening_of(&f));
    }
}

TAP_MAIN({ "each story of a host opens what it should", test_opening })

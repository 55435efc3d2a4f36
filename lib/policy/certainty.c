/* The certainty rule. */
#include "certainty.h"

static bool
is_alive(const struct death_facts *f)
{
    return f->is_online && (!f->is_remote || f->fenced_s == 0);
}

bool
fencing_is_later(int64_t ns, int64_t than_ns)
{
    return ns > than_ns && ns - than_ns > FENCING_SKEW_NS;
}

bool
fencing_is_unanswered(const struct death_facts *f)
{
    return f->has_fencing && f->fencing_succeeded &&
           fencing_is_later(f->fencing_ns, f->seen_ns) &&
           fencing_is_later(f->fencing_ns, f->entry_ns);
}

bool
note_is_unanswered(const struct death_facts *f)
{
    return f->noted_ns && fencing_is_later(f->noted_ns, f->seen_ns) &&
           fencing_is_later(f->noted_ns, f->entry_ns);
}

int64_t
certainty_failure_ns(const struct death_facts *f)
{
    return f->is_note_old && note_is_unanswered(f) && !fencing_is_unanswered(f)
               ? f->noted_ns
               : f->fencing_ns;
}

static bool
is_same_fencing(int64_t a_ns, int64_t b_ns)
{
    return !fencing_is_later(a_ns, b_ns) && !fencing_is_later(b_ns, a_ns);
}

/* What killed the host's VMs cannot be undone by a fencing that fails later:
 * - while the DC's mark of that success stands in the CIB, the remote has not
 *   connected since.  A BMC that loses its power with the host must not leave
 *   its VMs dead for ever.  A cluster node has no such mark: there the failure
 *   may be of a later life.
 * - of a host that is alive its VMs are asked about, and nothing is moved.
 */
static bool
outlives_failures(const struct death_facts *f, const struct fencing_fact *x)
{
    return x->has_succeeded &&
           (is_alive(f) ||
            (f->is_remote && f->fenced_s > 0 &&
             is_same_fencing(x->ns, f->fenced_s * INT64_C(1000000000))));
}

void
certainty_take_fencing(struct death_facts *f, const struct fencing_fact *list,
                       size_t n)
{
    const struct fencing_fact *x = list;

    if (n == 0)
        return;
    for (size_t i = 1; i < n && !x->has_succeeded; i++)
        if (outlives_failures(f, &list[i]))
            x = &list[i];
    f->has_fencing = true;
    f->fencing_succeeded = x->has_succeeded;
    f->fencing_by_hand = x->is_by_hand;
    f->fencing_ns = x->ns;
}

/* Is it the one that the open entry names? */
static bool
is_of_entry(const struct death_facts *f)
{
    return f->entry_ns && is_same_fencing(f->fencing_ns, f->entry_ns);
}

/* Does the newest fencing belong to the failure at hand?  A host that was
 * fenced, came back and was then stopped cleanly has only an old one.
 */
static bool
is_of_this_failure(const struct death_facts *f)
{
    if (f->has_returned && !fencing_is_later(f->fencing_ns, f->entry_ns))
        return false;
    return is_of_entry(f) || (f->is_remote && f->fenced_s > 0) ||
           fencing_is_later(f->fencing_ns, f->seen_ns);
}

/* A cluster node leaves no mark of its fencing in the CIB: it is just gone.  A
 * remote's node_fenced is written by the DC after success only, and reset when
 * the remote connects again.
 */
static bool
cib_agrees(const struct death_facts *f)
{
    return f->is_remote ? f->fenced_s > 0 : !f->is_online;
}

/* A fencer that was restarted has lost its history and does not get it back
 * from the others.  Then the mark that the DC left in the CIB speaks for a
 * failure that an entry has already: it is gone once the remote connects, and
 * after a restart of the whole cluster.
 */
static bool
is_marked_by_dc(const struct death_facts *f)
{
    return f->is_remote && f->fenced_s > 0 && f->entry_ns && !f->has_returned &&
           !fencing_is_later(f->fenced_s * INT64_C(1000000000), f->entry_ns);
}

static enum certainty
without_fencing(const struct death_facts *f)
{
    if (is_marked_by_dc(f))
        return CERTAIN;
    return f->is_remote && f->fenced_s > 0 ? FENCING_UNSEEN : NEVER_FENCED;
}

/* Whether dead or alive, is it for us to judge?  CERTAIN, or what is against.
 */
static enum certainty
right_to_judge(const struct death_facts *f)
{
    if (f->is_unknown)
        return NODE_UNKNOWN;
    if (!f->is_quorate)
        return NOT_QUORATE;
    if (!f->is_sole_owner)
        return NOT_SOLE_OWNER;
    return f->is_unmanaged ? NODE_UNMANAGED : CERTAIN;
}

/* The rule for the host as such. */
static enum certainty
proof_of(const struct death_facts *f)
{
    enum certainty right = right_to_judge(f);

    if (!f->is_current)
        return NOT_CURRENT;
    if (f->is_newly_ours)
        return f->is_sole_owner ? NEWLY_OURS : NOT_SOLE_OWNER;
    if (is_alive(f)) /* also where we may do nothing: it has come back */
        return NODE_ALIVE;
    if (right != CERTAIN)
        return right;
    if (!f->has_fencing)
        return without_fencing(f);
    if (!f->fencing_succeeded)
        return FENCING_FAILED;
    if (f->fencing_by_hand && !f->trusts_manual_ack)
        return FENCING_BY_HAND;
    if (!is_of_this_failure(f))
        return FENCING_IS_OLD;
    if (!cib_agrees(f))
        return CIB_DISAGREES;
    return CERTAIN;
}

/* What stands in the way comes last, so that it is told of dead hosts only. */
enum certainty
certainty_of(const struct death_facts *f)
{
    enum certainty c = proof_of(f);

    if (c != CERTAIN)
        return c;
    if (f->shares_name)
        return NAME_SHARED;
    if (f->is_resting)
        return NODE_RESTING;
    return f->is_disarmed ? DISARMED : CERTAIN;
}

enum certainty
certainty_of_living(const struct death_facts *f)
{
    enum certainty c = proof_of(f), right = right_to_judge(f);

    if (c != NODE_ALIVE)
        return c;
    if (right != CERTAIN)
        return right;
    if (f->is_resting)
        return NODE_RESTING;
    return f->is_disarmed ? DISARMED : NODE_ALIVE;
}

bool
certainty_is_held(enum certainty c)
{
    return c == NAME_SHARED || c == NODE_RESTING;
}

bool
certainty_is_proof(enum certainty c)
{
    return c == CERTAIN || c == DISARMED;
}

const char *
certainty_text(enum certainty c)
{
    static const char *const texts[N_CERTAINTIES] = {
        [CERTAIN] = "the host is fenced",
        [NOT_CURRENT] = "the local cluster cannot be read",
        [NOT_QUORATE] = "this partition has no quorum",
        [NOT_SOLE_OWNER] = "another vmha instance claims the host",
        [NEWLY_OURS] = "another vmha instance may still act on the host for "
                       "some seconds",
        [NODE_UNMANAGED] = "the node is in maintenance or unmanaged",
        [NODE_ALIVE] = "the node is alive",
        [NODE_UNKNOWN] = "the node was removed from the cluster",
        [NEVER_FENCED] = "the node has not been fenced",
        [FENCING_UNSEEN] = "the CIB shows the node as fenced, but the fencer "
                           "knows nothing of it: fence it once more",
        [FENCING_FAILED] = "the last fencing of the node failed",
        [FENCING_BY_HAND] = ("the fencing was acknowledged by hand "
                             "(trust_manual_ack is off)"),
        [FENCING_IS_OLD] = "the last fencing belongs to an earlier failure",
        [CIB_DISAGREES] = "the CIB does not show the node as fenced",
        [NAME_SHARED] = "another node has the same name in Nova: one of the "
                        "two has a wrong node attribute vmha-host",
        [NODE_RESTING] = "the host is in maintenance (node attribute "
                         "vmha-maintenance)",
        [DISARMED] = "vmha is disarmed: nothing in the cloud is changed",
    };

    return texts[c];
}

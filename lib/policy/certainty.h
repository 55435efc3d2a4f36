/* The certainty rule: is this host provably dead, now?
 *
 * No call that starts a VM elsewhere is sent unless the answer is CERTAIN at
 * that moment.  No timeout and no heartbeat of Nova's takes its place.
 */
#ifndef VMHA_CERTAINTY_H
#define VMHA_CERTAINTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum certainty {
    CERTAIN,
    NOT_CURRENT,     /* the CIB or the fencer cannot be read */
    NOT_QUORATE,     /* this partition must not decide */
    NOT_SOLE_OWNER,  /* another vmha instance claims the host */
    NEWLY_OURS,      /* ...or did until lately, and may not know better yet */
    NODE_UNMANAGED,  /* maintenance: Pacemaker does not watch it */
    NODE_ALIVE,      /* it is a member, or its remote is connected */
    NODE_UNKNOWN,    /* it was removed from the cluster */
    NEVER_FENCED,    /* no finished off or reboot in the fencer's history */
    FENCING_UNSEEN,  /* by the CIB it was, the fencer knows nothing of it */
    FENCING_FAILED,  /* the newest one failed */
    FENCING_BY_HAND, /* acknowledged by a human, no proof of power off */
    FENCING_IS_OLD,  /* it belongs to a failure that is over */
    CIB_DISAGREES,   /* fenced, but the CIB does not show the node so */
    NAME_SHARED,     /* another node has the same name in Nova */
    NODE_RESTING,    /* the operator has it in maintenance for vmha */
    DISARMED,        /* all else holds, but an administrator said: not now */
    N_CERTAINTIES
};

/* All that the rule looks at.  Fencing facts are of one finished off or reboot
 * of the node (certainty_take_fencing); `on` and pending operations do not
 * count.
 */
struct death_facts {
    bool is_current;    /* CIB and history were read, lately */
    bool is_quorate;    /* Corosync's word */
    bool is_sole_owner; /* no other instance claims the host */
    bool is_newly_ours; /* ...but one may still act as if it did */
    bool is_unknown;    /* the CIB has no such node */
    bool is_remote;
    bool is_online;
    bool is_unmanaged;
    bool shares_name; /* another node has its name in Nova, too */
    bool is_resting;  /* node attribute vmha-maintenance */
    int64_t fenced_s; /* remote: node_fenced, 0 when reset */
    bool has_fencing;
    bool fencing_succeeded;
    bool fencing_by_hand;
    int64_t fencing_ns; /* when it completed, since the epoch */
    bool is_settled;    /* alive since, for so long that it must be back */
    int64_t noted_ns;   /* the hook noted a fencing then, 0: none */
    bool is_note_old;   /* alive since, and no fencing is under way */
    int64_t entry_ns;   /* fencing that an open journal entry names, or 0 */
    bool has_returned;  /* the host was alive since that entry's fencing */
    int64_t seen_ns;    /* every fencing up to here is closed or has an entry */
    bool trusts_manual_ack;
    bool is_disarmed; /* nothing in the cloud may change */
};

/* Every fencer notes the end of a fencing by its own clock: the same fencing
 * has other times on other nodes (12 ms apart, seen in the lab).  No host is
 * fenced, comes back and is fenced again within this time.
 */
#define FENCING_SKEW_NS INT64_C(5000000000)

/* Is the fencing at NS another, later one than that at THAN_NS? */
bool fencing_is_later(int64_t ns, int64_t than_ns);

/* Is the newest fencing one that ended well, and that neither the watermark nor
 * the entry has?  What ran on the host before it does not run any more, or was
 * never looked at, where a human acknowledged it.
 */
bool fencing_is_unanswered(const struct death_facts *f);

/* Has the hook noted a fencing that neither the watermark nor the entry has? */
bool note_is_unanswered(const struct death_facts *f);

/* When the failure was that these facts tell of, if they do. */
int64_t certainty_failure_ns(const struct death_facts *f);

/* A finished off or reboot of a node. */
struct fencing_fact {
    int64_t ns;
    bool has_succeeded, is_by_hand;
};

/* Have F go by one of LIST (newest first): by the newest, unless that failed
 * and says nothing against an earlier one.
 */
void certainty_take_fencing(struct death_facts *f,
                            const struct fencing_fact *list, size_t n);

/* DISARMED is a proof of death, too: a failure is noted, but no more. */
bool certainty_is_proof(enum certainty c);

enum certainty certainty_of(const struct death_facts *f);

/* May the VMs of a living host be worked on?  NODE_ALIVE; else what stands in
 * the way, which for a host that is dead is of no matter here.
 */
enum certainty certainty_of_living(const struct death_facts *f);

/* Is C the answer for a host that is provably dead, and is left alone for now?
 * Its failure is neither closed nor opened.
 */
bool certainty_is_held(enum certainty c);

/* A sentence part for people: "the node is alive". */
const char *certainty_text(enum certainty c);

#endif

/* Evacuations that failed at their destination: may the guest have been left
 * running there?
 *
 * nova/compute/manager.py rebuild_instance destroys no guest where a step after
 * the spawn fails, and the VM stays its source's (N12, N29).  Nova's API does
 * not tell of such a guest.  Where the destination lives and is watched it is
 * asked, and until it has denied, the VM is started nowhere: neither by another
 * evacuation nor on its own host (N35).
 */
#ifndef VMHA_ORPHAN_H
#define VMHA_ORPHAN_H

#include <stdbool.h>

struct incident;
struct vm;

/* What is known of the destination itself. */
enum orphan_dest {
    DEST_SILENT, /* nobody there can be asked */
    DEST_TELLS,  /* it can, or will be able to */
    DEST_DEAD,   /* proven: no guest runs there */
};

/* The destination (Nova's name) of V's newest evacuation, if that failed. */
const char *orphan_host(const struct incident *inc, const struct vm *v);

/* What it is now; of each VM, before each plan. */
void orphan_on_dest(const struct incident *inc, struct vm *v,
                    enum orphan_dest dest);

/* Must V not be started yet? */
bool orphan_may_run(const struct vm *v);

/* Is HOST to be asked whether it has V's guest?  Again and again, while it says
 * yes.
 */
bool orphan_asks(const struct vm *v, const char *host);

/* It has answered.  Is that news? */
bool orphan_on_word(struct vm *v, bool is_here);

#endif

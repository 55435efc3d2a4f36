/* Live migrations that were under way when their source died (N13): may the
 * guest run on its destination?
 */
#ifndef VMHA_LIVE_H
#define VMHA_LIVE_H

#include "vm.h"

struct incident;

enum { LIVE_TEXT_MAX = 512 };

/* One record of a live migration from the host. */
struct live_record {
    const char *instance;
    struct live_fact fact;
};

/* Where nothing is known: yes. */
bool live_may_have_left(const struct live_fact *f);

/* Is INC of HOST (Nova's name), and can no guest run there?  Both may be NULL.
 */
bool live_is_dead(const struct incident *inc, const char *host);

/* Why it is held. */
void live_format(const struct live_fact *f, char ret_text[LIVE_TEXT_MAX]);

/* Is there a VM that is held for its live migration? */
bool live_is_wanted(const struct incident *inc);

/* All records were read, newest first. */
void live_on_records(struct incident *inc, const struct live_record *r,
                     size_t n, int64_t asked_ms, int64_t now_ms);

/* May HOST (Nova's name) be asked whether it has V's guest?  Only the host that
 * Nova's record names has a say, and only once the source is dead: from then on
 * no guest arrives there any more, so that an answer holds.
 */
bool live_asks(const struct incident *inc, const struct vm *v,
               const char *host);

/* It has answered. */
void live_on_word(struct incident *inc, struct vm *v, bool is_here,
                  int64_t now_ms);

#endif

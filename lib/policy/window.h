/* How many evacuate calls may be in flight: grows while the cloud answers
 * quickly, halves when it does not answer well.
 */
#ifndef VMHA_WINDOW_H
#define VMHA_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct window {
    unsigned size;
    unsigned max;
    unsigned answered; /* good answers since the size last changed */
    int64_t best_ms;   /* quickest good answer, 0: none yet */
};

void window_init(struct window *w, unsigned max);

/* A call ended after TOOK_MS; IS_GOOD: the cloud answered it properly. */
void window_answer(struct window *w, bool is_good, int64_t took_ms);

#endif

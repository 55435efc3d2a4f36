/* Calls to Nova that wait for their answer. */
#ifndef VMHA_ASK_H
#define VMHA_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "nova.h"

/* What the last call gave. */
extern struct answer {
    bool is_done;
    int status;
    bool was_sent;
    char *detail, *request_id;
    struct vmha_error err;
    size_t n; /* things found */
} got;

/* For callbacks: keep a result. */
void take(const struct nova_result *r, size_t n);
nova_done_fn on_done;

/* Run the main loop until *FLAG, at most MS. */
void run_until(const bool *flag, unsigned ms);

/* Wait for the answer to the call just made. */
void wait_answer(void);

/* What the answer must be. */
void succeeded(void);
void refused(int status, enum vmha_kind kind, const char *words);

void answer_clear(void);

/* Run "PROGRAM VERB HOST" and give its exit code. */
int run_hook(const char *program, const char *verb, const char *host);

#endif

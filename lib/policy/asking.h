/* Whom to ask whether it is alive, and what the answer means.
 *
 * No event exists for a QEMU that hangs or a guest agent that falls silent.  A
 * worker that may block asks one VM at a time: its guest agent (where that is
 * wanted), or its QEMU's monitor.
 *
 * A monitor that does not answer blocks a thread of libvirtd until it does, so
 * a VM that was asked in vain is not asked again: libvirt itself tells for how
 * long its monitor has been busy.  At most ASKING_STUCK_MAX are asked in vain.
 */
#ifndef VMHA_ASKING_H
#define VMHA_ASKING_H

#include "watch.h"

enum {
    ASKING_STUCK_MAX = 3,
    ASKING_AGAIN_MS = 5000,  /* a monitor that was asked in vain */
    ASKING_SILENT_TIMES = 6, /* an agent known as silent: so much slower */
};

enum ask_kind {
    ASK_NOBODY,
    ASK_AGENT,   /* guest-ping */
    ASK_MONITOR, /* a question that QEMU itself must answer */
    ASK_CONTROL, /* what libvirt knows of the monitor; does not block */
    ASK_LIBVIRT, /* of no VM: does libvirt answer at all? */
    ASK_GUEST,   /* does it have a QEMU here?  For others: see sight.h */
    N_ASKS,
};

enum answer_kind {
    ANSWER_OK,
    ANSWER_SILENT,  /* the agent did not answer in its time */
    ANSWER_BUSY,    /* the monitor, for that time */
    ANSWER_BROKEN,  /* libvirt has lost the monitor */
    ANSWER_NONE,    /* could not be asked: that means nothing */
    ANSWER_OVERDUE, /* the worker had to be ended */
    ANSWER_ABSENT,  /* it has no QEMU */
};

struct ask {
    enum ask_kind kind;
    char uuid[37];
};

struct answer_text {
    enum answer_kind kind;
    uint64_t busy_ms;
};

/* Is FLAVOR one of these patterns, with commas between them (NULL: none)? */
bool asking_wants_agent(const char *patterns, const char *flavor);

/* What to ask now; ASK_NOBODY: *RET_WAKE_MS says when, monotonic; 0: never. */
struct ask asking_next(const struct watch *w, const struct watch_rules *rules,
                       int64_t now_ms, int64_t *ret_wake_ms);

void asking_answer(struct watch *w, const struct watch_rules *rules,
                   const struct ask *ask, const struct answer_text *answer,
                   const struct watch_time *now);

/* Whether libvirt answers. */
struct ask asking_libvirt(void);

/* The worker's lines: "monitor UUID", "busy 1200". */
enum { ASKING_LINE_MAX = 128 };
void ask_format(const struct ask *a, char ret_line[ASKING_LINE_MAX]);
int ask_parse(const char *line, struct ask *ret_ask, struct vmha_error *err);
void answer_format(const struct answer_text *a, char ret_line[ASKING_LINE_MAX]);
int answer_parse(const char *line, struct answer_text *ret_answer,
                 struct vmha_error *err);

#endif

/* Of what are people and their programs told, when? */
#include "tidings.h"

enum {
    HOLD_MS = 10000, /* a view may be between a fencing and its proof */
    VMS_MS = 30000,  /* between two tidings of VMs of one host */
    TRIES_MAX = 10,
    PAUSE_MS = 1000,
    PAUSE_MAX_MS = 60000,
};

const char *
tiding_name(enum tiding t)
{
    static const char *const names[N_TIDINGS] = {
        [TIDING_START] = "start",       [TIDING_END] = "end",
        [TIDING_HOLD] = "hold",         [TIDING_STUCK] = "stuck",
        [TIDING_GIVEN_UP] = "given-up", [TIDING_QUARANTINE] = "quarantine",
    };

    return names[t];
}

/* Once, and again when it has not been so in between. */
static unsigned
once(struct tidings *m, enum tiding t, bool is_so)
{
    unsigned bit = 1u << t, due = is_so ? bit & ~m->told : 0;

    m->told = is_so ? m->told | bit : m->told & ~bit;
    return due;
}

/* When there are more than were told of. */
static unsigned
grown(enum tiding t, size_t n, size_t *told, int64_t *next_ms, int64_t now_ms)
{
    if (n < *told)
        *told = n;
    if (n == *told || now_ms < *next_ms)
        return 0;
    *told = n;
    *next_ms = now_ms + VMS_MS;
    return 1u << t;
}

static void
renew(struct tidings *m, const struct tiding_facts *f)
{
    if (m->incident_ns == f->incident_ns)
        return;
    *m = (struct tidings){
        .incident_ns = f->incident_ns,
        .told = m->told & 1u << TIDING_HOLD,
        .held_ms = m->held_ms,
    };
}

unsigned
tidings_due(struct tidings *m, const struct tiding_facts *f, int64_t now_ms)
{
    unsigned due = 0;

    renew(m, f);
    if (!f->is_held)
        m->held_ms = 0;
    else if (!m->held_ms)
        m->held_ms = now_ms;
    due |= once(m, TIDING_HOLD, f->is_held && now_ms - m->held_ms >= HOLD_MS);
    due |= once(m, TIDING_START, f->incident_ns && f->is_saved);
    due |= once(m, TIDING_QUARANTINE, f->is_quarantined);
    due |= grown(TIDING_STUCK, f->n_stuck, &m->n_stuck, &m->vms_ms[0], now_ms);
    due |= grown(TIDING_GIVEN_UP, f->n_given_up, &m->n_given_up, &m->vms_ms[1],
                 now_ms);
    due |= once(m, TIDING_END, f->incident_ns && f->is_saved && f->is_done);
    return due;
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return !a || (b && b < a) ? b : a;
}

int64_t
tidings_wake_ms(const struct tidings *m, const struct tiding_facts *f)
{
    bool waits = f->is_held && !(m->told & 1u << TIDING_HOLD);
    int64_t wake_ms = waits ? m->held_ms + HOLD_MS : 0;

    if (f->n_stuck > m->n_stuck)
        wake_ms = earlier(wake_ms, m->vms_ms[0]);
    if (f->n_given_up > m->n_given_up)
        wake_ms = earlier(wake_ms, m->vms_ms[1]);
    return wake_ms;
}

/* 408 and 429 are the answers that ask to come again (RFC 9110, RFC 6585). */
enum delivery
tidings_delivery(int status, unsigned tries)
{
    if (status >= 200 && status < 300)
        return DELIVERED;
    if (status && status < 500 && status != 408 && status != 429)
        return DELIVERY_FAILED;
    return tries < TRIES_MAX ? DELIVER_AGAIN : DELIVERY_FAILED;
}

int64_t
tidings_pause_ms(unsigned tries)
{
    int64_t pause_ms = PAUSE_MS;

    for (; tries > 1 && pause_ms < PAUSE_MAX_MS; tries--)
        pause_ms *= 2;
    return pause_ms < PAUSE_MAX_MS ? pause_ms : PAUSE_MAX_MS;
}

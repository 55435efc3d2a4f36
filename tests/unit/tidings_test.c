/* tidings.c: of what people are told, when. */
#include "tidings.h"

#include "cleanup.h"
#include "tap.h"

#define BIT(t) (1u << TIDING_##t)

enum { S = 1000 };

static struct tidings m;

static unsigned
due(struct tiding_facts f, int64_t at_s)
{
    return tidings_due(&m, &f, at_s * S + 1);
}

static void
test_life(void)
{
    struct tiding_facts f = { .incident_ns = 7 };

    m = (struct tidings){ 0 };
    is_int(due((struct tiding_facts){ 0 }, 0), 0);
    is_int(due(f, 1), 0); /* the journal does not have it yet */
    f.is_saved = true;
    is_int(due(f, 2), BIT(START));
    is_int(due(f, 3), 0);
    f.is_done = true;
    is_int(due(f, 4), BIT(END));
    is_int(due(f, 5), 0);
    is_int(due((struct tiding_facts){ 0 }, 6), 0);
}

/* A daemon that takes over cannot know what was told. */
static void
test_takeover(void)
{
    struct tiding_facts f = { .incident_ns = 7,
                              .is_saved = true,
                              .is_done = true };

    m = (struct tidings){ 0 };
    is_int(due(f, 1), BIT(START) | BIT(END));
}

static void
test_next_failure(void)
{
    struct tiding_facts f = {
        .incident_ns = 7, .is_saved = true, .is_done = true, .n_given_up = 2
    };

    m = (struct tidings){ 0 };
    is_int(due(f, 1), BIT(START) | BIT(END) | BIT(GIVEN_UP));
    f.incident_ns = 8;
    is_int(due(f, 2), BIT(START) | BIT(END) | BIT(GIVEN_UP));
}

static void
test_hold(void)
{
    struct tiding_facts held = { .is_held = true }, free = { 0 };

    m = (struct tidings){ 0 };
    is_int(due(held, 1), 0);
    is_int(tidings_wake_ms(&m, &held), 11 * S + 1);
    is_int(due(free, 5), 0); /* it was the moment before the proof */
    is_int(due(held, 6), 0);
    is_int(due(held, 15), 0);
    is_int(due(held, 16), BIT(HOLD));
    is_int(tidings_wake_ms(&m, &held), 0);
    is_int(due(held, 40), 0);
    is_int(due(free, 41), 0);
    is_int(due(held, 42), 0);
    is_int(due(held, 52), BIT(HOLD));
    held.incident_ns = 7; /* the brake holds it now: no news */
    held.is_saved = true;
    is_int(due(held, 53), BIT(START));
}

/* Many VMs that fail one by one are few tidings. */
static void
test_vms(void)
{
    struct tiding_facts f = { .incident_ns = 7 };

    m = (struct tidings){ 0 };
    f.n_given_up = 1;
    is_int(due(f, 1), BIT(GIVEN_UP));
    f.n_given_up = 2;
    is_int(due(f, 2), 0);
    is_int(tidings_wake_ms(&m, &f), 31 * S + 1);
    f.n_given_up = 9;
    is_int(due(f, 31), BIT(GIVEN_UP));
    is_int(tidings_wake_ms(&m, &f), 0);
    is_int(due(f, 90), 0);
    f.n_given_up = 3; /* a person has mended six */
    is_int(due(f, 91), 0);
    f.n_given_up = 4;
    is_int(due(f, 92), BIT(GIVEN_UP));
    f.n_stuck = 1;
    is_int(due(f, 93), BIT(STUCK));
}

static void
test_quarantine(void)
{
    struct tiding_facts f = { .incident_ns = 7, .is_quarantined = true };

    m = (struct tidings){ 0 };
    is_int(due(f, 1), BIT(QUARANTINE));
    is_int(due(f, 2), 0);
    f.is_quarantined = false; /* vmha host release */
    is_int(due(f, 3), 0);
    f.is_quarantined = true;
    is_int(due(f, 4), BIT(QUARANTINE));
}

static void
test_delivery(void)
{
    static const struct {
        int status;
        unsigned tries;
        enum delivery want;
    } cases[] = {
        { 200, 1, DELIVERED },       { 204, 9, DELIVERED },
        { 0, 1, DELIVER_AGAIN },     { 0, 10, DELIVERY_FAILED },
        { 503, 9, DELIVER_AGAIN },   { 500, 10, DELIVERY_FAILED },
        { 429, 1, DELIVER_AGAIN },   { 408, 1, DELIVER_AGAIN },
        { 404, 1, DELIVERY_FAILED }, { 302, 1, DELIVERY_FAILED },
        { 100, 1, DELIVERY_FAILED },
    };
    int64_t sum_ms = 0;

    for (size_t i = 0; i < N_ELEMENTS(cases); i++)
        is_int(tidings_delivery(cases[i].status, cases[i].tries),
               cases[i].want);
    is_int(tidings_pause_ms(1), S);
    is_int(tidings_pause_ms(2), 2 * S);
    is_int(tidings_pause_ms(7), 60 * S);
    is_int(tidings_pause_ms(1000), 60 * S);
    for (unsigned tries = 1; tries < 10; tries++)
        sum_ms += tidings_pause_ms(tries);
    is_int(sum_ms, 243 * S);
}

static void
test_names(void)
{
    for (enum tiding t = 0; t < N_TIDINGS; t++)
        ok(tiding_name(t) && *tiding_name(t));
}

TAP_MAIN({ "an incident begins and ends", test_life },
         { "who takes over tells again", test_takeover },
         { "the next failure is told anew", test_next_failure },
         { "a hold that lasts is told, once", test_hold },
         { "VMs are told together", test_vms },
         { "quarantine", test_quarantine }, { "each has a name", test_names },
         { "what is not delivered is tried again", test_delivery })

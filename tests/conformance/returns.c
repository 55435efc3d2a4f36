/* Conformance of what a host that comes back is asked. */
#include "returns.h"

#include "../unit/tap.h"
#include "ask.h"

void
returns_refuse_up(struct nova *nova, const char *service_id)
{
    nova_service_force_up(nova, service_id, on_done, NULL);
    wait_answer();
    is_int(got.status, 400);
    has_str(got.detail, "evacuation migration records");
}

void
returns_ask_guest(struct nova *nova, const char *id, bool is_running)
{
    nova_guest_ask(nova, id, on_done, NULL);
    wait_answer();
    is_int(got.status, is_running ? 200 : 409);
}

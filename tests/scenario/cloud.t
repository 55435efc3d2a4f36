#!/bin/bash
# The cloud misbehaves while a host is recovered; or it is not there at all.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# fails HOST: it is fenced as ever, whatever the cloud does.
fails()
{
    lab wait settled
    look before
    t0=$(lab fault hang "$1")
    ok "$1 is fenced" lab wait --timeout 30 fenced "$1" "$t0"
}

# Pacemaker shows the reason, and leaves the resource running.
is_shown_degraded()
{
    lab ctl crm_mon -1 | grep "vmha 5s-interval monitor on .* 'OCF_DEGRADED' (..*)"
}

is_degraded()
{
    [ "$(health)" = degraded ]
}

# As many calls for as many VMs: none was made twice.
calls_since()
{
    lab exec cat "$CLOUD_LOGS/requests" | awk -v since="$1" \
        '$1 * 1000 >= since && / recv POST .*"evacuate"/ { print $5 }' |
        sort "${@:2}" | wc -l
}

has_passed() # MS
{
    [ "$(now_ms)" -ge "$1" ]
}

plan 22
CLOUD_IS_DOWN=1
start_cluster max_posts=8 request_timeout=5s
ok "all controllers start without a cloud" is_elsewhere ""
ok "the resource is degraded, with a reason" wait_for 20 is_shown_degraded
t0=$(lab fault hang cmp1)
ok "a host is fenced all the same" lab wait --timeout 30 fenced cmp1 "$t0"
within "as fast as ever" $(($(lab when fenced cmp1 "$t0") - t0)) "$FENCING_MS"
start_cloud '{"do":"vms","n":20,"host":"cmp1"}' \
    '{"do":"power","host":"cmp1","on":false}'
look before
ok "when the cloud comes its VMs are recovered" recovered cmp1
ok "and the resource is sound" wait_for 20 is_healthy
judge "no cloud at first"

slow_cloud
boot 20 cmp2
fails cmp2
ok "while it is evacuated" wait_for 30 has_calls 4 "$t0"
sim tokens '{"end":"expire"}' >/dev/null
ok "with an expired token: recovered" recovered cmp2
is "no VM was called for twice" "$(calls_since "$t0")" \
    "$(calls_since "$t0" -u)"
judge "token"

fault '{"match":"POST .*/action","nth":1,"kind":"reset"}'
fault '{"match":"POST .*/action","nth":2,"kind":"hang"}'
fault '{"match":"POST .*/action","nth":3,"kind":"cut"}'
fault '{"match":"POST .*/action","nth":4,"kind":"reset","effect":"late",
    "late_ms":3000}'
fault '{"match":"POST .*/action","nth":5,"kind":"close","effect":"now"}'
fault '{"match":"GET .*/os-migrations","skip":1,"count":2,"kind":"hang"}'
fault '{"match":"GET .*/servers/detail","skip":1,"count":2,"kind":"reset"}'
boot 20 cmp3
fails cmp3
ok "calls cut, lost and late: recovered" recovered cmp3
judge "calls"
is "who had a record was not called for again" \
    "$(($(calls_since "$t0") - $(calls_since "$t0" -u)))" 2
sim faults-clear '{}' >/dev/null
bring_back cmp1 cmp2 cmp3

fast_cloud
boot 20 cmp1
lab wait settled
look before
fault '{"match":"/v2.1/","count":-1,"kind":"status","status":503}'
t0=$(lab fault hang cmp1)
ok "cmp1 is fenced" lab wait --timeout 30 fenced cmp1 "$t0"
within "fencing does not wait for Nova" \
    $(($(lab when fenced cmp1 "$t0") - t0)) "$FENCING_MS"
ok "the daemon is degraded" wait_for 20 is_degraded
wait_for 60 has_passed $((t0 + 60000))
is "nothing has moved" "$(vms_on cmp1)" 20
sim faults-clear '{}' >/dev/null
ok "Nova is back after 60 s: recovered" recovered cmp1
judge "503 for 60 s"

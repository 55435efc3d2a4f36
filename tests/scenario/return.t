#!/bin/bash
# Hosts that fail and come back into service by themselves: power cycles, a daemon
# that is killed on the way, a host that an operator had disabled, one that comes
# back before its VMs have moved: 6 failures, or with VMHA_LONG=1 (or CYCLES) as
# many more, and the quarantine at the end.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

[ "${VMHA_LONG:-0}" = 1 ] && is_long=1 || is_long=
CYCLES=${CYCLES:-${is_long:+97}}
CYCLES=${CYCLES:-3}
# From its nova-compute's start to its enabling: the simulated one's start (1 s)
# and its first heartbeat after that (10 s), and 5 s at most for vmha.
BACK_MS=$((1000 + 10000 + 5000))

is_in_service() # HOST: nothing of ours is left, and nova-compute is up
{
    [ -z "$(journal "vmha-host-$1")" ] && [ -z "$(journal "vmha-intent-$1")" ] &&
        [ "$(service_state "$1")" = "false false" ] && is_up "$1"
}

is_up()
{
    lab node "$1" test -e /run/nova-compute
}

# fails HOST: the kernel stops; returns when it is fenced.
fails()
{
    lab wait settled || bail "the cluster did not settle"
    look before
    t0=$(lab fault hang "$1")
    lab wait --timeout 30 fenced "$1" "$t0" >/dev/null ||
        bail "$1 is not fenced"
}

# each VM runs exactly once
all_run()
{
    sim_get counts | grep -o '"runs [a-z]*":[0-9]*' | sort | paste -sd ' '
}

# took_back SINCE_MS: ms from the start of nova-compute to the call that enables
# its service, of the only host that came back since.
took_back()
{
    lab exec cat "$CLOUD_LOGS/requests" | awk -v since="$1" '
        $1 * 1000 < since || $3 != "recv" { next }
        / POST \/_sim\/compute .*"run":true/ { start = $1 }
        / PUT .*\/os-services\/.*"enabled"/ { enabled = $1 }
        END { print start && enabled ? int((enabled - start) * 1000) : "none" }'
}

# The journal as it is where nothing has failed of late.
is_empty()
{
    ! lab ctl cibadmin --query --scope crm_config |
        grep -E 'name="vmha-(host|intent|failures)-' >&2
}

cib_bytes()
{
    lab ctl cibadmin --query --scope configuration | wc -c
}

plan $((CYCLES * 4 + 16 + ${is_long:+5}+0))
computes_in_cluster
POWER_ON=after_recovery
start_cluster
# It was tried before the cloud was there.
lab ctl crm_resource --cleanup --resource nova-compute-clone >/dev/null 2>&1
ok "nova-compute starts behind its gate" wait_for 40 is_up cmp1
ok "on all hosts" wait_for 20 is_up cmp3
boot 20 cmp1
boot 20 cmp2
size=$(cib_bytes)

for ((i = 1; i <= CYCLES; i++)); do
    host=cmp$((i % 2 + 1))
    fails $host
    wait_for 60 is_phase $host T || bail "$host does not return"
    t1=$(now_ms)
    wait_for 60 is_up $host || bail "nova-compute does not start on $host"
    within "cycle $i: the journal opens, nova-compute starts" \
        $(($(now_ms) - t1)) 8000
    ok "cycle $i: $host is in service again" wait_for 90 is_in_service $host
    within "cycle $i: from nova-compute's start to its service's enabling" \
        "$(took_back "$t0")" $BACK_MS
    is "cycle $i: each VM runs once" "$(all_run)" '"runs once":40'
done

host=cmp3
boot 10 $host
fails $host
ok "its VMs have moved, it is back" wait_for 60 is_phase $host T
node=$(recovery_node)
lab node "$node" pkill -KILL -x vmha-recoveryd
ok "the daemon is killed: the host is in service again" \
    wait_for 90 is_in_service $host
is "each VM runs once" "$(all_run)" '"runs once":50'

sim hosts '{"names":["cmp1"],"disabled":true,"disabled_reason":"new disk"}' \
    >/dev/null
fails cmp1
wait_for 60 is_phase cmp1 T || bail "cmp1 does not return" # closed, not unopened
is_closed() { [ -z "$(journal "vmha-host-$1")" ]; }
ok "disabled by an operator: it returns" wait_for 90 is_closed cmp1
is "and stays disabled" "$(service_state cmp1)" "false true"
is "each VM runs once" "$(all_run)" '"runs once":50'
sim hosts '{"names":["cmp1"],"disabled":false}' >/dev/null

sim faults '{"match":"PUT .*/os-services","kind":"status","status":503,"count":-1}' \
    >/dev/null
boot 10 cmp2
fails cmp2
lab power cmp2 on
ok "the cloud refuses all changes: the host is back" \
    wait_for 60 is_phase cmp2 T
sim faults-clear '{}' >/dev/null
ok "its VMs are started there: it is in service" wait_for 90 is_in_service cmp2
is "each VM runs once" "$(all_run)" '"runs once":60'
ok "no incident is left" is_healthy
ok "the journal is empty" is_empty
# The watermark had no date yet: 0.000000000.
ok "the CIB is no larger than before" test "$(cib_bytes)" -le $((size + 9))

if [ "$is_long" ]; then
    lab ctl crm_resource --resource vmha --set-parameter quarantine_failures \
        --parameter-value 1 >/dev/null
    wait_for 60 is_healthy || bail "vmha does not take the parameter"
    for i in 1 2; do
        fails cmp3
        wait_for 60 is_phase cmp3 T || bail "cmp3 does not return"
        [ "$i" = 2 ] || ok "one failure is not too many: it is in service" \
            wait_for 90 is_in_service cmp3
    done
    is_quarantined() { lab ctl vmha status cmp3 | grep -q quarantined; }
    ok "two are: it is quarantined" wait_for 90 is_quarantined
    is "it stays disabled" "$(service_state cmp3)" "false true"
    is "each VM runs once" "$(all_run)" '"runs once":60'
    lab ctl vmha host release cmp3 >/dev/null
    ok "until it is released" wait_for 60 is_in_service cmp3
fi

lab ctl crm_attribute --name enable-acl --update true
began=$SECONDS
is "with access control lists a gate stays closed" "$(lab node cmp1 env \
    OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=probe OCF_RESKEY_node=cmp1 \
    /usr/lib/ocf/resource.d/vmha/gate start 2>&1 | grep -o "closed: .*")" \
    "closed: the cluster does not let itself be read (with ACLs the node needs \
read access)"
ok "... and says so at once" test $((SECONDS - began)) -lt 5
lab ctl crm_attribute --name enable-acl --delete

#!/bin/bash
# Two of three hosts fail: vmha is disarmed, then the brake holds them; through
# a crash of the daemon, until it is told to go on.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

shows() # TEXT: the status has it
{
    lab ctl vmha status 2>&1 | grep -qF "$1"
}

# untouched NAME: both are fenced and noted, and the cloud knows nothing.
untouched()
{
    local host
    for host in cmp1 cmp2; do
        is "$1: $host is noted as failed" "$(phase "$host")" F
        is "$1: the cloud was not told" "$(service_state "$host")" \
            "false false"
    done
    judge "$1" --held cmp1 --held cmp2
}

plan 30
start_cluster
lab ctl crm_resource --resource vmha --set-parameter max_failed_hosts \
    --parameter-value 1 >/dev/null
# else they are back before they are looked at
lab ctl crm_resource --resource vmha --set-parameter power_on \
    --parameter-value never >/dev/null
lab wait settled
boot 10 cmp1
boot 10 cmp2 '"vm_state":"stopped"'
look before

ok "vmha is disarmed" lab ctl vmha disarm --until=+1h --reason="a test"
ok "the journal has it" grep -q ";a test" <<<"$(journal vmha-disarmed)"
ok "the status shouts" shows "degraded (disarmed until "
t0=$(lab fault hang cmp1 cmp2)
for host in cmp1 cmp2; do
    ok "$host is fenced as ever" lab wait --timeout 30 fenced "$host" "$t0"
    ok "and noted" wait_for 20 is_phase "$host" F
done
untouched disarmed

ok "vmha is armed" lab ctl vmha arm
is "the journal has it no more" "$(journal vmha-disarmed)" ""
ok "now the brake holds both" wait_for 20 shows \
    "2 hosts held by the brake: 2 of 3 hosts failed within 600 s"
untouched held
lab fault proc "$(recovery_node)" vmha-recoveryd KILL >/dev/null
ok "the next daemon holds them, too" wait_for 40 shows "2 hosts held by the brake"
untouched "held after a crash"

ok "they are released" lab ctl vmha release
for host in cmp1 cmp2; do
    ok "the VMs of $host are recovered" recovered "$host"
done
judge released

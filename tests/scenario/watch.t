#!/bin/bash
# ocf:vmha:watch on Pacemaker Remote nodes: a QEMU dies on cmp1, and the cluster
# knows; the connection to cmp1 moves; libvirtd hangs; nothing is fenced.
set -eu
# shellcheck source-path=SCRIPTDIR source=../lab/functions.sh
. "$(dirname "$0")/../lab/functions.sh"

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=virt.sh
. "$(dirname "$0")/virt.sh"
UUID=11111111-0000-4000-8000-000000000001

# Time (ms) when the CIB first has such a value, as one controller sees it: an
# upper bound, for each look takes a while.
known_at() # COUNT;WORST
{
    lab ctl bash -c '
        deadline=$(($(date +%s%3N) + 10000))
        until cibadmin --query --local --xpath \
            "//node_state[@uname=\"cmp1\"]//nvpair[@name=\"vmha-faults\"]" \
            2>/dev/null | grep -q ";'"$1"'\""; do
            [ "$(date +%s%3N)" -lt $deadline ] || exit 1
        done
        date +%s%3N'
}

# Until the next change need not wait for the last one's gap.
is_quiet() { [ $(($(now_ms) - t1)) -gt 5000 ]; }

# The list, as any node may ask for it.
list()
{
    lab ctl attrd_updater --query --name=vmha-fault-list --node=cmp1 |
        sed -n 's/.* value="v1;[0-9]*;\(.*\)@[0-9]*"$/\1/p'
}

# What cmp1 has answered to a controller.
answer_is() # TEXT
{
    lab ctl attrd_updater --query --name=vmha-answer --node=cmp1 2>/dev/null |
        grep -q " value=\"$1\"$"
}

# watch_is NODE RC: the newest result of its monitor there.
watch_is()
{
    lab ctl cibadmin --query --local --xpath "//node_state[@uname='$1']//lrm_resource[@id='watch']" |
        grep 'operation="monitor"' | grep -v 'interval="0"' | grep -q "rc-code=\"$2\""
}

connection() # the controller that has the connection to cmp1
{
    lab ctl crm_resource --resource cmp1 --locate 2>/dev/null |
        sed -n 's/.*is running on: \([^ ]*\).*/\1/p'
}

is_stopped() { ! lab node cmp1 test -e /run/vmha/watch/control; }

set_role() # Started|Stopped
{
    lab ctl crm_resource --resource watch-clone --meta \
        --set-parameter target-role --parameter-value "$1" >/dev/null
}

plan 23
computes_have_libvirt
export LAB_STAGE=${LAB_STAGE:-${VMHA_BUILD:-$TOP/out/build}/stage}
export LAB_FENCING=power
start_lab
ok "without libvirt watch is degraded" wait_for 20 watch_is cmp1 190
start_libvirtd
ok "libvirtd starts" wait_for 15 has_libvirt
ok "and with it watch is well" wait_for 20 watch_is cmp1 0
define_vm "$UUID"
virsh start --paused vm1 >/dev/null
ok "nothing is wrong" wait_for 10 faults_are "0;ok"
lab ctl attrd_updater --private --name=vmha-question --node=cmp1 \
    --update="v1;7;22222222-0000-4000-8000-000000000002,$UUID"
ok "asked for guests, it has the one that it has" \
    wait_for 15 answer_is "v1;7;$UUID"

took=()
for _ in 1 2 3; do
    pid=$(qemu_pid)
    t0=$(lab node cmp1 bash -c "date +%s%3N; kill -KILL $pid")
    t1=$(known_at "1;vm:crash") || bail "it never got into the CIB"
    took+=($((t1 - t0)))
    diag "in the CIB $((t1 - t0)) ms after the kill"
    is "the list has the VM" "$(list)" "vm:$UUID:crash"
    virsh start --paused vm1 >/dev/null
    ok "and it is well when it runs again" wait_for 10 faults_are "0;ok"
    wait_for 6 is_quiet
done
within "the middle one of three kills is in the CIB" \
    "$(printf '%s\n' "${took[@]}" | sort -n | sed -n 2p)" 500

lab node cmp1 kill -KILL "$(qemu_pid)"
ok "a fault" wait_for 5 faults_are "1;vm:crash"
from=$(connection)
lab ctl crm_resource --resource cmp1 --ban --node "$from" >/dev/null 2>&1
lab wait settled
ok "the connection to the host has moved" test "$(connection)" != "$from"
ok "the cluster knows it again" wait_for 20 faults_are "1;vm:crash"
is "and its list" "$(list)" "vm:$UUID:crash"
lab ctl crm_resource --resource cmp1 --clear >/dev/null 2>&1

lab fault proc cmp1 libvirtd STOP >/dev/null
ok "with a libvirtd that hangs watch is degraded" wait_for 25 watch_is cmp1 190
is "what is wrong is still told" "$(list)" "vm:$UUID:crash"
set_role Stopped
ok "watch stops all the same" wait_for 20 is_stopped
lab wait settled
is "what it told is taken back" "$(faults)" ""
set_role Started
ok "and starts" wait_for 20 watch_is cmp1 190
lab fault proc cmp1 libvirtd CONT >/dev/null
ok "it tells again when libvirtd goes on" wait_for 40 faults_are "1;vm:crash"
is "nothing was fenced" "$(lab exec cat "$L/power.log" | grep -c -w off)" 0

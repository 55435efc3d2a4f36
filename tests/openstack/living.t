#!/bin/bash
# What living hosts report, on a real cluster and a real Nova: VMs that died are
# restarted, hosts that lack a process are shut for new ones.  The reports are
# written as ocf:vmha:watch writes them (tests/guests has that one).
set -eu
export VMHA_CLOUD=openstack CLOUD_SNAPSHOT=base
# shellcheck source-path=SCRIPTDIR source=../scenario/functions.sh
. "$(dirname "$0")/../scenario/functions.sh"

seq=0
# reports HOST [FAULT...]: e.g. vm:UUID:crash; all that is wrong on HOST now.
reports()
{
    local list=
    seq=$((seq + 1))
    for fault in "${@:2}"; do list+=${list:+,}$fault@$(date +%s); done
    lab node "$1" attrd_updater --private --name=vmha-fault-list \
        --update="v1;$seq;$list" 2>/dev/null
    lab node "$1" attrd_updater --name=vmha-faults \
        --update="v1;$seq;$(($# - 1));$(worst "${2:-}")" 2>/dev/null
}

worst() # FAULT: its kind and why
{
    [ -n "$1" ] && echo "${1%%:*}:${1##*:}" || echo ok
}

# dies HOST UUID: its guest is off; Nova is not told.
dies()
{
    lab exec sh -c '
        cd "$1" && read -r name state <"$3" && echo "$name 4" >".$3" &&
        mv ".$3" "$3" && echo "$(date +%s.%3N) $2 $3 off" >>"$4"' - \
        "$L/shared/cloud/guests/$1" "$1" "$2" "$CLOUD_LOGS/ledger"
}

runs() # HOST UUID
{
    [ "$(lab exec grep "$2" "$CLOUD_LOGS/ledger" | tail -n 1 | cut -d' ' -f2-)" \
        = "$1 $2 on" ]
}

is_server() # HOST UUID STATUS: and nothing is done with it
{
    client servers "$1" | grep -qx "$2 $3 None"
}

is_service() # HOST PATTERN
{
    client service "$1" | grep -q "$2"
}

asked() # VERB: how many such calls
{
    lab exec cat "$CLOUD_LOGS/requests" | grep -c " recv POST .*\"$1\"" || :
}

first_call() # SINCE-MS: ms until the first call that changes a VM
{
    lab exec cat "$CLOUD_LOGS/requests" | awk -v since="$1" '
        $1 * 1000 >= since && / recv POST .*"(reboot|os-start)"/ {
            printf "%d\n", $1 * 1000 - since
            exit
        }'
}

tells() # PATTERN: what vmha status says
{
    lab ctl vmha status | grep -q "$1"
}

plan 20
start_cluster restart_all_instances=true
client boot 2 cmp1 >/dev/null
read -r a b <<<"$(client servers cmp1 | cut -d' ' -f1 | xargs)"

t0=$(date +%s%3N)
dies cmp1 "$a"
reports cmp1 "vm:$a:crash"
ok "a VM whose guest died is restarted on its host" wait_for 30 runs cmp1 "$a"
within "Nova was asked soon" "$(first_call "$t0")" 2000
ok "and says that it runs" wait_for 30 is_server cmp1 "$a" ACTIVE
reports cmp1
ok "its fault is gone, and nothing is left" wait_for 10 tells "Nothing to recover"
is "once" "$(asked reboot)" 1

lab exec mkdir -p "$L/shared/cloud/knobs/cmp1"
lab exec sh -c 'echo now >"$1"' - "$L/shared/cloud/knobs/cmp1/power-sync"
dies cmp1 "$a"
cloud compute cmp1 kill
cloud compute cmp1 start
ok "nova-compute stops what it finds dead" \
    wait_for 90 is_server cmp1 "$a" SHUTOFF
lab exec rm "$L/shared/cloud/knobs/cmp1/power-sync"
reports cmp1 "vm:$a:crash"
ok "it is started all the same" wait_for 30 is_server cmp1 "$a" ACTIVE
ok "and runs" runs cmp1 "$a"
is "by a start" "$(asked os-start)" 1
reports cmp1

client stop-one "$b" >/dev/null
reports cmp1 "vm:$b:gone"
ok "what a user stopped is left alone" wait_for 20 tells "a user stopped it"
ok "and stays stopped" is_server cmp1 "$b" SHUTOFF
reports cmp1 "vm:$b:gone" "vm:00000000-0000-4000-8000-00000000dead:crash"
ok "Nova does not know the other one" wait_for 20 tells "does not know it"
reports cmp1
ok "nothing is left" wait_for 10 tells "Nothing to recover"

reports cmp2 proc:libvirtd:down
ok "a host that lacks a process is shut for new VMs" wait_for 20 \
    is_service cmp2 'disabled process libvirtd: down \[vmha-fault\]'
ok "vmha status says so" tells 'host cmp2: process libvirtd: down, new VMs: shut'
node=$(recovery_node)
lab node "$node" pkill -KILL -x vmha-recoveryd
ok "the daemon is killed; the fault goes" reports cmp2
ok "the next one opens the host" wait_for 60 is_service cmp2 enabled

t0=$(lab fault power cmp1)
ok "the host fails" lab wait --timeout 30 fenced cmp1 "$t0"
ok "its VMs are recovered" recovered cmp1
lab exec cat "$CLOUD_LOGS/ledger" >"$WORK/ledger"
ok "each VM runs once" "$TOP/tests/invariants/twice" "$WORK/ledger"

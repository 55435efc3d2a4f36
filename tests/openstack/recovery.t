#!/bin/bash
# Recovery on a real Nova, end to end: hosts fail while the daemon is killed, its
# node dies, and the cloud does not answer; each is powered on again, nova-compute
# starts behind its gate, and the host is in service, without anybody's help.
set -eu
export VMHA_CLOUD=openstack CLOUD_SNAPSHOT=cmp1-50
# shellcheck source-path=SCRIPTDIR source=../scenario/functions.sh
. "$(dirname "$0")/../scenario/functions.sh"

OUTAGE_S=60

# fails KIND HOST [STATUS...]: one fault, up to the proof of death; Nova answers
# that status from before on.
fails()
{
    look before
    [ $# = 2 ] || nova_answers "${@:3}"
    t0=$(lab fault "$1" "$2")
    ok "$1: $2 is fenced" lab wait --timeout 30 fenced "$2" "$t0"
}

# first PATTERN: ms from the end of fencing to the first such request.
first()
{
    local fenced
    fenced=$(lab when fenced "$host" "$t0")
    lab exec cat "$CLOUD_LOGS/requests" | awk -v since="$t0" \
        -v fenced="$fenced" -v pattern="$1" '
        $1 * 1000 >= since && $3 == "recv" && $0 ~ pattern {
            printf "%d\n", $1 * 1000 - fenced
            exit
        }'
}

has_moved() # N: so many guests were started elsewhere since the fault
{
    lab exec cat "$CLOUD_LOGS/ledger" | awk -v since="$t0" -v host="$host" \
        -v want="$1" '
        $1 * 1000 >= since && $2 != host && $4 == "on" { n++ }
        END { exit n < want }'
}

# What the cluster guarantees: a monitor (each 5 s, in 10 s at most) finds the
# kill, an action under way ends (the start of a remote: 5 s), the daemon is stopped
# and started (20 s each), here or elsewhere.
RESTART_S=60

daemon_pid() # NODE: that runs, or ran last
{
    lab node "$1" cat /run/vmha/vmha/pid 2>/dev/null
}

is_restarted() # OLD-NODE OLD-PID
{
    local node pid
    node=$(recovery_node) && [ -n "$node" ] && pid=$(daemon_pid "$node") &&
        [ "$node $pid" != "$1 $2" ]
}

# kill_daemon WHEN: SIGKILL; the cluster starts it again.
kill_daemon()
{
    local node pid
    node=$(recovery_node)
    pid=$(daemon_pid "$node")
    lab node "$node" kill -KILL "$pid"
    ok "the daemon is killed $1, and starts again" \
        wait_for $RESTART_S is_restarted "$node" "$pid"
}

# The cloud and the journal say so, in any phase from then on.
is_recovered()
{
    is_phase "$1" X T "" && [ "$(vms_on "$1")" = "${2:-0}" ]
}

# is_back HOST [STATE]: nothing of ours is left, and Nova's service is so.
is_back()
{
    [ -z "$(journal "vmha-host-$1")" ] &&
        [ "$(client state "$1")" = "${2:-up free enabled None}" ]
}

back() # HOST
{
    ok "$1 is in service again" wait_for "$WAIT" is_back "$1"
    lab wait settled || bail "the cluster did not settle"
}

plan 44
# The daemon that takes over is on another node.
export LAB_CTL_REBOOT=off
POWER_ON=after_recovery
computes_in_cluster
start_cluster
# It was tried before the cloud was there.
lab ctl crm_resource --cleanup --resource nova-compute-clone >/dev/null 2>&1
for host in cmp1 cmp2 cmp3; do
    wait_for 90 is_back $host || bail "nova-compute does not serve on $host"
done
client stop 5 >/dev/null

host=cmp1
fails power $host
ok "its 50 VMs are recovered" recovered $host
within "it was forced down soon" "$(first 'PUT.*"forced_down": ?true')" 2000
within "so was the first VM evacuated" "$(first 'POST.*"evacuate"')" 4000
judge "power cut"
back $host

host=cmp2
fails cut $host
ok "its VMs are recovered" recovered $host
judge "link cut" --fenced-within "$FENCING_MS"
back $host

host=cmp3
n=$(vms_on $host)
fails hang $host 503
ok "Nova is away: its failure is in the journal" wait_for 10 is_phase $host F
kill_daemon "in phase F"
nova_answers 503 PUT
ok "the host cannot be forced down: that it shall is in the journal" \
    wait_for 30 is_phase $host D
kill_daemon "in phase D"
nova_answers 503 POST
ok "evacuations are refused" wait_for 30 has_calls 2 "$t0"
kill_daemon "in phase E, nothing moves"
nova_answers
ok "VMs move" wait_for 60 has_moved 5
kill_daemon "in phase E, VMs move"
ok "it goes on" wait_for 60 has_moved $((n * 3 / 4))
kill_daemon "in phase E, most VMs have moved"
ok "its VMs are recovered" recovered $host
judge "kills of the daemon"
ok "the host returns" wait_for 60 is_phase $host T
kill_daemon "in phase T"
back $host

host=cmp1
node=$(recovery_node)
fails hang $host
ok "VMs move" wait_for 30 has_moved 5
t1=$(lab fault hang "$node")
ok "the daemon's node is fenced" lab wait --timeout 30 fenced "$node" "$t1"
ok "the VMs are recovered" recovered $host
is "its node stayed off" "$(lab power "$node" status)" off
ok "by a daemon elsewhere" is_elsewhere "$node"
judge "death of the daemon's node"
lab power "$node" on
ok "the node is back" lab wait online "$node"
back $host

# What an operator has set stays so.
host=cmp2
n=$(vms_on cmp3)
client mark $host "new disk"
client force-down cmp3
fails hang $host
ok "VMs move" wait_for 30 has_moved 5
nova_answers 503
sleep $OUTAGE_S # is what is tested
is "Nova is away for $OUTAGE_S s: the daemon says so" "$(health)" degraded
nova_answers
ok "Nova is back: the VMs are recovered" recovered $host
is "and the daemon is well" "$(health)" ready
judge "outage of Nova" --held cmp3
ok "an operator had disabled it: it is back, but disabled" \
    wait_for "$WAIT" is_back $host "up free disabled new disk"
is "what he forced down stays so, with its VMs" \
    "$(client state cmp3) $(vms_on cmp3)" "down forced enabled None $n"

within "no call took longer than post_settle" "$(calls_took)" \
    "$CLOUD_SETTLE_MS"

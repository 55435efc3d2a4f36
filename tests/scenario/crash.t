#!/bin/bash
# The recovery daemon dies, moves, or loses its node: the next one goes on.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

kill_daemon()
{
    lab fault proc "$(recovery_node)" vmha-recoveryd KILL >/dev/null
}

# dies_in PHASE HOST CONDITION...: killed once the condition holds.
dies_in()
{
    wait_for 30 "${@:3}" || diag "waited in vain: ${*:3}"
    kill_daemon || :
    is "killed in phase $1" "$(phase "$2")" "$1"
}

# fails HOST [FAULT]: a fault, and one of the cloud from then on; it returns when
# the host is fenced.
fails()
{
    local t0
    lab wait settled
    look before
    [ $# = 1 ] || fault "$2"
    t0=$(lab fault hang "$1")
    ok "$1 is fenced" lab wait --timeout 30 fenced "$1" "$t0"
}

# At most 32 of the 40 s of `recovered`: a monitor (5 s) finds the kill, the agent
# starts the daemon (2 s), which reads the service (1.5 s) and lets calls settle
# (5 s); of 30 VMs 8 a second are called (4 s), ten at a time spawn (3 x 3 s); two
# lists, each with the service once more, and two polls (2 x 2.5 s).
plan 22
# The daemon that takes over is on another node.
export LAB_CTL_REBOOT=off
start_cluster max_posts=8
slow_cloud
sim latency '{"class":"services","ms":1500}' >/dev/null
sim latency '{"class":"evacuate","ms":1000}' >/dev/null
boot 30 cmp1
boot 10 cmp1 '"vm_state":"stopped"'
# The service is read before the proof, where the cloud lets it: then the first
# phase is D.
fails cmp1 '{"match":"GET .*/os-services","count":-1,"kind":"status","status":503}'
dies_in F cmp1 is_phase cmp1 F
sim faults-clear '{}' >/dev/null
dies_in D cmp1 is_phase cmp1 D
dies_in E cmp1 has_calls 4
dies_in E cmp1 is_midway cmp1
t0=$(now_ms)
ok "its VMs are recovered" recovered cmp1
diag "$(($(now_ms) - t0)) ms after the last kill"
dies_in X cmp1 is_phase cmp1 X
ok "the daemon is back" wait_for 20 is_healthy
ok "and knows" is_phase cmp1 X
judge "killed in every phase" --fenced-within "$FENCING_MS"

fast_cloud
slow_cloud
boot 40 cmp2
old=$(recovery_node)
fails cmp2
ok "while it is evacuated" wait_for 30 is_midway cmp2
lab ctl crm_resource --resource vmha --move >/dev/null 2>&1
ok "the daemon moves" wait_for 20 is_elsewhere "$old"
t0=$(now_ms)
ok "its VMs are recovered" recovered cmp2
diag "$(($(now_ms) - t0)) ms after the move"
judge "moved" --fenced-within "$FENCING_MS"
lab ctl crm_resource --resource vmha --clear >/dev/null 2>&1

boot 40 cmp3
fails cmp3
ok "while it is evacuated" wait_for 30 is_midway cmp3
old=$(recovery_node)
t0=$(lab fault hang "$old")
ok "the daemon's node is fenced" lab wait fenced "$old" "$t0"
ok "the daemon runs elsewhere" wait_for 20 is_elsewhere "$old"
is "its old node stays off" "$(lab power "$old" status)" off
t0=$(now_ms)
ok "its VMs are recovered" recovered cmp3
diag "$(($(now_ms) - t0)) ms after that"
judge "its node fenced" --fenced-within "$FENCING_MS"

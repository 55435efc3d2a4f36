#!/bin/bash
# Compute hosts fail, in every way in which one can; and a controller does.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# fails KIND HOST...: one fault, to its good end.
fails()
{
    local kind=$1 t0 host
    shift
    look before
    t0=$(lab fault "$kind" "$@")
    for host in "$@"; do
        ok "$kind: $host is fenced" lab wait --timeout 30 fenced "$host" "$t0"
        ok "the recovery of its VMs is done" recovered "$host"
    done
    judge "$kind of $*" --fenced-within "$FENCING_MS"
    lab wait settled
}

plan 29
start_cluster

boot 40 cmp1
boot 10 cmp1 '"vm_state":"stopped"'
fails hang cmp1
boot 20 cmp2
fails cut cmp2
boot 20 cmp3
fails freeze cmp3
bring_back cmp1 cmp2 cmp3

boot 1 cmp1
fails power cmp1
fails hang cmp2
is "a host without VMs is forced down all the same" \
    "$(service_state cmp2)" "true true"
boot 300 cmp3
fails power cmp3
bring_back cmp1 cmp2 cmp3

boot 30 cmp1
boot 30 cmp2
fails hang cmp1 cmp2

ctl=$(other_ctl "$(recovery_node)")
look before
t0=$(lab fault hang "$ctl")
ok "a controller is fenced" lab wait --timeout 30 fenced "$ctl" "$t0"
ok "it is back" lab wait --timeout 60 online "$ctl"
ok "it settles" lab wait settled
is "it has no entry in the journal" "$(journal "vmha-host-$ctl")" ""
judge "a controller alone"

#!/bin/bash
# fence_vmha in a real cluster: what it writes, what it refuses, how long it
# takes, and what becomes of a host whose level has no power device.
#
# Needs root and a build: VMHA_BUILD names it, default out/build.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lab/functions.sh
. "$here/../lab/functions.sh"

top=$here/../..
built=${VMHA_BUILD:-$top/out/build}
stage=$(mktemp -d)
install -D "$built/stonith/fence_vmha" "$stage/usr/sbin/fence_vmha"

journal() # NODE: its entry's name and value
{
    lab ctl cibadmin --query --xpath "//cluster_property_set[@id='vmha-journal']\
/nvpair[@name='vmha-intent-$1']" 2>/dev/null |
        sed -n 's/.* name="\([^"]*\)" value="\([^"]*\)".*/\1 \2/p'
}

# fence CTL NAME=VALUE...: runs it as the fencer does; code, err, ms.
fence()
{
    local t0
    t0=$(now_ms)
    code=0
    err=$(printf '%s\n' "${@:2}" | lab node "$1" fence_vmha 2>&1) || code=$?
    ms=$(($(now_ms) - t0))
}

# The time of lab node itself, which is no time of the agent's.
overhead()
{
    local t0
    t0=$(now_ms)
    lab node "$1" true </dev/null
    echo $(($(now_ms) - t0))
}

is_unclean() { lab ctl crm_mon -1 | grep -q "RemoteNode $1: UNCLEAN"; }
has_failed() { lab ctl stonith_admin --history "$1" --verbose | grep -qi failed; }

# The node that a resource runs on.
place_of()
{
    lab ctl crm_resource --resource "$1" --locate | grep -o 'ctl[1-3]'
}

plan 32
export LAB_STAGE=$stage LAB_FENCING=power,vmha
start_lab

has_metadata() { lab ctl "$@" | grep -q '<resource-agent name="fence_vmha"'; }
ok "Pacemaker's fencer reads the metadata" \
    has_metadata stonith_admin --metadata --agent fence_vmha
ok "and so do its tools" has_metadata crm_resource --show-metadata stonith:fence_vmha

t0=$(lab fault hang cmp1)
ok "a host is fenced" lab wait fenced cmp1 "$t0"
read -r name value <<<"$(journal cmp1)"
is "its intent is in the journal" "$name" vmha-intent-cmp1
off_s=$(lab exec grep -h ' cmp1 off bmc$' /run/lab/power.log | tail -n 1)
ok "and is younger than the power off" \
    test "$(tr -d . <<<"${value:0:14}")" -ge "${off_s%% *}"
lab ctl stonith_admin --unfence cmp1
ok "the host comes back" lab wait online cmp1
ok "it settles" lab wait settled

dc=$(lab dc)
other=$([ "$dc" = ctl1 ] && echo ctl2 || echo ctl1)
before=$(journal cmp1)
fence "$other" nodename=cmp1 action=off port=cmp1
is "off" "$code $err" "0 "
within "its time" $((ms - $(overhead "$other"))) 300
is "the intent is written over" \
    "$([ "$(journal cmp1)" != "$before" ] && echo changed)" changed
fence "$other" action=validate-all port=cmp2
is "a sound level" "$code $err" "0 "
fence "$other" nodename=ctl3 action=off port=ctl3
is "a node without such a level is refused" "$code" 1
fence "$other" nodename=cmp1 action=reboot port=cmp1
is "a reboot is refused" "$code" 1

lab fault proc "$other" pacemaker-based STOP >/dev/null
fence "$other" nodename=cmp2 action=off port=cmp2
lab fault proc "$other" pacemaker-based CONT >/dev/null
is "a CIB manager that hangs: refused" "$code" 1
within "in time" "$ms" 5000
# Writes are ordered by Corosync and need no DC.
lab fault proc "$dc" pacemaker-based STOP >/dev/null
fence "$other" nodename=cmp3 action=off port=cmp3
lab fault proc "$dc" pacemaker-based CONT >/dev/null
is "the DC's CIB manager hangs: all the same to us" "$code $err" "0 "
is "the intent is in the journal" "$(journal cmp3 | cut -d' ' -f1)" \
    vmha-intent-cmp3

ok "it settles" lab wait --timeout 60 settled

# The same through the fencer, with the CIB manager hanging where fence_vmha runs.
# The power goes off as ever.  The fencing ends within 60 s: 5 s to lose the host;
# 35 s of refusals, until pacemakerd has asked the CIB manager five times, 7 s
# each, and kills it, and with it the node's fencer; 12 s (1.2 times
# pcmk_off_timeout) until the call that died with that goes to another node.  A node
# without CIB cannot tell that a host is lost, or have it fenced.
other=$(xargs -n 1 <<<"$CTL" |
    grep -v -x -e "$(lab dc)" -e "$(place_of cmp1)" | head -n 1)
device_to f-vmha "$other"
lab fault proc "$other" pacemaker-based STOP >/dev/null
t0=$(lab fault hang cmp1)
ok "a CIB manager that hangs: the host is fenced" \
    lab wait --timeout 90 fenced cmp1 "$t0"
within "in time" $(($(lab when fenced cmp1 "$t0") - t0)) 60000
off_s=$(lab exec grep -h ' cmp1 off bmc$' /run/lab/power.log | tail -n 1)
within "its power was off at once" $((${off_s%% *} - t0)) 9000
ok "after refusals" lab when failed cmp1 "$t0"
read -r name value <<<"$(journal cmp1)"
ok "and its intent is in the journal" \
    test "$(tr -d . <<<"${value:0:14}")" -ge "$t0"
lab ctl stonith_admin --unfence cmp1
ok "the host comes back" lab wait online cmp1
ok "it settles" lab wait --timeout 60 settled

lab ctl cibadmin --delete --xpath "//fencing-level[@target='cmp2']"
ok "without its level" lab wait settled
fence "$other" action=validate-all port=cmp2
is "a host's level is not sound" "$code" 1
t0=$(lab fault hang cmp2)
ok "it is fenced by its power device all the same" lab wait fenced cmp2 "$t0"
is "which is off" "$(lab power cmp2 status)" off
lab ctl cibadmin --modify --allow-create --scope fencing-topology --xml-text \
    "<fencing-topology><fencing-level id='level-cmp3' target='cmp3' index='1' \
devices='f-vmha'/></fencing-topology>"
lab wait settled
t0=$(lab fault hang cmp3)
ok "a host with fence_vmha alone is unclean" wait_for 30 is_unclean cmp3
ok "its fencing fails" wait_for 30 has_failed cmp3
ok "and it is never taken for fenced" test -z "$(lab when fenced cmp3 "$t0" || :)"
rm -r "$stage"

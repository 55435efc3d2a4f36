#!/bin/bash
# How Pacemaker fences with the lab's configuration: levels of two devices, a
# compute that is a full member, a BMC that is dead, a cluster that is off.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# Events of a node since an instant, oldest first: the BMC's and the recorder's.
# Whether a device is told "on" after a reboot depends on whether the DC may run
# it: not so for f-vmha when that is cmp3.
asked()
{
    {
        lab exec grep -h " $1 .* bmc$" "$L/power.log"
        lab exec sh -c "cat $L/nodes/ctl*/upper/var/log/recorder.log"
    } | sort -n | awk -v node="$1" -v since="$2" '$1 >= since && $2 == node {
        print ($4 ? $4 : "vmha") ":" $3 }' | xargs
}

is_retrying()
{
    lab ctl crm_mon -1 | grep -q "RemoteNode $1: UNCLEAN"
}

stage=$(mktemp -d)
install -D "$LAB_DIR/recorder" "$stage/usr/sbin/fence_vmha"
plan 21
export LAB_STAGE=$stage LAB_CMP3=member
start_lab
rm -r "$stage"

t0=$(lab fault hang cmp1)
ok "a remote is fenced" lab wait fenced cmp1 "$t0"
ok "it settles" lab wait settled
is "power first, then the second device; the power stays off" \
    "$(asked cmp1 "$t0" | sed 's/ vmha:on$//')" "bmc:off vmha:off"
t0=$(now_ms)
ok "the fencer can power it on" lab ctl stonith_admin --unfence cmp1
is "by both devices" "$(asked cmp1 "$t0")" "bmc:on vmha:on"
ok "it rejoins" lab wait online cmp1
ok "it settles" lab wait settled

t0=$(lab fault hang cmp3)
ok "a compute that is a member is fenced" lab wait fenced cmp3 "$t0"
ok "it settles" lab wait settled
is "and stays off, too" "$(asked cmp3 "$t0" | sed 's/ vmha:on$//')" \
    "bmc:off vmha:off"
# Without it two of four votes would be left when the DC is lost.
lab power cmp3 on
ok "it rejoins" lab wait online cmp3
ok "it settles" lab wait settled

t0=$(lab fault hang dc)
dc=$(lab exec grep ' hang lab$' "$L/power.log" | tail -n 1 | cut -d' ' -f2)
ok "the DC is fenced" lab wait fenced "$dc" "$t0"
is "and reboots" "$(asked "$dc" "$t0")" "bmc:off bmc:on"
ok "it rejoins" lab wait --timeout 90 online "$dc"
ok "it settles" lab wait settled

lab fault cut-bmc cmp2 >/dev/null
t0=$(lab fault hang cmp2)
ok "with a dead BMC a host is unclean" wait_for 30 is_retrying cmp2
ok "and not fenced" test -z "$(lab when fenced cmp2 "$t0" || :)"
lab fault heal-bmc cmp2 >/dev/null
ok "until the BMC answers" lab wait --timeout 90 fenced cmp2 "$t0"

lab power all off
lab power all on
ok "a cluster that was off comes back" lab wait --timeout 90 online all
ok "and settles" lab wait --timeout 90 settled

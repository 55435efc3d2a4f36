#!/bin/bash
# A host looks dead and is not provably so: nothing of it is touched.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

has_passed() # MS
{
    [ "$(now_ms)" -ge "$1" ]
}

# held NAME HOST: vmha has had time to do the wrong thing.
held()
{
    ok "the daemon watches" wait_for 30 is_healthy
    wait_for 10 has_passed $(($(now_ms) + 5000))
    judge "$1" --held "$2"
}

target_role() # RESOURCE ROLE
{
    lab ctl crm_resource --resource "$1" --meta --set-parameter target-role \
        --parameter-value "$2" >/dev/null
}

# level HOST DEVICES: of its fencing level.
level()
{
    lab ctl cibadmin --modify --scope fencing-topology --xml-text \
        "<fencing-topology><fencing-level id='level-$1' target='$1' index='1' \
devices='$2'/></fencing-topology>"
}

both_refuse()
{
    [ "$(lab ctl vmha status --output-as=json |
        grep -o '"state":"degraded"' | wc -l)" = 2 ]
}

has_no() # PROGRAM NODE
{
    ! lab node "$2" pidof -x "$1" >/dev/null
}

is_offline()
{
    lab wait --timeout 1 offline "$1"
}

plan 39
export LAB_CMP3=member
start_cluster
for cmp in cmp1 cmp2 cmp3; do
    boot 5 "$cmp"
done

# A full member has no mark in the CIB that it is fenced: it is just gone.
look before
t0=$(lab fault hang cmp3)
ok "a member is fenced" lab wait --timeout 30 fenced cmp3 "$t0"
ok "its VMs are recovered" recovered cmp3
judge "member"
bring_back cmp3
boot 5 cmp3
look before
lab fault proc cmp3 pacemakerd TERM >/dev/null
ok "its Pacemaker stops in order" wait_for 30 has_no pacemakerd cmp3
lab fault proc cmp3 corosync TERM >/dev/null
ok "it has left the cluster" wait_for 30 is_offline cmp3
held "member stopped" cmp3
old=$(recovery_node)
lab ctl crm_resource --resource vmha --move >/dev/null 2>&1
ok "the daemon moves" wait_for 20 is_elsewhere "$old"
held "member stopped, daemon moved" cmp3
lab ctl crm_resource --resource vmha --clear >/dev/null 2>&1

look before
lab ctl crm_attribute --node cmp1 --name standby --update on
ok "standby" lab wait settled
held "standby" cmp1
target_role cmp1 Stopped
ok "its connection is stopped" lab wait settled
held "remote disabled" cmp1
lab power cmp1 off
held "disabled and switched off" cmp1
lab power cmp1 on
target_role cmp1 Started
lab ctl crm_attribute --node cmp1 --name standby --delete
ok "it is back" lab wait online cmp1

look before
lab ctl crm_resource --resource f-cmp1 --set-parameter pcmk_off_timeout \
    --parameter-value 5s >/dev/null
lab fault cut-bmc cmp1 >/dev/null
t0=$(lab fault hang cmp1)
ok "with a dead BMC fencing fails" lab wait failed cmp1 "$t0"
held "failed fencing" cmp1
lab ctl stonith_admin --confirm cmp1
ok "a person says that it is off" wait_for 30 is_offline cmp1
held "not trusted" cmp1
lab power cmp1 off
lab ctl crm_resource --resource vmha --set-parameter trust_manual_ack \
    --parameter-value true >/dev/null
ok "when that is trusted: recovered" recovered cmp1
judge "trusted"
bring_back cmp1

# fence_vmha is no power device, alone or without any level.
boot 5 cmp2
look before
level cmp2 f-vmha
lab wait settled
t0=$(lab fault hang cmp2)
ok "fence_vmha alone: fencing fails" lab wait failed cmp2 "$t0"
held "fence_vmha alone" cmp2
lab ctl crm_resource --resource f-cmp2 --set-parameter pcmk_off_timeout \
    --parameter-value 5s >/dev/null
lab fault cut-bmc cmp2 >/dev/null
lab ctl cibadmin --delete --xpath "//fencing-level[@target='cmp2']"
ok "without a level: it has failed again" lab wait failed cmp2 "$(now_ms)"
held "fence_vmha without a level" cmp2
is "cmp2 was never fenced" "$(lab when fenced cmp2 "$t0" || :)" ""

# Two that claim a host, and both leave it alone.
lab ctl cibadmin --create --scope resources --xml-text "<primitive id='vmha2' \
class='ocf' provider='vmha' type='recovery'><instance_attributes id='vmha2-a'>\
<nvpair id='vmha2-cloud' name='cloud' value='sim'/></instance_attributes>\
<operations><op id='vmha2-m' name='monitor' interval='5s'/></operations>\
</primitive>"
lab ctl cibadmin --create --scope constraints --xml-text "<rsc_location \
id='vmha2-l' rsc='vmha2' resource-discovery='never'><rule id='vmha2-r' \
score='-INFINITY'><expression id='vmha2-e' attribute='#kind' operation='eq' \
value='remote'/></rule></rsc_location>"
lab fault heal-bmc cmp2 >/dev/null
ok "cmp2 is fenced at last" lab wait fenced cmp2 "$t0"
ok "two instances refuse" wait_for 30 both_refuse
wait_for 10 has_passed $(($(now_ms) + 5000))
judge "two instances" --held cmp2
lab ctl crm_resource --resource vmha2 --meta --set-parameter target-role \
    --parameter-value Stopped >/dev/null
lab wait settled || :
lab ctl cibadmin --delete --xpath "//rsc_location[@id='vmha2-l']"
lab ctl cibadmin --delete --xpath "//primitive[@id='vmha2']"
ok "one is left: recovered" recovered cmp2
judge "one of two instances"

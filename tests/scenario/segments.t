#!/bin/bash
# Failover segments: two resources on two controllers, each with its own hosts;
# hosts change their segment, and are in maintenance; one is reserved.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# add_resource ID SEGMENT: another recovery, which is apart from the first.
add_resource()
{
    lab ctl cibadmin --create --scope resources --xml-text "<primitive \
id='$1' class='ocf' provider='vmha' type='recovery'>\
<instance_attributes id='$1-a'>\
<nvpair id='$1-cloud' name='cloud' value='sim'/>\
<nvpair id='$1-settle' name='post_settle' value='5s'/>\
<nvpair id='$1-segment' name='segment' value='$2'/></instance_attributes>\
<operations><op id='$1-m' name='monitor' interval='5s'/></operations>\
</primitive>"
    lab ctl cibadmin --create --scope constraints --xml-text "<rsc_location \
id='$1-l' rsc='$1' resource-discovery='never'><rule id='$1-r' \
score='-INFINITY'><expression id='$1-e' attribute='#kind' operation='eq' \
value='remote'/></rule></rsc_location>"
    lab ctl cibadmin --create --scope constraints --xml-text "<rsc_colocation \
id='$1-c' rsc='$1' with-rsc='vmha' score='-INFINITY'/>"
}

# says WORDS ARGUMENT...: vmha ARGUMENT... prints them.
says()
{
    local out
    out=$(lab ctl vmha "${@:2}" 2>&1 || :)
    [[ $out == *"$1"* ]]
}

# owner HOST: the resource that recovers it, or has.
owner()
{
    lab ctl vmha status --output-as=json | /usr/bin/python3 -c '
import json, sys
print(*[i["instance"] for i in json.load(sys.stdin)["instances"]
        for h in i.get("hosts", []) if h["host"] == sys.argv[1]])' "$1"
}

has_passed() # MS
{
    [ "$(now_ms)" -ge "$1" ]
}

both_refuse()
{
    says "resources 'vmha' and 'vmha-b' both claim segment 'a'" status &&
        says "resources 'vmha-b' and 'vmha' both claim segment 'a'" status
}

plan 31
start_cluster segment=a
ok "a segment without hosts is told" \
    wait_for 10 says "segment 'a' of resource 'vmha' has no hosts" status
ok "and a host that nobody recovers" says "nobody recovers host 'cmp1'" status
for cmp in cmp1 cmp2 cmp3; do
    segment=b
    [ "$cmp" = cmp2 ] || segment=a
    lab ctl vmha host set "$cmp" --segment=$segment ||
        bail "$cmp has no segment"
    boot 5 "$cmp"
done
ok "a segment that nobody recovers is told" \
    wait_for 10 says "no resource has its segment 'b'" status
add_resource vmha-b b
ok "both run" wait_for 20 says "b: vmha-b on ctl" segment list
lab wait settled
nodes=$(lab ctl vmha segment list | sed -n 's/.* on \(ctl[0-9]\),.*/\1/p' |
    sort -u | wc -l)
is "on two controllers" "$nodes" 2
ok "nothing is wrong now" wait_for 20 says "Nothing to recover" status
is "there is no warning" "$(lab ctl vmha status | grep -c warning || :)" 0
ok "a segment and its hosts" says "cmp2: segment b, online" segment show b

look before
lab fault hang cmp1 >/dev/null
lab fault hang cmp2 >/dev/null
ok "a host of the one is recovered" recovered cmp1
ok "and one of the other" recovered cmp2
judge "a host of each segment"
is "each by its own" "$(owner cmp1) $(owner cmp2)" "vmha vmha-b"
bring_back cmp1 cmp2

lab ctl vmha host set cmp2 --segment=a
ok "a host moves while nothing is going on" \
    wait_for 10 says "cmp2: segment a" host show cmp2
slow_cloud
boot 20 cmp2
look before
lab fault hang cmp2 >/dev/null
ok "it is being recovered" wait_for 40 is_midway cmp2 20
is "by its new segment" "$(owner cmp2)" vmha
lab ctl vmha host set cmp2 --segment=b
ok "it moves in mid-recovery" wait_for 10 says "cmp2: segment b" host show cmp2
fast_cloud
ok "and is recovered" recovered cmp2
is "by the other" "$(owner cmp2)" vmha-b
judge "moved in mid-recovery"
bring_back cmp2

lab ctl vmha host set cmp1 --maintenance=true
boot 5 cmp1
look before
t0=$(lab fault hang cmp1)
ok "a host in maintenance is fenced" lab wait --timeout 30 fenced cmp1 "$t0"
ok "and held" wait_for 10 says "the host is in maintenance" status cmp1
wait_for 10 has_passed $(($(now_ms) + 5000))
judge "maintenance" --held cmp1
lab ctl vmha host set cmp1 --maintenance=false
ok "when that ends: recovered" recovered cmp1
judge "maintenance ended"
bring_back cmp1

sim hosts '{"names":["cmp3"],"disabled":true,"disabled_reason":"kept free"}' \
    >/dev/null
lab ctl vmha host set cmp3 --reserved=true
ok "a reserved host that is not used is told" \
    wait_for 10 says "vmha' never uses reserved hosts" status
lab ctl vmha segment set a --recovery-method=reserved_host
ok "the method is set" wait_for 20 says "reserved_host" segment list
boot 5 cmp1
kept=$(vms_on cmp3)
look before
lab fault hang cmp1 >/dev/null
ok "a host with a reserved host is recovered" recovered cmp1
is "its VMs are there" "$(vms_on cmp3)" $((kept + 5))
judge "reserved"
ok "which is used" wait_for 10 says "reserved: used" host show cmp3
bring_back cmp1

lab ctl crm_resource --resource vmha-b --set-parameter segment \
    --parameter-value a >/dev/null
ok "where two claim a segment, both refuse and name each other" \
    wait_for 30 both_refuse

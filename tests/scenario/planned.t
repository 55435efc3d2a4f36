#!/bin/bash
# Planned work: the whole cluster is shut down in order and started, another
# version of vmha is installed and started while a host is recovered, the hook ran
# for a host that was not fenced.  Nobody loses a VM, or its protection.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

are_up() # HOST...: nova-compute runs there
{
    local host
    for host in "$@"; do
        lab node "$host" test -e /run/nova-compute || return 1
    done
}

is_stopped() { ! are_up "$1"; }

is_in_service() # HOST: nothing of ours is left, and nova-compute is up
{
    [ -z "$(journal "vmha-host-$1")" ] && [ -z "$(journal "vmha-intent-$1")" ] &&
        [ "$(service_state "$1")" = "false false" ] && are_up "$1"
}

all_run()
{
    sim_get counts | grep -o '"runs [a-z]*":[0-9]*' | sort | paste -sd ' '
}

# cut_since MS: the compute hosts whose power was cut.
cut_since()
{
    lab exec cat "$L/power.log" |
        awk -v since="$1" '$1 >= since && $2 ~ /^cmp/ && $3 == "off" \
            { print $2 }' | sort -u | paste -sd ' '
}

# Pacemaker has ended on all controllers, by itself.
all_have_stopped()
{
    local node
    for node in $CTL; do
        ! lab node "$node" pidof -x pacemakerd >/dev/null || return 1
    done
}

# The programs of another version: their files differ.
make_next()
{
    local file
    mkdir -p "$WORK/next"
    (cd "$LAB_STAGE" && cp -a --parents usr/libexec/vmha usr/sbin \
        usr/lib/ocf/resource.d/vmha "$WORK/next")
    while read -r file; do
        objcopy --add-section .vmha.next=/etc/hostname "$file"
    done < <(find "$WORK/next" -type f)
}

# install_next NODE: as a package is unpacked, under programs that run.
install_next()
{
    lab node "$1" sh -c '
        cd "$1" && find . -type f | while read -r file; do
            cp -a "$file" "/$file.new" && mv "/$file.new" "/$file" || exit
        done' - "$WORK/next"
}

runs_next() # NODE NAME: its process is of that version
{
    lab node "$1" cmp -s "/proc/$(program_on "$1" "$2")/exe" \
        "$WORK/next/usr/libexec/vmha/$2"
}

program_on() # NODE NAME: its process
{
    lab node "$1" pidof "$2" | tr ' ' '\n' | sort -n | head -n 1
}

is_replaced() # NODE NAME PID
{
    local pid
    pid=$(program_on "$1" "$2") && [ -n "$pid" ] && [ "$pid" != "$3" ]
}

# The last try of the gate's start on a host has failed.
is_shut()
{
    lab ctl cibadmin --query --xpath "//node_state[@uname='$1']\
//nvpair[@name='fail-count-gate#start_0']" >/dev/null 2>&1
}

target_role() # RESOURCE ROLE
{
    lab ctl crm_resource --resource "$1" --meta --set-parameter target-role \
        --parameter-value "$2" >/dev/null
}

# restart RESOURCE NODE PROGRAM: stopped until the program is gone there, then
# started.  (crm_resource --restart waits for a cluster that has nothing to do.)
restart()
{
    target_role "$1" Stopped
    wait_for 60 has_ended "$2" "$3" || bail "$1 does not stop"
    target_role "$1" Started
}

has_ended() { [ -z "$(program_on "$1" "$2")" ]; }

is_running_anew() # PID: the daemon, wherever it is
{
    local node
    node=$(recovery_node) && [ -n "$node" ] &&
        is_replaced "$node" vmha-recoveryd "$1"
}

plan 29
computes_in_cluster
POWER_ON=after_recovery
cat "$SCENARIO_DIR"/{gated,watch}.xml >"$WORK/resources.xml"
cat "$SCENARIO_DIR"/{gated,watch}-constraints.xml >"$WORK/constraints.xml"
export LAB_RESOURCES=$WORK/resources.xml LAB_CONSTRAINTS=$WORK/constraints.xml
start_cluster
# It was tried before the cloud was there.
lab ctl crm_resource --cleanup --resource nova-compute-clone >/dev/null 2>&1
ok "nova-compute runs on all hosts" wait_for 60 are_up cmp1 cmp2 cmp3
boot 20 cmp1
boot 20 cmp2

# --- the whole cluster ----------------------------------------------------------

lab wait settled || bail "the cluster did not settle"
t0=$(now_ms)
for node in $CTL; do
    lab fault proc "$node" pacemakerd TERM >/dev/null
done
ok "the whole cluster stops in order" wait_for 60 all_have_stopped
ok "nova-compute with it" is_stopped cmp1
lab power ctl off
lab power ctl on
ok "it starts again" lab wait --timeout 90 online ctl cmp1 cmp2 cmp3
ok "nova-compute, too" wait_for 60 are_up cmp1 cmp2 cmp3
ok "vmha is ready" wait_for 30 is_healthy
is "no host was fenced" "$(cut_since "$t0")" ""
is "no VM was evacuated" "$(calls "$t0")" 0
is "all run" "$(all_run)" '"runs once":40'
lab wait settled || bail "the cluster did not settle"
t0=$(lab fault hang cmp1)
ok "a host fails then: it is fenced" lab wait --timeout 30 fenced cmp1 "$t0"
ok "and recovered, and in service again" wait_for 90 is_in_service cmp1
is "its VMs were evacuated" "$(calls "$t0")" 20
is "all run" "$(all_run)" '"runs once":40'

# --- a new version ----------------------------------------------------------------

slow_cloud
boot 20 cmp2
lab wait settled || bail "the cluster did not settle"
n=$(vms_on cmp2)
t0=$(lab fault hang cmp2)
ok "a host fails, and is fenced" lab wait --timeout 30 fenced cmp2 "$t0"
ok "while it is evacuated" wait_for 30 is_midway cmp2 "$n"
node=$(recovery_node)
daemon=$(program_on "$node" vmha-recoveryd)
watchd=$(program_on cmp3 vmha-watchd)
make_next
for at in $CTL cmp1 cmp3; do # cmp2 is off
    install_next "$at" || bail "nothing is installed on $at"
done
is "another version is installed: the daemon runs on" \
    "$(program_on "$node" vmha-recoveryd)" "$daemon"
restart vmha "$node" vmha-recoveryd
ok "the daemon is replaced" wait_for 30 is_running_anew "$daemon"
ok "... by the new version's" runs_next "$(recovery_node)" vmha-recoveryd
restart watch-clone cmp3 vmha-watchd
ok "and the watch" wait_for 30 is_replaced cmp3 vmha-watchd "$watchd"
ok "... by the new version's" runs_next cmp3 vmha-watchd
lab ctl crm_resource --refresh --resource gate-clone >/dev/null 2>&1
ok "the host is in service again" wait_for 120 is_in_service cmp2
ok "nova-compute was never stopped elsewhere" are_up cmp1 cmp3
fast_cloud
is "nobody else was fenced" "$(cut_since "$t0")" cmp2
is "each VM was evacuated once" "$(calls "$t0")" "$n"
is "all run" "$(all_run)" '"runs once":60'

# --- the hook ran, and the host was not fenced --------------------------------------

lab wait settled || bail "the cluster did not settle"
t0=$(now_ms)
target_role vmha Stopped
lab wait settled || bail "the cluster did not settle"
printf '%s\n' action=off plug=cmp3 nodename=cmp3 |
    lab node ctl1 fence_vmha || bail "the hook fails"
lab ctl crm_resource --ban --resource gate-clone --node cmp3 >/dev/null 2>&1
wait_for 30 is_stopped cmp3 || bail "nova-compute does not stop"
lab ctl crm_resource --clear --resource gate-clone --node cmp3 >/dev/null 2>&1
ok "a note of the hook: the gate is shut" wait_for 30 is_shut cmp3
target_role vmha Started
ok "the host is alive: not for good" wait_for 90 is_in_service cmp3
is "nobody was fenced, and nothing evacuated" \
    "$(cut_since "$t0") $(calls "$t0")" " 0"
is "all run" "$(all_run)" '"runs once":60'

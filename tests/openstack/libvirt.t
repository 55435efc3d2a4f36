#!/bin/bash
# Nova with its libvirt driver and a guest that really runs, on shared storage: its
# QEMU is killed, and it runs again; its host's power is cut, and it runs on another.
set -eu
export VMHA_CLOUD=openstack CLOUD_SNAPSHOT=base
# shellcheck source-path=SCRIPTDIR source=../scenario/functions.sh
. "$(dirname "$0")/../scenario/functions.sh"
# shellcheck source-path=SCRIPTDIR source=../scenario/virt.sh
. "$TOP/tests/scenario/virt.sh"
HOSTS="cmp1 cmp2 cmp3"

qemus() # HOST: the process ids of QEMUs there
{
    lab node "$1" pgrep -x qemu-system-x86 2>/dev/null || :
}

instances() { echo "$L/shared/cloud/instances/$uuid/$1"; } # FILE of the server

# What the guest has written since forget_console.
has_started()
{
    [ "$(lab exec grep -a -c "guest is ready" "$(instances console.log)")" = 1 ]
}

forget_console() { lab exec truncate -s 0 "$(instances console.log)"; }

has_libvirt_on() { lab node "$1" virsh version >/dev/null 2>&1; }

is_active() # HOST
{
    client servers "$1" | grep -qx "$uuid ACTIVE None"
}

tells() # PATTERN: what vmha status says
{
    lab ctl vmha status | grep -q "$1"
}

guest=$("$TOP/tests/guests/prepare")
plan 15
computes_have_libvirt
start_cluster restart_all_instances=true shared_storage=true
# shellcheck disable=SC2086 # words
start_libvirtd $HOSTS
for host in $HOSTS; do
    ok "$host has libvirt" wait_for 20 has_libvirt_on "$host"
    lab exec mkdir -p "$L/shared/cloud/knobs/$host"
    lab exec touch "$L/shared/cloud/knobs/$host/libvirt"
done
cloud computes || bail "nova-compute did not start"
uuid=$(as_admin "$TOP/tests/openstack/guest.py" "$guest" cmp1)
ok "a server is active" is_active cmp1
ok "and its guest runs" wait_for 60 has_started
lab exec dd if=/etc/hostname of="$(instances disk)" conv=notrunc status=none
disk=$(lab exec head -c 16 "$(instances disk)" | md5sum)

old=$(qemus cmp1)
forget_console
lab node cmp1 kill -KILL "$old"
ok "its QEMU is killed, and it runs again" wait_for 60 has_started
ok "as another process" test "$(qemus cmp1)" != "$old"
ok "Nova knows" wait_for 30 is_active cmp1
ok "nothing is left to do" wait_for 30 tells "Nothing to recover"

forget_console
t0=$(lab fault power cmp1)
ok "its host fails" lab wait --timeout 30 fenced cmp1 "$t0"
ok "it is recovered" recovered cmp1
ok "and runs again" wait_for 60 has_started
is "on one host" "$(echo "$(qemus cmp2)" "$(qemus cmp3)" | wc -w)" 1
is "with its disk" "$(lab exec head -c 16 "$(instances disk)" | md5sum)" "$disk"
is "by one call" "$(calls)" 1

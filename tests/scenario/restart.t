#!/bin/bash
# A QEMU dies on a living host: libvirt's event, the CIB, and Nova is asked to
# restart the VM; when its host fails, it is recovered as always.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source-path=SCRIPTDIR source=virt.sh
. "$SCENARIO_DIR/virt.sh"

tells() { lab ctl vmha status | grep -q "$1"; }

# Restarts that were asked for, with their times in ms.
restarts()
{
    lab exec cat "$L/requests" |
        awk '/ recv POST .*"reboot"/ { printf "%d\n", $1 * 1000 }'
}

has_restarts() { [ "$(restarts | wc -l)" -ge "$1" ]; }

# The cluster knows the last report, and the next need not wait for its gap.
is_quiet() { [ $(($(now_ms) - t1)) -gt 5000 ]; }

# Nova's guest goes with its QEMU.
dies()
{
    sim guest "{\"uuid\":\"$uuid\",\"host\":\"cmp1\",\"state\":\"off\"}" >/dev/null
    lab node cmp1 bash -c "date +%s%3N; kill -KILL $(qemu_pid)"
}

# What the watch of each compute node has to see to, and cannot mend.
watch_a_process()
{
    mkdir -p "$VIRT_STAGE/etc/vmha"
    cat >"$VIRT_STAGE/etc/vmha/processes.conf" <<'END'
[process agent]
exe=/run/vmha-agent
restart=/bin/false
tries=1
interval=1s
stable=2s
END
}

start_agent() # NODE: a process with that executable
{
    lab node "$1" bash -c 'cp /bin/sleep /run/vmha-agent &&
        setsid /run/vmha-agent 1000 >/dev/null 2>&1 & '
}

is_shut() { sim_get hosts | tr '{' '\n' | grep '"name":"cmp1"' | grep -q 'vmha-fault'; }
is_open() { ! is_shut; }

shut_at() # when Nova was told, ms
{
    lab exec cat "$L/requests" | awk '/ recv PUT .*vmha-fault/ { t = $1 * 1000 }
        END { printf "%d", t }'
}

plan 18
computes_have_libvirt
watch_a_process
start_cluster restart_all_instances=true restart_pause=1s restart_limit=16
boot 1 cmp1
uuid=$(sim_get "vms?host=cmp1" | grep -o '"uuid":"[^"]*"' | cut -d'"' -f4)
for host in cmp1 cmp2 cmp3; do start_agent $host; done
start_libvirtd
ok "libvirtd starts" wait_for 15 has_libvirt
define_vm "$uuid"
virsh start --paused vm1 >/dev/null
ok "nothing is wrong" wait_for 40 faults_are "0;ok"

took=()
for i in 1 2 3; do
    t0=$(dies)
    ok "Nova is asked to restart it" wait_for 15 has_restarts "$i"
    t1=$(restarts | tail -n 1)
    took+=($((t1 - t0)))
    diag "$((t1 - t0)) ms after its QEMU was killed"
    virsh start --paused vm1 >/dev/null # as nova-compute does
    ok "it runs, and its fault is gone" wait_for 20 tells "Nothing to recover"
    is "once each time" "$(restarts | wc -l)" "$i"
    wait_for 6 is_quiet
done
within "the middle one of three was asked for" \
    "$(printf '%s\n' "${took[@]}" | sort -n | sed -n 2p)" 1000

t0=$(lab node cmp1 bash -c 'date +%s%3N; pkill -KILL -f /run/vmha-agent')
ok "its host loses a process: it takes no new VMs" wait_for 30 is_shut
diag "$(($(shut_at) - t0)) ms after it was killed"
ok "vmha status says so" tells "host cmp1: process agent: down, new VMs: shut"
start_agent cmp1
ok "it is back: so is the host" wait_for 90 is_open
ok "and nothing is left" wait_for 10 tells "Nothing to recover"

# One that dies while it reports is fenced half a minute later: vmha(7).
t1=$(now_ms)
wait_for 6 is_quiet
t0=$(lab fault power cmp1)
ok "its host fails" lab wait --timeout 30 fenced cmp1 "$t0"
ok "the VM is recovered" recovered cmp1

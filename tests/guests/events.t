#!/bin/bash
# What can happen to a VM, with real guests: each is told, or rightly not.
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# Events come in their order: when that of the sentinel, vm9, is told alone, all
# that came before it was no fault.
is_no_fault() # NAME
{
    kill -KILL "$(pid_of vm9)"
    sees "$1 is no fault" 5000 vm9:crash
    start vm9
    sees "and vm9 runs again" 5000
}

# It has started twice.
is_up_again() { [ "$(grep -c "guest is ready" "$work/console/$1")" = 2 ]; }

has_answered() { grep -q "agent $(uuid_of 5): ok" $work/syslog; }

is_state() { [ "$(virsh domstate --reason "$1")" = "$2" ]; }

start_host
mkdir -p $work/small
mount -t tmpfs -o size=1m small $work/small
truncate -s 16M $work/small/disk
define 1 "<watchdog model='i6300esb' action='poweroff'/><panic model='isa'/>"
truncate -s 16M $work/small/disk2
ON_CRASH=restart define 2 "<panic model='isa'/><disk type='file' device='disk'>
    <driver name='qemu' type='raw' error_policy='report'/>
    <source file='$work/small/disk2'/><target dev='vda' bus='virtio'/></disk>"
ON_CRASH=preserve define 3 "<panic model='isa'/>"
define 4 "<disk type='file' device='disk'>
    <driver name='qemu' type='raw' error_policy='enospace'/>
    <source file='$work/small/disk'/><target dev='vda' bus='virtio'/></disk>"
FLAVOR=ha.tiny define 5 "<channel type='unix'>
    <target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
define 9
watch start OCF_RESKEY_probe_interval=3s OCF_RESKEY_probe_timeout=5s \
    OCF_RESKEY_guest_agents='ha.*' OCF_RESKEY_guest_agent_interval=2s \
    OCF_RESKEY_guest_agent_timeout=1s OCF_RESKEY_guest_agent_misses=2
is "watch starts" "$code${err:+ $err}" 0
start vm9
boots vm1 vm2 vm3 vm4 vm5
sees "all is well" 3000

t0=$(now_ms)
kill -KILL "$(pid_of vm9)"
sees "a QEMU that was killed is told" 3000 vm9:crash
took=$(($(told_at) - t0))
ok "within half a second ($took ms)" test $took -lt 500
start vm9
sees "it is well when it runs again" 5000

guest vm1 bark
sees "a watchdog that powers the guest off is told" 10000 vm1:watchdog
boots vm1
sees "it is well when it runs again" 5000
guest vm1 panic
sees "a panic that ends the VM is told" 10000 vm1:panic
start vm1
sees "it is well when it runs again" 5000

guest vm2 panic
within "a panicked guest is reset by on_crash=restart" 20000 \
    grep -q -E "vm='$(uuid_of 2)' (reboot|crashed/panicked)" $work/syslog
within "and runs on" 10000 is_state vm2 "running (crashed)"
is_no_fault "a panic that libvirt handled"

guest vm3 panic
sees "a panic that is preserved is told" 10000 vm3:panic
virsh destroy vm3 >/dev/null
kill -KILL "$(pid_of vm9)"
sees "when it is destroyed it stays: a restart by Nova begins so" 5000 \
    vm9:crash vm3:panic
start vm3 vm9
sees "until it runs again" 5000

guest vm4 fill_disk
sees "a VM that is paused on a full disk is told" 20000 vm4:io
is "libvirt says so, too" "$(virsh domstate --reason vm4)" "paused (I/O error)"
ok "the log has the device and why" \
    grep -q "vm='$(uuid_of 4)' device='.*' error='enospc'" $work/syslog
within "vm2 listens again" 30000 is_up_again vm2
guest vm2 fill_disk
sees "and one that was told of its disk's errors, and runs on" 20000 \
    vm4:io vm2:io
is "it runs" "$(virsh domstate vm2)" running
mount -o remount,size=64m $work/small
virsh resume vm4 >/dev/null
sees "the first until it is resumed" 5000 vm2:io
virsh reset vm2 >/dev/null
sees "the other until its guest starts anew" 5000

guest vm4 'poweroff -f'
within "a guest that powers itself off" 15000 is_state vm4 "shut off (shutdown)"
is_no_fault "that"
virsh suspend vm2 >/dev/null
virsh resume vm2 >/dev/null
is_no_fault "a VM that is paused"
virsh destroy vm2 >/dev/null
is_no_fault "a VM that is destroyed"

is_no_fault "an agent that has never answered"
guest vm5 start_agent
within "the guest agent answers" 30000 \
    virsh qemu-agent-command vm5 '{"execute":"guest-ping"}'
within "watch knows of it" 30000 has_answered
guest vm5 silence_agent
sees "an agent that falls silent is told" 30000 vm5:agent
virsh reset vm5 >/dev/null
sees "until the guest is started anew" 5000

kill -STOP "$(pid_of vm9)"
t0=$(now_ms)
sees "a QEMU that hangs is told" 30000 vm9:hang
echo "# after $(($(told_at) - t0)) ms, 5000 of which are its due"
kill -KILL "$(pid_of vm5)"
sees "others are told meanwhile" 3000 vm5:crash vm9:hang
watch monitor
is "watch is well" "$code${err:+ $err}" 0
kill -CONT "$(pid_of vm9)"
sees "until it answers again" 20000 vm5:crash
virsh dumpxml vm5 >$work/domain.xml
virsh undefine vm5 >/dev/null
kill -KILL "$(pid_of vm9)"
sees "a VM that leaves the host may be in the middle of a restart" 5000 \
    vm5:crash vm9:crash
virsh define $work/domain.xml >/dev/null
start vm5 vm9
sees "until it runs again" 5000
watch stop
is "watch stops" "$code${err:+ $err}" 0

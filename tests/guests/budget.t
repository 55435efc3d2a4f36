#!/bin/bash
# What watch costs on a host with 30 VMs, and how soon it tells, also beside guest
# agents that hang: 4, with --long 30 (they must boot first, without KVM).
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

VMS=30 HUNG=4
[ "${VMHA_LONG:-0}" = 0 ] || HUNG=30
SECONDS_MEASURED=${SECONDS_MEASURED:-35}

anon_kb() { awk '/^RssAnon/ {print $2}' "/proc/$1/status"; }
rss_kb() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
# CPU time that processes have used, in ticks of 10 ms.
ticks()
{
    local pid sum=0
    for pid; do
        sum=$((sum + $(cut -d ' ' -f 14,15 "/proc/$pid/stat" | tr ' ' +)))
    done
    echo $sum
}

has_asked() { grep -q "agent $(uuid_of "$1"): $2" $work/syslog; }

# A change that follows another within two seconds has to wait.
is_quiet() { [ $(($(now_ms) - $(told_at))) -gt 2000 ]; }

# tells NAME VM: it is killed, and told in time.
tells()
{
    local took t0
    within "nothing has changed of late" 5000 is_quiet
    t0=$(now_ms)
    kill -KILL "$(pid_of "$2")"
    sees "$1" 3000 "$2:crash"
    took=$(($(told_at) - t0))
    ok "within half a second ($took ms)" test $took -lt 500
    virsh start --paused "$2" >/dev/null
    sees "and is well" 5000
}

channel="<channel type='unix'>
    <target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
start_host
for ((i = 1; i <= VMS; i++)); do
    MEMORY=16 define $i "$channel"
    virsh start --paused vm$i >/dev/null # its firmware would use the CPU
done
watch start OCF_RESKEY_debug=false
is "watch starts with $VMS VMs" "$code${err:+ $err}" 0
sees "all is well" 5000
pid=$(cat /run/vmha/watch/pid)
worker=$(pgrep -P "$pid")
pause 3 # the first questions
before=$(ticks "$pid" "$worker")
pause "$SECONDS_MEASURED"
used=$(($(ticks "$pid" "$worker") - before))
ok "it uses at most 0.1 % of a core ($used ticks in $SECONDS_MEASURED s)" \
    test $((used * 10)) -le "$SECONDS_MEASURED"
kb=$(anon_kb "$pid")
ok "at most 4 MB of memory ($kb kB anonymous, $(rss_kb "$pid") kB resident)" \
    test "$kb" -le 4096
kb=$(anon_kb "$worker")
ok "and so does its worker ($kb kB, $(rss_kb "$worker") kB)" test "$kb" -le 4096
tells "a QEMU that was killed is told" vm30

watch stop
for ((i = 101; i <= 100 + HUNG; i++)); do
    FLAVOR=ha.tiny define $i "$channel"
    start vm$i
done
watch start OCF_RESKEY_guest_agents='ha.*' OCF_RESKEY_guest_agent_interval=3s \
    OCF_RESKEY_guest_agent_misses=1000
for ((i = 101; i <= 100 + HUNG; i++)); do
    within "vm$i boots" $((HUNG * 15000)) is_up vm$i
    guest vm$i start_agent
done
for ((i = 101; i <= 100 + HUNG; i++)); do
    within "its agent answers" $((HUNG * 15000)) has_asked $i ok
    guest vm$i silence_agent
done
for ((i = 101; i <= 100 + HUNG; i++)); do
    within "and hangs" $((HUNG * 15000)) has_asked $i silent
done
for i in 1 2 3; do tells "a QEMU that was killed beside them is told" vm$i; done

#!/bin/bash
# libvirtd, watch and the cluster come and go: nothing is lost, nothing made up,
# and watch stops whatever libvirtd does.
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

end_libvirtd()
{
    kill -KILL $libvirtd
    wait $libvirtd 2>/dev/null
}

count() { grep -c -e '--name=vmha-faults --update' $work/writes; }
has_count() { [ "$(count)" -ge "$1" ]; }

ends() { [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

start_host
for i in 1 2 3 4; do define $i; done
sed -e '/<metadata>/,/<\/metadata>/d' -e "s/vm4/vm5/g" \
    -e "s/$(uuid_of 4)/$(uuid_of 5)/" $work/domain.xml >$work/other.xml
mkfifo $work/console/vm5.pipe.in $work/console/vm5.pipe.out
virsh define $work/other.xml >/dev/null
start vm1 vm2 vm3 vm5
virsh undefine vm4 >/dev/null
virsh create $work/domain.xml >/dev/null # it leaves no domain behind

end_libvirtd
t0=$(now_ms)
watch start
is "watch starts without libvirtd" "$code${err:+ $err}" 0
ok "without delay" test $(($(now_ms) - t0)) -lt 4000
watch monitor
has "and says what it lacks" "$code $err" "190 ocf-exit-reason:libvirt cannot be"
is "it tells nothing yet" "$(report)$(count)" 0
start_libvirtd
within "it is well when libvirtd is there" 12000 watches 0
sees "nothing is wrong" 3000

kill -KILL "$(pid_of vm5)" "$(pid_of vm1)"
sees "only Nova's domains count" 3000 vm1:crash

virsh suspend vm3 >/dev/null
ask 77 1 2 3 4 5 8
within "asked for guests it has those that run or stand, even without a domain" \
    3000 answers 77 2 3 4
virsh resume vm3 >/dev/null
ask 78 1 8
within "or none" 3000 answers 78

end_libvirtd
within "a libvirtd that has ended is seen at once" 1500 watches 190
ask 79 2
is "what was told stays" "$(report)" "vm:$(uuid_of 1):crash"
kill -KILL "$(pid_of vm2)" "$(pid_of vm4)"
start_libvirtd
sees "a QEMU that died while libvirtd was down is told" 12000 \
    vm1:crash vm2:crash vm4:gone
within "and watch is well" 3000 watches 0
within "what it was asked meanwhile is answered by what is now" 3000 answers 79
start vm1
sees "the one that runs again is well" 5000 vm2:crash vm4:gone
start vm2
virsh create $work/domain.xml >/dev/null
sees "the others, too" 5000

kill -KILL "$(pid_of vm3)"
sees "a fault" 3000 vm3:crash
seen=$(count)
watch monitor
within "is written again by the monitor, should the cluster have forgotten" \
    4000 has_count $((seen + 1))
is "as it was" "$(grep -e --name=vmha-faults $work/writes | tail -n 2 |
    sed 's/[0-9]* //' | sort -u | wc -l)" 1

pid=$(cat /run/vmha/watch/pid)
kill -KILL "$pid"
kill -KILL "$(pid_of vm1)"
: >$work/writes
watch start
is "watch starts after it was killed" "$code${err:+ $err}" 0
sees "it tells what was wrong, and what is since" 5000 vm1:crash vm3:crash
watch stop
virsh start vm1 >/dev/null
: >$work/writes
watch start
sees "and no more what is well" 5000 vm3:crash

kill -STOP $libvirtd
pid=$(cat /run/vmha/watch/pid)
t0=$(now_ms)
ask 80 2 # which must not make it wait, either
within "a libvirtd that hangs is seen" 12000 watches 190
echo "# after $(($(now_ms) - t0)) ms"
t0=$(now_ms)
watch monitor
ok "the monitor does not wait for it" test $(($(now_ms) - t0)) -lt 1500
t0=$(now_ms)
watch stop
is "watch stops while libvirtd hangs" "$code" 0
ok "within five seconds ($(($(now_ms) - t0)) ms)" test $(($(now_ms) - t0)) -lt 5000
ok "and is gone" ends "$pid"
t0=$(now_ms)
watch start
is "it starts while libvirtd hangs" "$code" 0
ok "within five seconds, too" test $(($(now_ms) - t0)) -lt 5000
watch monitor
is "degraded" "$code" 190
t0=$(now_ms)
watch stop
is "and stops at once" "$code" 0
ok "so soon after its start ($(($(now_ms) - t0)) ms)" test $(($(now_ms) - t0)) -lt 5000
watch start
kill -CONT $libvirtd
within "it is well when libvirtd goes on" 20000 watches 0
within "and answers what it was asked" 3000 answers 80 2
sees "and tells what is wrong" 5000 vm3:crash

# In the middle of a call: the event's domain is read over the same connection.
kill -STOP $libvirtd
kill -STOP "$(cat /run/vmha/watch/pid)"
t0=$(now_ms)
watch stop
is "a watch that hangs itself is killed" "$code" 0
ok "within five seconds ($(($(now_ms) - t0)) ms)" test $(($(now_ms) - t0)) -lt 5000
kill -CONT $libvirtd

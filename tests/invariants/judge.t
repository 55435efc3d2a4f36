#!/bin/bash
# The judge finds each broken promise, and none where all were kept.
set -u
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 worst=0
vm1=11111111-1111-1111-1111-111111111111
vm2=22222222-2222-2222-2222-222222222222 # it was stopped
vm3=33333333-3333-3333-3333-333333333333 # it is on another host
service=aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa

at() # SECOND: of the day that all this happens on
{
    date -u -d "@$((1000000000 + $1))" +%Y-%m-%dT%H:%M:%S.000000
}

servers() # HOST STATE-OF-2: of VMs 1 and 2
{
    cat <<END
[{"id": "$vm1", "host": "$1", "vm_state": "active", "task_state": null},
 {"id": "$vm2", "host": "$1", "vm_state": "$2", "task_state": null},
 {"id": "$vm3", "host": "b", "vm_state": "active", "task_state": null}]
END
}

record() # VM SECOND STATUS UPDATED [TYPE SOURCE DEST]
{
    echo "{\"server\": \"$1\", \"type\": \"${5:-evacuation}\"," \
        "\"source\": \"${6:-a}\", \"dest\": \"${7:-b}\"," \
        "\"created\": \"$(at "$2")\", \"status\": \"$3\"," \
        "\"updated\": \"$(at "$4")\"}"
}

call() # SECOND SEQ METHOD PATH BODY
{
    echo "$((1000000000 + $1)).000 $2 recv $3 /v2.1$4 - 0 2.90 $5"
    echo "$((1000000000 + $1)).100 $2 send $3 /v2.1$4 200 100 2.90 -"
}

# Host a hangs in second 5, is off in 10, forced down in 11; VMs move to b.
good()
{
    local body='{"evacuate": {}}'
    rm -f "$dir"/*
    cat >"$dir/power.log" <<END
999999990000 a on lab
999999990000 b on lab
1000000005000 a hang lab
1000000010000 a off bmc
END
    {
        call 11 1 PUT "/os-services/$service" '{"forced_down": true}'
        call 12 2 POST "/servers/$vm1/action" "$body"
        call 12 3 POST "/servers/$vm2/action" "$body"
    } >"$dir/requests"
    cat >"$dir/ledger" <<END
999999999.000 a $vm1 on
999999999.000 a $vm2 off
999999999.000 b $vm3 on
1000000009.900 a $vm1 off
1000000013.000 b $vm1 on
1000000013.000 b $vm2 on
1000000014.000 b $vm2 off
END
    cat >"$dir/before.json" <<END
{"taken": 1000000000, "servers": $(servers a stopped)}
END
    cat >"$dir/after.json" <<END
{"servers": $(servers b stopped),
 "services": [{"id": "$service", "host": "a"}],
 "records": [$(record $vm1 12 "done" 14), $(record $vm2 12 "done" 14)]}
END
    cat >"$dir/status.json" <<END
{"instances": [{"hosts": [{"service_host": "a", "phase": "done",
    "vms": {"total": 2, "recovered": 2, "gone": 0}}]}]}
END
}

change() # FILE SED-EXPRESSION, which must change something
{
    cp "$dir/$1" "$dir/old"
    sed -i "$2" "$dir/$1"
    ! cmp -s "$dir/$1" "$dir/old" || echo "# $1: '$2' changed nothing"
}

# VM 2 was resized from b to a while it was off: no guest of it ran on a.
resized() # STATUS
{
    change ledger "/a $vm2/d; 1i 999999998.000 b $vm2 on\n999999998.500 b $vm2 off"
    change before.json "/$vm2/s/stopped/resized/"
    change after.json "s/\"records\": \[/&$(record $vm2 -1 "$1" 0 resize b a), /"
}

was() # VM STATE AFTER: it was in that state, and ended so
{
    change before.json "/$1/s/active\|stopped/$2/"
    [ "$3" = same ] || change after.json "/$1/s/active\|stopped/$3/"
}

finds() # NAME EXIT PATTERN [OPTION...]
{
    local out rc=0 verdict=ok
    out=$("$here/judge" "$dir" "${@:4}" 2>&1) || rc=$?
    n=$((n + 1))
    if [ $rc != "$2" ] || ! grep -q "$3" <<<"$out"; then
        verdict="not ok" worst=1
        echo "# exit $rc, output '$out'"
    fi
    echo "$verdict $n - $1"
    good
}

# fencings AWAY...: five with the cloud, of 1.0 to 1.4 s, and one for each AWAY,
# which is what it takes without, in ms.
fencings()
{
    local ms t=1000000100
    for ms in 1000 1100 1200 1300 1400 away "$@"; do
        if [ "$ms" = away ]; then
            echo "${t}000 cloud away test"
            continue
        fi
        echo "${t}000 a kill lab"
        echo "$((t * 1000 + ms)) a fenced cluster"
        t=$((t + 100))
    done >>"$dir/power.log"
    change power.log '/hang/d'
}

echo 1..52
good
finds "all was well" 0 '^judged 2 evacuate calls, 3 servers$' --fenced-within 5000
change requests '/ 2 /s/^1000000012/1000000009/'
finds "I1: a VM evacuated before the power was off" 1 "^I1: .*$vm1 was evac"
change requests '/ 1 /s/^1000000011/1000000009/'
finds "I1: a host forced down before" 1 "^I1: .*host a was forced down"
echo 1000000010500 a on bmc >>"$dir/power.log"
finds "I1: a host that is on again" 1 "^I1: .*$vm1 was evac"
change requests 's/ off bmc/ off/; /POST/!d'
change power.log '/off/d'
finds "I1: a host that was never off" 1 "^I1: .*$vm2 was evac"
change power.log 's/a off bmc/b off bmc/'
finds "I1: another host was off" 1 "^I1: .*$vm1 was evac"
change requests "s/$vm2/$vm3/"
finds "I1: a VM of a host that is on" 1 "^I1: .*$vm3 was evac"
finds "I1: a host that must be left alone is forced down" 1 \
    "^I1: .*host a was forced down without proof" --held a
change requests /os-services/d
finds "I1: or its VMs are evacuated" 1 \
    "^I1: .*$vm1 was evacuated without proof" --held a
call 14 4 POST "/servers/$vm1/action" '{"evacuate": {}}' >>"$dir/requests"
change after.json "s/\(${vm1}[^}]*updated\": \"\)[^\"]*/\1$(at 16)/"
finds "I2: a call while a record is in flight" 1 "^I2: .*$vm1 was evacuated again"
call 14 4 POST "/servers/$vm1/action" '{"evacuate": {}}' >>"$dir/requests"
change after.json '0,/done/s/"done"/"pre-migrating"/'
finds "I2: or has no end at all" 1 "^I2: .*$vm1 .*is pre-migrating"
call 12 4 POST "/servers/$vm1/action" '{"evacuate": {}}' >>"$dir/requests"
finds "I2: two calls at once" 1 "^I2: .*$vm1 was evacuated twice at once"
call 16 4 POST "/servers/$vm1/action" '{"evacuate": {}}' >>"$dir/requests"
change after.json '0,/done/s/"done"/"error"/'
change ledger "/b $vm1/d"
echo "1000000017.000 b $vm1 on" >>"$dir/ledger"
finds "I2: a call after one that failed is right" 0 judged
echo "1000000015.000 a $vm1 on" >>"$dir/ledger"
finds "I2: a guest on twice" 1 "^I2: ran twice: $vm1 a b"
change after.json "/$vm1/s/\"host\": \"b\"/\"host\": \"a\"/"
finds "I3: a VM forgotten" 1 "^I3: VM $vm1 of a was forgotten"
change after.json "0,/$vm1/s/$vm1/44444444-4444-4444-4444-444444444444/"
finds "I3: a VM gone" 1 "^I3: VM $vm1 of a is gone"
change after.json "/$vm3/s/\"host\": \"b\"/\"host\": \"c\"/"
finds "I3: a VM moved without cause" 1 "^I3: VM $vm3 of b was moved to c"
echo 1000000020000 b off fault >>"$dir/power.log"
finds "I3: a VM moved to a host that failed" 1 "^I3: VM $vm1 of a was moved to b"
change after.json "/$vm2/s/stopped/active/"
finds "I3: a stopped VM runs" 1 "^I3: VM $vm2 of a was stopped, is active"
change after.json "/$vm1/s/null/\"rebuilding\"/"
finds "I3: a VM still under way" 1 "^I3: VM $vm1 of a was active, is active (reb"
echo "1000000015.000 b $vm1 off" >>"$dir/ledger"
finds "I3: an active VM whose guest is off" 1 "^I3: VM $vm1 of a is active, but"
change ledger "/1000000014.*$vm2 off/d"
finds "I3: a stopped VM whose guest is on" 1 "^I3: VM $vm2 of a is stopped, but"
was $vm1 building building
change after.json "/$vm1/s/\"host\": \"b\"/\"host\": \"a\"/"
change status.json 's/ed": 2/ed": 1/'
finds "I3: a VM that cannot be evacuated may stay" 0 judged
change before.json "/$vm1/s/null/\"migrating\"/"
change after.json "/$vm1/s/\"host\": \"b\"/\"host\": \"a\"/"
change status.json 's/ed": 2/ed": 1/'
finds "I3: and one that may run elsewhere" 0 judged
was $vm1 paused paused
change after.json "/$vm1/s/\"host\": \"b\"/\"host\": \"a\"/"
finds "I3: but not one that is paused" 1 "^I3: VM $vm1 of a was forgotten"
was $vm2 paused same
finds "I3: which ends stopped" 0 judged
was $vm1 suspended same
finds "I3: and not active" 1 "^I3: VM $vm1 of a was suspended, is active"
was $vm2 error active
echo "1000000015.000 b $vm2 on" >>"$dir/ledger"
finds "I3: a failed VM that was off runs" 1 "^I3: VM $vm2 of a was error, is act"
was $vm1 error stopped
echo "1000000015.000 b $vm1 off" >>"$dir/ledger"
finds "I3: a failed one that ran does not" 1 "^I3: VM $vm1 of a was error, is stop"
resized confirmed
finds "I1, I3: a VM resized to the host, and stopped" 0 judged
resized finished
change after.json "/$vm2/s/stopped/active/"
echo "1000000015.000 b $vm2 on" >>"$dir/ledger"
finds "I3: such a VM runs" 1 "^I3: VM $vm2 of a was resized, is active"
resized confirmed
change power.log 's/a off bmc/b off bmc/'
finds "I1: evacuated while the host it was resized to is on" 1 \
    "^I1: .*$vm2 was evacuated from a while on"
resized error
finds "I1: or the host that it was not resized from" 1 \
    "^I1: .*$vm2 was evacuated from b while on"
call 9 4 POST "/servers/$vm1/action" '{"os-resetState": {"state": "error"}}' \
    >>"$dir/requests"
finds "I1: a state reset before the power was off" 1 "^I1: .*$vm1 was prepared"
call 9 4 POST "/servers/$vm1/action" '{"confirmResize": null}' >>"$dir/requests"
finds "I1: a resize confirmed before" 1 "^I1: .*$vm1 was prepared"
call -9 4 POST "/servers/$vm1/action" '{"os-resetState": {"state": "error"}}' \
    >>"$dir/requests"
finds "a state reset by an operator, long ago" 0 judged
call 13 4 POST "/servers/$vm1/action" '{"os-resetState": {"state": "error"}}' \
    >>"$dir/requests"
finds "I2: a state reset while a record is in flight" 1 \
    "^I2: .*$vm1 was prepared again"
finds "I4: fencing took too long" 1 "^I4: a was off 5000 ms after its hang" \
    --fenced-within 4999
change power.log '/a off/d'
finds "I4: or never ended" 1 "^I4: a was off inf ms" --fenced-within 60000
fencings 1300 1400 9000 1300 1400
finds "I4: without the cloud as with it" 0 '^median fencing: 1400 .*, 1200 ms' \
    --cloud-costs 200
fencings 1300 1401 9000 1300 1401
finds "I4: without the cloud fencing is slower" 1 "^I4: fencing takes 1401 ms" \
    --cloud-costs 200
fencings 9 9 9 9 9
finds "I4: or much faster" 1 "^I4: fencing takes 9 ms" --cloud-costs 200
fencings 1200 1200 1200 1200 1200
change power.log '/away/,$ { /fenced/d }'
finds "I4: or never ends" 1 "^I4: fencing takes inf ms" --cloud-costs 200
fencings 1200 1200 1200 1200
finds "four fencings are no proof" 2 "fewer than five" --cloud-costs 200
change status.json 's/ed": 2/ed": 3/'
finds "I6: vmha counts more than there are" 1 "^I6: host a: vmha says 3 .*, 2 are"
change status.json 's/total": 2/total": 3/'
finds "I6: or knows of a VM that is none" 1 "^I6: host a: .* of 3 VMs 2 .*, 0 are left"
change status.json 's/"a"/"b"/'
finds "I6: or does not speak of a host" 1 "^I6: host a: vmha does not speak"
: >"$dir/ledger"
finds "no ledger is no proof" 2 "ledger"
: >"$dir/power.log"
finds "no power log is no proof" 2 "nothing to judge"
rm "$dir/requests"
finds "no request log is no proof" 2 "requests"
echo "1.0 x" >>"$dir/requests"
finds "a broken line is no proof" 2 "requests: not a line"
change before.json 's/"servers".*/"servers": []}/; 2,$d'
finds "no server is no proof" 2 "nothing to judge"
exit $worst

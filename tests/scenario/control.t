#!/bin/bash
# The cluster itself is hurt while a compute host fails: the DC is lost, or all
# controllers are.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# Puts itself before fence_vmha: "off" waits while the file hold is there.
hold_fence_vmha()
{
    local sbin=$WORK/stage/usr/sbin
    mv "$sbin/fence_vmha" "$sbin/fence_vmha.real"
    cat >"$sbin/fence_vmha" <<'END'
#!/bin/bash
mapfile -t input
if [[ " ${input[*]} " = *" action=off "* ]]; then
    : >/run/lab/shared/held.$(hostname)
    while [ -e /run/lab/shared/hold ]; do sleep 0.05; done
    rm -f /run/lab/shared/held.$(hostname)
fi
printf '%s\n' "${input[@]}" | /usr/sbin/fence_vmha.real "$@"
END
    chmod +x "$sbin/fence_vmha"
}

# The node that carries out fence_vmha, which waits.
holder()
{
    lab exec sh -c 'ls /run/lab/shared/held.*' 2>/dev/null | sed 's/.*\.//'
}

is_held()
{
    [ -n "$(holder)" ]
}

# loses_dc HOST EXECUTOR: the DC dies while EXECUTOR carries out fence_vmha.
loses_dc()
{
    local dc t0
    boot 20 "$1"
    device_to f-vmha "$2"
    dc=$(lab dc)
    look before
    lab exec touch "$L/shared/hold"
    t0=$(lab fault hang "$1")
    ok "fence_vmha runs" wait_for 20 is_held
    is "it runs on $2" "$(holder)" "$2"
    is "the DC is $dc" "$(lab dc)" "$dc"
    lab fault hang "$dc" >/dev/null
    sleep 0.2 # so long it goes on without the DC
    lab exec rm "$L/shared/hold"
    lab exec find "$L/shared" -name 'held.*' -delete # of a node that died
    ok "the DC is fenced" lab wait fenced "$dc" "$t0"
    ok "and the host" lab wait fenced "$1" "$t0"
    ok "its VMs are recovered" recovered "$1"
    ok "the DC is back" lab wait --timeout 60 online "$dc"
}

first_call() # SINCE_MS: when it reached the cloud
{
    lab exec cat "$L/requests" | awk -v since="$1" '$1 * 1000 >= since &&
        / recv POST .*"evacuate"/ { printf "%.0f\n", $1 * 1000; exit }'
}

plan 28
make_stage
hold_fence_vmha
start_cluster max_posts=4

lab wait settled
loses_dc cmp1 "$(lab dc)"
judge "DC lost during its fence_vmha"
lab wait settled
loses_dc cmp2 "$(other_ctl "")"
judge "DC lost during fence_vmha elsewhere"
bring_back cmp1 cmp2

boot 20 cmp2
look before
dc=$(lab dc)
t0=$(lab fault hang cmp2 "$dc")
ok "compute and DC together: both are fenced" lab wait fenced "$dc" "$t0"
ok "the compute, too" lab wait fenced cmp2 "$t0"
ok "its VMs are recovered" recovered cmp2
ok "the DC is back" lab wait --timeout 60 online "$dc"
judge "compute and DC"
bring_back cmp2

slow_cloud
sim latency '{"class":"evacuate","ms":2000}' >/dev/null # 2 calls a second
boot 40 cmp3
look before
t0=$(lab fault hang cmp3)
ok "cmp3 is fenced" lab wait fenced cmp3 "$t0"
ok "while it is evacuated" wait_for 30 is_midway cmp3
lab power ctl off
t1=$(now_ms)
left=$(vms_on cmp3)
lab power ctl on
ok "the whole cluster restarts" lab wait --timeout 90 online ctl
WAIT=90
ok "the VMs are recovered" recovered cmp3
diag "$left VMs were left; restart $t1, evidence $(lab when fenced cmp3 "$t1" || :)," \
    "first call $(first_call "$t1")"
ok "there was new evidence" lab when fenced cmp3 "$t1"
ok "and no call before it" test "$(first_call "$t1")" -ge \
    "$(lab when fenced cmp3 "$t1")"
judge "restart of the cluster"

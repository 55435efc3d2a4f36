#!/bin/bash
# vmha on Corosync: from any cluster node, by nobody but root, and while the
# daemon moves.  What it shows is tested by tests/fake/vmha.t.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# answers NODE WANT COMMAND...: its exit code and words; leaves ms.
answers()
{
    local t0 out code=0
    t0=$(now_ms)
    out=$(lab node "$1" "${@:3}" 2>&1) || code=$?
    ms=$(($(now_ms) - t0))
    case "$code $out" in
    "$2"*) pass "$1: ${*:3}: $2" ;;
    *) is "$1: ${*:3}" "$code $out" "$2" ;;
    esac
}

# tells NODE TEXT COMMAND...: its words have TEXT.
tells()
{
    local out
    out=$(lab node "$1" "${@:3}" 2>&1) || :
    case $out in
    *"$2"*) pass "$1: ${*:3}: $2" ;;
    *) is "$1: ${*:3}" "$out" "...$2..." ;;
    esac
}

# changes SINCE_MS: requests that may have changed the cloud (no token's).
changes()
{
    lab exec cat "$CLOUD_LOGS/requests" | awk -v since="$1" \
        '$1 * 1000 >= since && $3 == "recv" && $4 != "GET" &&
         $5 !~ /^\/_sim\// && $5 !~ /\/auth\/tokens/ { n++ } END { print n + 0 }'
}

is_elsewhere() # NODE
{
    local now
    now=$(recovery_node)
    [ -n "$now" ] && [ "$now" != "$1" ] && shows "$now" "cmp1"
}

shows() # NODE TEXT: the status has it
{
    lab node "$1" vmha status 2>&1 | grep -qF "$2"
}

# is_noted TIME: the fencing hook of some controller has logged it.
is_noted()
{
    local ctl
    for ctl in ctl1 ctl2 ctl3; do
        ! lab node "$ctl" grep -q "fence_vmha.*noted='$1'" /var/log/syslog ||
            return 0
    done
    return 1
}

set_parameter() # NAME VALUE
{
    lab ctl crm_resource --resource vmha --set-parameter "$1" \
        --parameter-value "$2" >/dev/null
}

plan 28
start_cluster
node=$(recovery_node)
ok "the daemon finds its cloud" wait_for 20 shows "$node" "Nothing to recover"
for ctl in ctl1 ctl2 ctl3; do
    answers "$ctl" "0 Nothing to recover" vmha status
done
# More would mean that it waited for what nobody sends.
within "all members have answered: no waiting" "$ms" 900
answers ctl1 "77 vmha: only root may ask the cluster" \
    setpriv --reuid=65534 --regid=65534 --clear-groups vmha status
answers cmp1 "69 vmha: Corosync does not answer" vmha status

boot 3 cmp1
other=$(other_ctl "$node")
t0=$(now_ms)
tells "$other" "cmp1: if it failed now, 3 of 3 VMs would be evacuated" \
    vmha plan cmp1
is "which changes nothing" "$(changes "$t0")" 0
# shellcheck disable=SC2016
echo '#!/bin/sh
echo "$VMHA_EVENT $VMHA_HOST" >>'"$L/shared/events" |
    lab exec sh -c "cat >$L/shared/alert; chmod +x $L/shared/alert"
set_parameter alert "$L/shared/alert"
set_parameter metrics_dir "$L/shared"
ok "metrics are written" wait_for 20 lab exec test -e "$L/shared/vmha-vmha.prom"
t0=$(lab fault hang cmp1)
ok "a host fails" lab wait --timeout 30 fenced cmp1 "$t0"
ok "each node shows its end" wait_for 30 shows "$(other_ctl "$node")" \
    "cmp1  done  3 of 3 VMs recovered"
tells "$other" "cmp1  done  3 of 3 VMs recovered" vmha history
uuid=$(lab node "$node" grep -o '"vm":"[^"]*"' "/var/lib/vmha/history-vmha.jsonl" |
    head -n 1 | cut -d '"' -f 4)
tells "$other" "Nova's answer to evacuate: 200 queued" vmha why "$uuid"
tells "$other" "host cmp1: certain, the host is fenced" vmha why "$uuid"
ok "a program is told of it" wait_for 10 \
    lab exec grep -qx "end cmp1" "$L/shared/events"
line=$(lab node "$node" grep "host failed: node='cmp1'" /var/log/syslog)
id=$(sed -n "s/.*incident='\([0-9.]*\)'.*/\1/p" <<<"$line")
is "one grep of the log shows its VMs" "$(lab node "$node" grep -c \
    "recovered: vm=.*incident='$id'" /var/log/syslog)" 3
ok "and what its fencing has noted" is_noted \
    "$(sed -n "s/.*noted='\([0-9.]*\)'.*/\1/p" <<<"$line")"
answers "$(other_ctl "$node")" "70 vmha: host 'cmp2' has no incident" \
    vmha host release cmp2
answers "$(other_ctl "$node")" "0 cmp1 is released by vmha" vmha host release cmp1

lab ctl crm_resource --resource vmha --ban --node "$node" >/dev/null
ok "the daemon moves" wait_for 30 is_elsewhere "$node"
tells "$node" "cmp1  released  3 of 3 VMs recovered" vmha history
tells "$node" "Nova's answer to evacuate: 200 queued" vmha why "$uuid"
tells "$(recovery_node)" "so run it there, too: " vmha why "$uuid"
is "the log is root's alone" "$(lab node "$node" stat -c %a%U \
    /var/lib/vmha /var/lib/vmha/history-vmha.jsonl | paste -sd ' ')" \
    "700root 600root"

lab ctl crm_resource --resource vmha --set-parameter target-role --meta \
    --parameter-value Stopped >/dev/null
ok "the resource stops" wait_for 20 shows "$node" "no vmha-recoveryd runs"
answers "$node" "69 vmha: no vmha-recoveryd runs" vmha status
within "which is known at once" "$ms" 900

#!/bin/bash
# The lab itself: it starts, its faults are what they say, Pacemaker fences as
# it is configured to, and nothing is left.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# Notes the namespaces of all processes of a lab, as the host names them.
note_namespaces()
{
    lab --name "$1" exec bash -c 'readlink /proc/[0-9]*/ns/{net,mnt,pid}' |
        sort -u | grep -v -x -F "$(readlink /proc/self/ns/{net,mnt,pid})" \
        >>"$work/namespaces"
    ! no_process_left >/dev/null || bail "the check for processes is blind"
}

# Fails if any process is in a noted namespace.
no_process_left()
{
    ! readlink /proc/[0-9]*/ns/{net,mnt,pid} 2>/dev/null |
        grep -x -F -f "$work/namespaces"
}

host_state()
{
    ip -o link | cut -d: -f2
    cat /proc/self/mounts
}

# bmc_events NODE FROM TO: what the BMC was told to do in that time.
bmc_events()
{
    local at node event who
    while read -r at node event who; do
        if [ "$node $who" = "$1 bmc" ] && [ "$at" -ge "$2" ] &&
            [ "$at" -le "$3" ]; then
            echo "$event"
        fi
    done < <(lab exec cat "$L/power.log")
}

# fences KIND NODE: the fault is seen and ends in power off by the BMC.
fences()
{
    local t0 end
    t0=$(lab fault "$1" "$2")
    ok "$1: $2 is fenced" lab wait --timeout 30 fenced "$2" "$t0"
    end=$(lab when fenced "$2" "$t0")
    diag "lost after $(($(lab when lost "$2" "$t0") - t0)) ms," \
        "fenced after $((end - t0)) ms"
    is "$1: the BMC switched it off" "$(bmc_events "$2" "$t0" "$end")" off
}

# A scenario that gets the signal tells so, by its last words and its status.
tells_signal() # SIGNAL
{
    local output status=0
    # shellcheck disable=SC2016 # for the inner shell
    output=$(LAB_NAME="$LAB_NAME-$1" LAB_OUT=$work bash -c '
        . "$1"
        kill "-$2" $$
        pass "never reached"' "$0" "$LAB_DIR/functions.sh" "$1") || status=$?
    echo "$output"
    [ $status = $((128 + $(kill -l "$1"))) ] &&
        [[ $output == "Bail out! ended by SIG$1"* ]]
}

work=$(mktemp -d)
plan 27
for signal in TERM HUP; do
    ok "it tells of SIG$signal" tells_signal "$signal"
done
before=$(host_state)

t0=$(now_ms)
start_lab
within "the lab starts within 20 s" $(($(now_ms) - t0)) 20000

cat >"$work/hook" <<END
#!/bin/sh
echo "\$@" >>$work/hook.log
END
chmod +x "$work/hook"
lab hook "$work/hook"

lab node cmp1 logger -p daemon.notice -t probe hello
fences hang cmp1
ok "its syslog can be read" lab exec grep -q 'cmp1 notice: probe: hello' \
    "$(lab path cmp1 /var/log/syslog)"
ok "it settles" lab wait settled
is "hang: it stays off" "$(lab power cmp1 status)" off
is "the hook was called" "$(cat "$work/hook.log")" "cmp1 off"
lab power cmp1 on
ok "cmp1 rejoins" lab wait online cmp1

fences cut cmp2
ok "it settles" lab wait settled
fences freeze cmp3
lab power cmp2 cmp3 on
ok "cmp2 and cmp3 rejoin" lab wait online cmp2 cmp3
ok "it settles" lab wait settled

dc=$(lab dc)
t0=$(lab fault kill "$dc")
ok "kill: the DC is fenced" lab wait fenced "$dc" "$t0"
ok "and comes back by itself" lab wait --timeout 90 online "$dc"

second=$LAB_NAME-second
ok "a second lab starts beside it" lab --name "$second" up
is "which has its own nodes" "$(lab --name "$second" exec grep -c ' off ' \
    "$L/power.log" || :)" 0
note_namespaces "$second"
lab --name "$second" down
ok "and ends" wait_for 5 no_process_left
ok "while the first goes on" lab wait online all

third=$LAB_NAME-third
# shellcheck disable=SC2016 # for the inner shell
bash -c '"$0" --name "$1" serve & wait' "$LAB_DIR/lab" "$third" &
parent=$!
disown $parent
wait_for 30 lab --name "$third" exec test -e "$L/ready" 2>/dev/null
note_namespaces "$third"
kill -KILL $parent
ok "a lab dies with its parent" wait_for 5 no_process_left
lab --name "$third" down

note_namespaces "$LAB_NAME"
lab down
ok "no process is left" wait_for 5 no_process_left
is "no link or mount is left" "$(host_state)" "$before"
is "no file is left" "$(find "$LAB_OUT" -path "*/lab/$LAB_NAME*")" ""
rm -r "$work"

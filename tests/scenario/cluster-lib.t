#!/bin/bash
# lib/cluster on a real cluster: views, journal, fence agent's calls, messages,
# and what happens when the daemons it talks to, the DC or quorum go away.
set -eu
# shellcheck source-path=SCRIPTDIR source=../lab/functions.sh
. "$(dirname "$0")/../lab/functions.sh"

PROBE=${VMHA_BUILD:-$(cd "$(dirname "$0")/../.." && pwd)/out/build}/tests/tools/cluster-probe
[ -x "$PROBE" ] || bail "$PROBE is not built"
work=$LAB_OUT/work-$SCENARIO-$$
mkdir -p "$work"
declare -A stdin_of pid_of

# --- probes: one on a node, with its stdin and its output ---

start_probe() # NODE
{
    local fd
    mkfifo "$work/$1.in"
    lab node "$1" "$PROBE" <"$work/$1.in" >"$work/$1.out" 2>"$work/$1.err" &
    pid_of[$1]=$!
    exec {fd}>"$work/$1.in"
    stdin_of[$1]=$fd
}

stop_probe() # NODE
{
    tell "$1" quit
    wait "${pid_of[$1]}" || :
}

# A probe whose node was lost hears nothing: its test says so, not SIGPIPE.
trap '' PIPE
tell() # NODE COMMAND...
{
    printf '%s\n' "${*:2}" >&"${stdin_of[$1]}" || diag "$1 does not listen"
}

last_view()
{
    grep ' view ' "$work/$1.out" | tail -n 1
}

# shows NODE PATTERN...: all are in its last view.
shows()
{
    local view pattern
    view=" $(last_view "$1") "
    for pattern in "${@:2}"; do
        [[ $view == *" $pattern "* ]] || return 1
    done
}

hides()
{
    ! shows "$@"
}

# views NODE SINCE_MS: those handed out since then.
views()
{
    awk -v since="$2" '$2 == "view" && $1 >= since' "$work/$1.out"
}

# first_view NODE SINCE_MS REGEX: time of the first such view.
first_view()
{
    views "$1" "$2" | grep -E -m 1 -- "$3" | cut -d ' ' -f 1
}

has_view()
{
    [ -n "$(first_view "$@")" ]
}

# answer NODE REQUEST: "ok after 12 ms" and the like.
answer()
{
    grep -F " done $2: " "$work/$1.out" | tail -n 1 | sed 's/.*: \([a-z]* after\)/\1/'
}

answered()
{
    [ -n "$(answer "$1" "$2")" ]
}

# ask NODE REQUEST...: its answer, when it is there.
ask()
{
    tell "$@"
    wait_for 15 answered "$1" "${*:2}" || :
    answer "$1" "${*:2}"
}

count_answers()
{
    grep -c ' done ' "$work/$1.out"
}

has_answers()
{
    [ "$(count_answers "$1")" -ge "$2" ]
}

said()
{
    grep -qF "'$2'" "$work/$1.out"
}

# --- cluster ---

elections()
{
    lab node "$dc" grep -c 'S_ELECTION' /var/log/pacemaker/pacemaker.log
}

configure() # XML: into the configuration, as an administrator does
{
    printf '%s' "$1" >"$work/change.xml"
    lab node "$b" cibadmin "${@:2}" --xml-pipe <"$work/change.xml"
}

# A device of type fence_vmha that is never started, behind cmp3's power.
add_own_device()
{
    configure '<primitive id="f-probe" class="stonith" type="fence_vmha">
        <meta_attributes id="f-probe-m"><nvpair id="f-probe-r"
        name="target-role" value="Stopped"/></meta_attributes></primitive>' \
        -C -o resources
    configure '<fencing-topology><fencing-level id="probe-level" index="9"
        target="cmp3" devices="f-cmp3,f-probe"/></fencing-topology>' \
        -M -c -o configuration
}

# The fence agent's calls, again and again until the file is gone; not faster
# than that, as each write makes the scheduler start again.
intents()
{
    while [ -e "$work/intents" ]; do
        sleep 1
        lab node "$b" "$PROBE" cmp3 vmha-intent-cmp3 "$(now_ms)"
    done >"$work/intents.out" 2>&1
}

slowest() # FILE WHAT: the longest time in its lines "WHAT: ok after N ms"
{
    sed -n "s/.* $2: ok after \([0-9]*\) ms.*/\1/p" "$1" | sort -n | tail -n 1
}

test_first_view()
{
    start_probe "$a"
    start_probe "$b"
    ok "a first view is handed out" wait_for 5 shows "$a" cib=1 history=1 quorate=1
    within "within 1 s of the start" \
        $(($(first_view "$a" 0 'cib=1') - $(head -n 1 "$work/$a.out" | cut -d ' ' -f 1))) 1000
    ok "all nodes are online in it" shows "$a" node=ctl{1,2,3}:member:online:0 \
        node=cmp{1,2,3}:remote:online:0
    ok "a second client, too" wait_for 5 shows "$b" cib=1 history=1 quorate=1
}

# Pacemaker 3 warns of options that it has renamed.
verified()
{
    lab node "$b" crm_verify --live-check 2>&1
    echo $?
}

test_journal()
{
    local t0 i before verdict
    before=$(elections)
    verdict=$(verified)
    is "a pair is written" "$(ask "$a" set k one | cut -d ' ' -f 1)" ok
    within "in less than 0.3 s" "$(answer "$a" 'set k one' | cut -d ' ' -f 3)" 300
    t0=$(now_ms)
    ok "the other node sees it" wait_for 5 shows "$b" entry=k=one
    is "a delete with another value is a success" \
        "$(ask "$b" delete k two | cut -d ' ' -f 1)" ok
    tell "$b" refresh
    ok "and leaves it" wait_for 5 has_view "$b" "$t0" 'entry=k=one'
    is "in all views since" "$(views "$b" "$t0" | grep -cvw 'entry=k=one')" 0
    is "a delete with its value is a success" \
        "$(ask "$b" delete k one | cut -d ' ' -f 1)" ok
    ok "and removes it" wait_for 5 hides "$a" entry=k=one
    is "a quote in a value is no way out" \
        "$(ask "$a" delete k "x' or 'a'='a" | cut -d ' ' -f 1)" ok

    # One writer counts up, the other deletes every number but the last: it
    # must stay, whenever the deletes arrive.
    for i in {1..40}; do
        tell "$a" set race "$i"
        [ "$i" = 40 ] || tell "$b" delete race "$i"
    done
    # More than Pacemaker's scheduler can bear are put together.
    ok "two writers at once are both answered" wait_for 20 answered "$a" 'set race 40'
    ok "all of them" wait_for 20 has_answers "$b" $((2 + 39))
    tell "$b" refresh
    ok "a delete never takes a newer value" wait_for 5 shows "$b" entry=race=40
    is "answers come in the order of the calls" \
        "$(sed -n 's/.* done set race \([0-9]*\): ok.*/\1/p' "$work/$a.out" | paste -sd ' ')" \
        "$(seq -s ' ' 1 40)"

    is "no write led to an election" "$(elections)" "$before"
    is "the CIB is as valid as without a journal" "$(verified)" "$verdict"
}

test_fence_agent()
{
    ok "without a level of its own fence_vmha is refused" \
        grep -q 'check: refused' <(lab node "$b" "$PROBE" cmp3 vmha-intent-cmp3 1)
    add_own_device
    lab node "$b" "$PROBE" cmp3 vmha-intent-cmp3 2 >"$work/intent" 2>&1 || :
    diag "$(grep after "$work/intent")"
    within "behind a power device it writes its intent" \
        "$(slowest "$work/intent" write)" 300
    ok "and the others see it" wait_for 5 shows "$a" entry=vmha-intent-cmp3=2
}

test_messages()
{
    tell "$a" say "hello all"
    ok "a message reaches the other node" wait_for 5 said "$b" "hello all"
    ok "and its sender" wait_for 5 said "$a" "hello all"
}

test_fencing()
{
    local t0 seen_ms done_ns intents_pid
    touch "$work/intents"
    intents &
    intents_pid=$!
    t0=$(lab fault hang cmp1)
    ok "a fencing is seen" wait_for 30 has_view "$a" "$t0" ' fencing=cmp1:[a-z]*:done:'
    seen_ms=$(first_view "$a" "$t0" ' fencing=cmp1:[a-z]*:done:')
    done_ns=$(last_done "$a")
    within "within 0.1 s of the fencer's done" $((seen_ms - done_ns / 1000000)) 100
    ok "the CIB's part follows" wait_for 5 has_view "$a" "$t0" ' node=cmp1:remote:offline:[1-9]'
    within "within 0.5 s of the fencer's done" \
        $(($(first_view "$a" "$t0" ' node=cmp1:remote:offline:[1-9]') - done_ns / 1000000)) 500
    rm "$work/intents"
    wait "$intents_pid" || :
    diag "fence agent's calls in transition: $(grep -c 'write: ok' "$work/intents.out") times"
    is "all of the fence agent's calls worked in transition" \
        "$(grep -c 'after' "$work/intents.out")" "$(grep -c 'ok after' "$work/intents.out")"
    within "within 0.3 s" "$(slowest "$work/intents.out" write)" 300
    ok "an acknowledgement is made" lab node "$b" stonith_admin --confirm cmp2
    ok "and told from fencing" \
        wait_for 5 has_view "$a" "$t0" ' fencing=cmp2:off:done:[0-9]*:human'
}

# How many views with a current CIB have another controller offline?
false_offline() # NODE SINCE_MS
{
    views "$1" "$2" | grep ' cib=1 ' | grep -vE "node=$1:member:offline" |
        grep -cE 'node=ctl[123]:member:offline' || :
}

fencing()
{
    lab node "$b" crm_attribute -t crm_config -n stonith-enabled -v "$1"
}

test_daemons()
{
    local t0
    lab power cmp1 on
    ok "the fenced host is back" lab wait --timeout 60 online cmp1
    # The DC may fence a controller whose CIB manager dies, if it looks before
    # the restarted controller has joined again.  Not what is tested here.
    fencing false
    lab wait --timeout 60 settled || diag "the cluster did not settle"
    t0=$(lab fault proc "$a" pacemaker-based KILL)
    ok "the loss of the CIB manager is seen" wait_for 5 has_view "$a" "$t0" ' cib=0 '
    ok "it is connected again" wait_for 20 shows "$a" cib=1 history=1
    diag "after $(($(first_view "$a" "$(first_view "$a" "$t0" ' cib=0 ')" ' cib=1 ') - t0)) ms"
    is "and no view takes its empty status for true" "$(false_offline "$a" "$t0")" 0
    is "the journal is still there" "$(ask "$a" set after-based 1 | cut -d ' ' -f 1)" ok

    lab wait --timeout 60 settled || diag "the cluster did not settle"
    t0=$(lab fault proc "$b" pacemaker-fenced KILL)
    ok "the loss of the fencer is seen" wait_for 5 has_view "$b" "$t0" ' history=0 '
    ok "it is connected again" wait_for 5 shows "$b" history=1
    lab node "$a" stonith_admin --history '*' --broadcast >/dev/null
    ok "what another fencer broadcasts is seen" \
        wait_for 5 has_view "$b" "$t0" ' history=1 .* fencing=cmp1:[a-z]*:done:'

    lab wait --timeout 60 settled || diag "the cluster did not settle"
    t0=$(lab fault proc "$b" pacemaker-fenced STOP)
    tell "$b" refresh
    ok "a frozen fencer is found out" wait_for 6 has_view "$b" "$t0" ' history=0 '
    within "within 5 s" $(($(first_view "$b" "$t0" ' history=0 ') - t0)) 5000
    lab fault proc "$b" pacemaker-fenced CONT >/dev/null
    ok "and connected again" wait_for 10 shows "$b" history=1
    fencing true
}

last_done() # NODE: time of the last fencing of cmp1
{
    last_view "$1" | grep -oE 'fencing=cmp1:[a-z]*:done:[0-9]+' | head -n 1 | cut -d : -f 4
}

test_dc_loss()
{
    local t0 reply
    lab wait --timeout 60 settled || diag "the cluster did not settle"
    dc=$(lab dc)
    case $dc in
    "$a") other=$b ;;
    *) other=$a ;;
    esac
    t0=$(lab fault power "$dc")
    reply=$(ask "$other" set while-lost 1)
    diag "a write while the DC is lost: $reply"
    ok "a write has an answer while the DC is lost" test -n "$reply"
    ok "the loss of the DC is seen" \
        wait_for 30 has_view "$other" "$t0" " cib=1 .* node=$dc:member:offline:0 "
    diag "after $(($(first_view "$other" "$t0" " cib=1 .* node=$dc:member:offline:0 ") - t0)) ms"
    is "the journal is written under the new DC" \
        "$(ask "$other" set after-dc 1 | cut -d ' ' -f 1)" ok
}

test_quorum()
{
    local t0 node
    ok "all controllers are back" lab wait --timeout 60 online ctl
    lab wait --timeout 60 settled || diag "the cluster did not settle"
    t0=$(now_ms)
    for node in ctl1 ctl2 ctl3; do
        [ "$node" = "$other" ] || lab fault cut "$node" >/dev/null
    done
    ok "the loss of quorum is seen" wait_for 15 has_view "$other" "$t0" ' quorate=0 '
    diag "after $(($(first_view "$other" "$t0" ' quorate=0 ') - t0)) ms"
    is "without it nothing is written" \
        "$(ask "$other" set no-quorum 1 | cut -d ' ' -f 1)" again
    for node in ctl1 ctl2 ctl3; do
        [ "$node" = "$other" ] || lab fault heal "$node" >/dev/null
    done
    ok "and so is its return" wait_for 60 shows "$other" quorate=1 cib=1
}

plan 50
keep "$work"
export LAB_FENCING=power # the levels of vmha come later, one by one
start_lab
dc=$(lab dc)
read -r a b < <(printf '%s\n' ctl1 ctl2 ctl3 | grep -vx "$dc" | paste -sd ' ')
diag "DC is $dc, probes on $a and $b"
test_first_view
test_journal
test_fence_agent
test_messages
test_fencing
test_daemons
test_dc_loss
test_quorum
stop_probe "$a"
stop_probe "$b"
[ "$tap_failures" != 0 ] || rm -rf "$work"

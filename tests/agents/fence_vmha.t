#!/bin/bash
# fence_vmha with a fake cluster: what it refuses, what it passes, its bounds.
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

fence=$built/tests/agents/fence_vmha
export FAKE_JOURNAL=$tmp/journal FAKE_GUARD=ok FAKE_WRITE=ok
: >"$FAKE_JOURNAL"

# fence INPUT [NAME=VALUE]...: as the fencer runs it; code, out, err, ms.
fence()
{
    local input=$1 t0
    shift
    t0=$(now_ms)
    out=$(printf '%b' "$input" | env "$@" "$fence" 2>"$tmp/err")
    code=$?
    ms=$(($(now_ms) - t0))
    err=$(cat "$tmp/err")
}

# runs NAME WANT INPUT [NAME=VALUE]...: WANT is the exit code and stderr.
runs()
{
    local name=$1 want=$2
    shift 2
    fence "$@"
    is "$name" "$code${err:+ $err}" "$want"
}

last() { tail -n 1 "$FAKE_JOURNAL" | sed 's/=[0-9]\{10\}\.[0-9]\{9\}$/=TIME/'; }

fence 'nodename=cmp1\naction=off\nport=cmp1\n'
is "off" "$code $err" "0 "
is "the intent is recorded" "$(last)" vmha-intent-cmp1=TIME
ok "in 0.3 s" test "$ms" -lt 300
runs "the cluster's name counts, not the device's" 0 \
    'nodename=cmp2\naction=off\nplug=compute-2.example.org'
is "where pcmk_host_map made another of it" "$(last)" vmha-intent-cmp2=TIME
runs "unknown names are ignored with a warning" \
    "0 fence_vmha: line 2: unknown parameter 'ipaddr', ignoring" \
    'action=off\nipaddr=10.0.0.1\n# comment\nport=cmp3\n'
is "and port is the target by itself" "$(last)" vmha-intent-cmp3=TIME
runs "the last of repeated names counts" 0 'option=reboot\naction=off\nport=a'
out=$("$fence" -o off --plug=cmp4 </dev/null)
is "off by command line" "$? $(last)" "0 vmha-intent-cmp4=TIME"

: >"$FAKE_JOURNAL"
runs "reboot is refused" "1 fence_vmha: refused: fence_vmha cannot reboot \
anything; it must stand behind a power device in a fencing level" \
    'action=reboot\nport=cmp1'
runs "off without a power device is refused" \
    "1 fence_vmha: refused: off of 'cmp1': no power device for 'cmp1'" \
    'action=off\nport=cmp1' FAKE_GUARD=alone
runs "off without the CIB is refused" \
    "1 fence_vmha: refused: off of 'cmp1': connecting to the CIB: no answer" \
    'action=off\nport=cmp1' FAKE_GUARD=nocib
fence 'action=off\nport=cmp1' FAKE_GUARD=hang
is "off with a CIB that hangs is refused" "$code $err" \
    "1 fence_vmha: refused: the CIB could not be read in time"
ok "within 2.5 s" test "$ms" -lt 2500
runs "off without a target is refused" \
    "1 fence_vmha: no target: plug is required" 'action=off\n'
runs "off of what is no node name is refused" \
    "1 fence_vmha: '-x' is no node name" 'action=off\nport=-x'
is "and nothing of these is recorded" "$(cat "$FAKE_JOURNAL")" ""

runs "a write that fails at first is tried again" 0 \
    'action=off\nport=cmp1' FAKE_WRITE=slow
is "and done" "$(last)" vmha-intent-cmp1=TIME
fence 'action=off\nport=cmp1' FAKE_WRITE=fail
is "a write that fails does not fail fencing" "$code" 0
has "but is loud" "$err" "THE INTENT IS NOT IN THE JOURNAL: no quorum"
ok "within 5 s" test "$ms" -lt 5000
fence 'action=off\nport=cmp1' FAKE_WRITE=hang
is "a write that hangs does not fail fencing" "$code" 0
has "but is loud, too" "$err" "THE INTENT IS NOT IN THE JOURNAL: no answer"
ok "within 5 s as well" test "$ms" -lt 5000

runs "on succeeds" 0 'action=on\nport=cmp1'
runs "status is refused: it would be taken for the power's" \
    "1 fence_vmha: refused: fence_vmha is no power device and does not know \
whether a host is on" 'action=status\nport=cmp1'
fence 'action=list\n'
is "list names no host" "$code $out$err" "0 "
runs "monitor" 0 'action=monitor\n'
runs "monitor fails where off would be refused" \
    "1 fence_vmha: connecting to the CIB: no answer" 'action=monitor\n' FAKE_GUARD=nocib
runs "validate-all" 0 'action=validate-all\n' FAKE_GUARD=nocib
runs "validate-all of a host looks at its levels" \
    "1 fence_vmha: refused: off of 'cmp1': no power device for 'cmp1'" \
    'action=validate-all\nport=cmp1\n' FAKE_GUARD=alone
has "list is advertised" "$("$fence" -o metadata </dev/null)" \
    '<action name="list"/>'
fence 'action=metadata\n'
has "metadata by standard input" "$code $out" "0 <?xml"
out=$("$fence" -o metadata </dev/null)
has "metadata by command line" "$? $out" '<resource-agent name="fence_vmha"'
runs "no action" "1 fence_vmha: no action is given (see fence_vmha --help)" 'port=cmp1\n'
runs "an unknown action" "1 fence_vmha: unknown action 'frobnicate' (see fence_vmha --help)" \
    'action=frobnicate\n'
out=$("$fence" --action=off --pulg=cmp1 2>&1 </dev/null)
is "an unknown argument" "$? $out" \
    "1 fence_vmha: unknown argument '--pulg=cmp1' (see fence_vmha --help)"
out=$("$fence" --help </dev/null)
has "help" "$? $out" "-n, --plug=VALUE"

fence "$(printf 'x%.0s' {1..70000})=1\naction=off\nport=cmp1\n"
is "a line without end" "$code $err" "1 fence_vmha: line 1: too long"
out=$(printf 'action=off\0\nport=cmp1\n' | "$fence" 2>&1)
is "a NUL" "$? $out" "1 fence_vmha: line 1: contains a NUL"
mkfifo "$tmp/fifo"
exec 7<>"$tmp/fifo"
t0=$(now_ms)
"$fence" <"$tmp/fifo" 2>"$tmp/err"
is "input that never ends" "$? $(cat "$tmp/err")" \
    "1 fence_vmha: standard input did not end within 1000 ms"
ok "is not waited for" test $(($(now_ms) - t0)) -lt 2000

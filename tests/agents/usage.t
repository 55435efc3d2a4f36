#!/bin/bash
# Wrong command lines of every program: one line says what is wrong and what is
# right, and the exit status is that of the table: who asked Corosync, or called
# Pacemaker's tools, before all was looked at would end with another one here.
# shellcheck source=tests/agents/functions.sh
. "${top_srcdir:-.}/tests/agents/functions.sh"
top=$here/../..
vmha=$built/tools/vmha/vmha
daemons="$built/tools/recoveryd/vmha-recoveryd $built/tools/watchd/vmha-watchd"
fence=$built/stonith/fence_vmha
agents="$built/agents/recovery $built/agents/watch $built/agents/gate"
export LC_ALL=C

run() # PROGRAM ARGUMENT...
{
    code=0
    out=$("$@" </dev/null 2>"$tmp/err") || code=$?
    err=$(cat "$tmp/err")
}

# wrong CODE PART PROGRAM ARGUMENT...
wrong()
{
    local name
    name="$(basename "$3") ${*:4}"
    run "${@:3}"
    is "$name: $1, and one line" "$code $(wc -l <"$tmp/err")${out:+ $out}" "$1 1"
    has "$name: says what is right" "$err" "$2"
}

# vmha: the line ends in the usage of the command.
misused() # PART COMMAND ARGUMENT...
{
    wrong 64 "$1" "$vmha" "${@:2}"
    has "... by its usage" "$err" "; usage: vmha $2"
}

commands=$("$vmha" --help | sed -n 's/^  vmha \([a-z]*\)\( .*\)*$/\1/p')
is "the commands" "${commands//$'\n'/ }" \
    "status why history plan host segment disarm arm release check setup"

# --- vmha ---------------------------------------------------------------------

wrong 64 "a command is missing; the commands are status, why" "$vmha"
wrong 64 "there is no command '-x'; the commands are status" "$vmha" -x
wrong 64 "there is no command 'stauts'; the commands are" "$vmha" stauts cmp1
wrong 64 "--help takes no more arguments" "$vmha" --help status
wrong 64 "--version takes no more arguments" "$vmha" --version x
for command in $commands; do
    misused "unknown argument '--wrong'" "$command" --wrong
    misused "unknown argument '-x'" "$command" -x
    words=(a b c)
    case $command in host | segment) words=(show a b) ;; esac
    misused "unknown argument '" "$command" "${words[@]}"
    for asked in --help --version; do
        run "$vmha" "$command" $asked
        is "vmha $command $asked" "$code$err" 0
        has "... is answered" "$out" vmha
    done
done
misused "output_as: 'html' is none of text, json, xml" status --output-as=html
misused "--output-as needs a value" status --output-as
misused "watch: 'x' is no duration" status --watch=x
misused "watch: 0s is not between 500ms and 60min" status --watch=0
misused "host is empty" status ""
misused "parameter 'what' is required" why
misused "what is empty" why ""
misused "dir is empty" why cmp1 --dir=
misused "since: 'yesterday' is no time such as 2h" history --since=yesterday
misused "limit: 0 is not between 1 and" history --limit=0
misused "limit: 'many' is no" history --limit=many
misused "dir is empty" history --dir=
misused "parameter 'host' is required" plan
misused "'free' is none of list, show, set, release, forget" host free cmp1
misused "list takes no host (see show)" host list cmp1
misused "the host is missing" host show
misused "the host is missing" host release
misused "'a b' is no node name" host show "a b"
misused "nothing is to be set" host set cmp1
misused "segment 'a b': expected up to 64 letters" host set cmp1 --segment="a b"
misused "reserved: 'often' is no boolean" host set cmp1 --maintenance=true --reserved=often
misused "maintenance: '' is no boolean" host set cmp1 --segment=a --maintenance=
misused "'a b' is no host name" host set cmp1 --service-host="a b"
misused "only set takes --segment" host list --segment=a
misused "only set takes --reserved" host show cmp1 --reserved=true
misused "only set takes --maintenance" host release cmp1 --maintenance=true
misused "only set and forget take --service-host" host release cmp1 --service-host=a
misused "only list and show take --output-as" host set cmp1 --segment=a --output-as=xml
misused "'drop' is none of list, show, set" segment drop
misused "list takes no segment (see show)" segment list a
misused "nothing is to be set" segment set a
misused "recovery method 'manual' is none of auto, reserved_host, auto_priority, rh_priority" \
    segment set a --recovery-method=manual
misused "enabled: 'perhaps' is no boolean" \
    segment set a --recovery-method=auto --enabled=perhaps
misused "only set takes --enabled" segment show a --enabled=true
misused "only list and show take --output-as" segment set a --enabled=true --output-as=json
misused "until: 'soon' is no time such as +30min" disarm --until=soon
misused "until: '2020-01-01 00:00' is in the past" disarm --until="2020-01-01 00:00"
misused "the reason is longer than 200 bytes" disarm --reason="$(printf '%0201d' 0)"
misused "cib is empty" check --cib=
misused "with: 'yast' is none of pcs, crm" setup --with=yast
misused "cib is empty" setup --cib=
misused "cloud is empty" setup --cloud=

# --- the others -------------------------------------------------------------------

for program in $daemons; do
    name=$(basename "$program")
    wrong 64 "required (see $name --help)" "$program"
    wrong 64 "unknown argument '--wrong' (see $name --help)" "$program" --wrong
    wrong 64 "unknown argument 'x' (see $name --help)" "$program" x
    wrong 64 "--rundir needs a value (see $name --help)" "$program" --rundir
done
wrong 64 "agent_timeout: 0 is not between 1 and 60 (see" \
    "$built/tools/watchd/vmha-watchd" --agent-timeout=0

# The fencer knows 0 and 1 only, Pacemaker the codes of OCF.
wrong 1 "no action is given (see fence_vmha --help)" "$fence"
wrong 1 "unknown argument '--wrong' (see fence_vmha --help)" "$fence" --wrong
wrong 1 "-o needs a value (see fence_vmha --help)" "$fence" -o
wrong 1 "unknown action 'explode' (see fence_vmha --help)" "$fence" -o explode -n a
wrong 1 "no target: plug is required" "$fence" -o off
wrong 1 "'a b' is no node name" "$fence" -o off -n "a b"
for program in $agents; do
    wrong 3 "an action is missing; the actions are start, stop, monitor," "$program"
    wrong 3 "unknown action 'fly'; the actions are start, stop" "$program" fly
    wrong 3 "one action is expected, not 2 arguments; the actions are" \
        "$program" start now
done

for program in $vmha $daemons $fence $agents; do
    run "$program" --version
    is "$(basename "$program") --version" "$code$err" 0
    has "... has its name" "$out" "$(basename "$program") "
    run "$program" --help
    is "$(basename "$program") --help" "$code$err" 0
    has "... tells its usage" "${out,,}" "usage:"
done

for script in demo check; do
    wrong 64 "unknown option '--wrong' (see $script --help)" "$top/$script" --wrong
    run "$top/$script" --help
    is "$script --help" "$code$err" 0
    has "... tells its usage" "$out" "$script ["
done
wrong 64 "unknown option 'x' (see demo --help)" "$top/demo" x
wrong 64 "'--vms=1x' is no number of VMs (see demo --help)" "$top/demo" --vms=1x
wrong 64 "one PATTERN, not also 'b' (see check --help)" "$top/check" a b
wrong 64 "'[' is no regular expression" "$top/check" "["
wrong 64 "no test's path matches 'no-such-test'" "$top/check" no-such-test

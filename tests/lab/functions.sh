# What a scenario sources: TAP, the lab as its child, logs kept on failure.
# shellcheck shell=bash
#
#   . "$(dirname "$0")/../lab/functions.sh"
#   plan 2
#   start_lab
#   t0=$(lab fault hang cmp1)
#   ok "the host is fenced" lab wait --timeout 20 fenced cmp1 "$t0"
#   is "its power is off" "$(lab power cmp1 status)" off

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$LAB_DIR/env.sh"

SCENARIO=$(basename "$0" .t)
: "${LAB_OUT:=$(cd "$LAB_DIR/../.." && pwd)/out}"
: "${LAB_NAME:=$SCENARIO-$$}"
export LAB_OUT LAB_NAME

tap_planned=0
tap_count=0
tap_failures=0
kept_files=()

lab()
{
    "$LAB_DIR/lab" "$@"
}

plan()
{
    tap_planned=$1
    echo "1..$1"
}

diag()
{
    printf '%s\n' "$*" | sed 's/^/# /'
}

bail()
{
    echo "Bail out! $*"
    exit 1
}

pass()
{
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1"
}

fail()
{
    tap_count=$((tap_count + 1))
    tap_failures=$((tap_failures + 1))
    echo "not ok $tap_count - $1"
}

# ok NAME CMD...: the command succeeds.
ok()
{
    local output
    if output=$("${@:2}" 2>&1); then
        pass "$1"
    else
        fail "$1"
        diag "failed: ${*:2}"
        [ -z "$output" ] || diag "$output"
    fi
}

# is NAME GOT WANTED
is()
{
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1"
        diag "got '$2', wanted '$3'"
    fi
}

# within NAME MS LIMIT_MS: a measured time, which is printed, too.
within()
{
    if [ "$2" -le "$3" ]; then
        pass "$1 ($2 ms)"
    else
        fail "$1"
        diag "took $2 ms, limit $3 ms"
    fi
}

# Starts a lab that cannot outlive this process; LAB_* variables are its knobs.
start_lab()
{
    local server
    lab serve &
    server=$!
    lab await "$server" || bail "the lab did not start"
}

# device_to DEVICE NODE: of the nodes that may run a fencing device, the fencer
# takes the one that has verified it: all others forget that they have.
device_to()
{
    local node
    for node in $CTL; do
        [ "$node" = "$2" ] || lab ctl crm_resource --resource "$1" --ban \
            --node "$node" >/dev/null 2>&1
    done
    lab wait settled
    lab ctl crm_resource --resource "$1" --clear >/dev/null 2>&1
    lab wait settled
}

# keep FILE...: copied beside the nodes' logs when the scenario fails.
keep()
{
    kept_files+=("$@")
}

collect_logs()
{
    local dir=$LAB_OUT/logs/$SCENARIO file
    rm -rf "$dir"
    mkdir -p "$dir"
    lab logs "$dir" || diag "the lab is not running: no logs of nodes"
    for file in ${kept_files[@]+"${kept_files[@]}"}; do
        cp -r "$file" "$dir/" || :
    done
    diag "logs are in $dir"
}

finish()
{
    local status=$?
    trap - EXIT
    set +e
    if [ $status != 0 ] || [ $tap_failures != 0 ] ||
        [ "$tap_count" != "$tap_planned" ]; then
        diag "$tap_count of $tap_planned run, $tap_failures failed," \
            "status $status"
        collect_logs
        [ $status != 0 ] || status=1
    fi
    lab down
    exit $status
}

# Who ends a run from outside is seldom at hand to be asked: say how.
ended_by() # SIGNAL
{
    echo "Bail out! ended by SIG$1"
    exit $((128 + $(kill -l "$1")))
}

trap finish EXIT
for signal in INT TERM HUP; do
    # shellcheck disable=SC2064 # its name now
    trap "ended_by $signal" $signal
done
[ "$(id -u)" = 0 ] || bail "the lab needs root"

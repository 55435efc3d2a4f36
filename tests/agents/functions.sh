# What the tests of agents source: TAP, a private directory, and its removal.
# shellcheck shell=bash
set -u
here=$(cd "$(dirname "$0")" && pwd)
built=$(cd "${top_builddir:-$here/../..}" && pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmha-test.XXXXXX")
n=0 failures=0

finish()
{
    [ "$(type -t cleanup)" = function ] && cleanup
    rm -rf "$tmp"
    echo "1..$n"
    [ $failures = 0 ]
}
trap finish EXIT

result() # VERDICT NAME
{
    n=$((n + 1))
    echo "$1 $n - $2"
    [ "$1" = ok ] || failures=$((failures + 1))
}

# is NAME GOT WANT
is()
{
    if [ "$2" = "$3" ]; then
        result ok "$1"
    else
        printf 'got:  %s\nwant: %s\n' "$2" "$3" | sed 's/^/# /'
        result "not ok" "$1"
    fi
}

# ok NAME COMMAND...
ok()
{
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        result ok "$name"
    else
        printf '%s\n' "$*" "$output" | sed 's/^/# /'
        result "not ok" "$name"
    fi
}

# has NAME TEXT PART
has()
{
    case $2 in
    *"$3"*) result ok "$1" ;;
    *) is "$1" "$2" "...$3..." ;;
    esac
}

now_ms() { date +%s%3N; }

# within NAME MS COMMAND...: the command succeeds before MS have passed.
within()
{
    local name=$1 deadline=$(($(now_ms) + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ "$(now_ms)" -ge $deadline ]; then
            is "$name" "did not happen: $*" "it happens in time"
            return
        fi
        read -rt 0.05 <> <(:) || :
    done
    result ok "$name"
}

# shellcheck shell=bash
# What the tests of vmha-novasim share.  Each test_NAME() of the sourcing file is
# one test, with a new cloud of three computes; it closes with: run_tests "$@"
# shellcheck disable=SC2034
set -u
here=$(cd "$(dirname "$0")" && pwd)
NOVASIM=${NOVASIM:-${top_builddir:-$here/../..}/tests/novasim/vmha-novasim}
DIR=$(mktemp -d)
# shellcheck source-path=SCRIPTDIR source=simlib.sh
. "$here/simlib.sh"
trap 'sim_stop; rm -rf "$DIR"' EXIT

bad=0
want() { # WHAT GOT WANTED
    [ "$2" = "$3" ] || { bad=1; echo "# $1: got '$2', want '$3'"; }
}
status() { want "status of $REPLY" "$STATUS" "$1"; }
has() { # TEXT...: all are in REPLY
    local s
    for s; do
        [[ $REPLY == *"$s"* ]] || { bad=1; echo "# no '$s' in ${REPLY:0:600}"; }
    done
}
lacks() { [[ $REPLY != *"$1"* ]] || { bad=1; echo "# '$1' in ${REPLY:0:600}"; }; }
head_has() { grep -qiF -- "$1" <<<"$HEAD" || { bad=1; echo "# no '$1' in $HEAD"; }; }
refused() { # STATUS TEXT: that error, with that message
    status "$1"
    has "\"message\":\"$2"
}
poll() { # PATH TEXT: until the answer has the text
    local i
    for ((i = 0; i < 200; i++)); do
        nova GET "$1"
        [[ $REPLY == *"$2"* ]] && return
        sleep 0.02
    done
    bad=1
    echo "# never '$2' in ${REPLY:0:600}"
}
gone() { # PATH TEXT: until the answer has not the text
    local i
    for ((i = 0; i < 200; i++)); do
        nova GET "$1"
        [[ $REPLY != *"$2"* ]] && return
        sleep 0.02
    done
    bad=1
    echo "# still '$2' in ${REPLY:0:600}"
}

fresh() { # a new cloud of three computes
    sim_stop
    sim_start --speed 20
    sim hosts '{"n":3}'
    login
}
vms() { # N HOST MEMBERS: sets VM (the first) and VMS
    sim vms "{\"n\":$1,\"host\":\"$2\"${3:+,$3}}"
    mapfile -t VMS < <(grep -oE '[0-9a-f]{8}-[0-9a-f-]{27}' <<<"$REPLY")
    VM=${VMS[0]}
}
service() { # HOST: sets SVC
    nova GET "/os-services?binary=nova-compute&host=$1"
    SVC=$(field id)
}
die() { # HOST: its power is cut, and Nova is told
    sim power "{\"host\":\"$1\",\"on\":false}"
    service "$1"
    nova PUT "/os-services/$SVC" \
        '{"status":"disabled","disabled_reason":"dead","forced_down":true}'
    status 200
}
evacuate() { # VM [ARG]
    nova POST "/servers/$1/action" "{\"evacuate\":{${2:-}}}"
}
act() { nova POST "/servers/$1/action" "$2"; }
records() { nova GET "/os-migrations?migration_type=evacuation${1:-}"; }
twice() { "$here/../invariants/twice" "$DIR/ledger"; }
auth() { # IDENTITY [SCOPE]
    http POST /identity/v3/auth/tokens \
        "{\"auth\":{\"identity\":$1${2:+,\"scope\":$2}}}" \
        -H 'Content-Type: application/json'
}
user() { # NAME PASSWORD
    printf '{"methods":["password"],"password":{"user":{"name":"%s",
        "domain":{"id":"default"},"password":"%s"}}}' "$1" "$2"
}

run_tests() { # [TEST...]
    local tests t n=0 worst=0
    mapfile -t tests < <(sed -n 's/^\(test_[a-z0-9_]*\)() .*/\1/p' "$0")
    [ $# -gt 0 ] && tests=("$@")
    echo "1..${#tests[@]}"
    for t in "${tests[@]}"; do
        n=$((n + 1)) bad=0
        fresh
        "$t"
        kill -0 "$SIM_PID" 2>/dev/null || { bad=1; echo "# novasim died"; }
        if [ $bad = 0 ]; then
            echo "ok $n - ${t#test_}"
        else
            echo "not ok $n - ${t#test_}"
            worst=1
        fi
    done
    exit $worst
}

# shellcheck shell=bash
# For bash tests that use vmha-novasim: start it, talk to it, check answers.
# The sourcing test sets NOVASIM (the program) and DIR (a scratch directory).
# shellcheck disable=SC2034

SIM_PID=
sim_start() { # OPTIONS...: start with empty ledger and log; sets SIM_PID, URL
    local i
    rm -f "$DIR/port" "$DIR/ledger" "$DIR/log"
    "$NOVASIM" --port-file "$DIR/port" --ledger "$DIR/ledger" \
        --log "$DIR/log" "$@" &
    SIM_PID=$!
    for ((i = 0; i < 250; i++)); do
        [ -s "$DIR/port" ] && break
        sleep 0.02
    done
    URL=http://127.0.0.1:$(cat "$DIR/port")
}

sim_stop() {
    [ -n "$SIM_PID" ] || return 0
    kill "$SIM_PID" && wait "$SIM_PID"
    SIM_PID=
}

http() { # METHOD PATH [BODY [CURL OPTION...]]: sets STATUS, REPLY, HEAD, RC
    local method=$1 path=$2 body=${3:-}
    shift 2
    [ $# -gt 0 ] && shift
    RC=0
    : >"$DIR/body"
    : >"$DIR/head"
    STATUS=$(curl -sS --max-time 20 -X "$method" -D "$DIR/head" -o "$DIR/body" \
        -w '%{http_code}' ${body:+--data-binary "$body"} "$@" \
        "$URL$path" 2>"$DIR/curl") || RC=$?
    REPLY=$(tr -d '\0' <"$DIR/body")
    HEAD=$(tr -d '\r' <"$DIR/head")
}

sim() { # STEP BODY: a control step; where it fails, bad is 1
    http POST "/_sim/$1" "$2"
    [ "$STATUS" = 200 ] || { bad=1; echo "# step $1 failed: $REPLY"; }
}

nova() { # METHOD PATH [BODY]: with TOKEN and microversion V (default 2.90)
    http "$1" "/v2.1$2" "${3:-}" -H "X-Auth-Token: $TOKEN" \
        -H "OpenStack-API-Version: compute ${V:-2.90}" \
        -H 'Content-Type: application/json'
}

field() { # KEY: the first value of that key in REPLY
    local rest=${REPLY#*\"$1\":}
    rest=${rest#\"}
    printf '%s\n' "${rest%%[\",\}]*}"
}

login() { # sets TOKEN
    http POST /v3/auth/tokens '{"auth":{"identity":{"methods":["password"],
        "password":{"user":{"name":"admin","domain":{"name":"Default"},
        "password":"secret"}}},"scope":{"project":{"name":"admin",
        "domain":{"id":"default"}}}}}' -H 'Content-Type: application/json'
    TOKEN=$(sed -n 's/^X-Subject-Token: //Ip' <<<"$HEAD")
}

#!/bin/bash
# vmha-novasim misbehaves as told.
# shellcheck source-path=SCRIPTDIR source=simtest.sh
. "$(dirname "$0")/simtest.sh"

# --- misbehaviour ---

test_status_faults() {
    sim faults '{"match":"GET /v2.1/os-services","kind":"status","status":503,"retry_after":7,"nth":2}'
    nova GET /os-services
    status 200
    nova GET /os-services
    status 503
    has '"computeFault"'
    head_has 'Retry-After: 7'
    nova GET /os-services
    status 200
    sim faults '{"match":"os-serv","kind":"status","status":429,"count":-1,"body":{"overLimit":{"code":429}}}'
    nova GET /os-services
    nova GET /os-services
    status 429
    want body "$REPLY" '{"overLimit":{"code":429}}'
    http GET /_sim/faults
    has '"hits":2'
    sim faults-clear '{}'
    nova GET /os-services
    status 200
}
test_transport_faults() {
    vms 3 cmp1
    die cmp1
    sim faults '{"match":"action","kind":"reset"}'
    evacuate "$VM"
    want "curl: connection reset" "$RC" 56
    sim faults '{"match":"action","kind":"close"}'
    evacuate "$VM"
    want "curl: empty reply" "$RC" 52
    records
    want "no effect" "$REPLY" '{"migrations":[]}'
    sim faults '{"match":"os-services","kind":"cut"}'
    nova GET /os-services
    want "curl: transfer closed" "$RC" 18
    sim faults '{"match":"action","kind":"reset","effect":"now"}'
    evacuate "$VM"
    want "curl: connection reset" "$RC" 56
    records
    has "\"instance_uuid\":\"$VM\""
    sim faults '{"match":"action","kind":"close","effect":"late","late_ms":300}'
    evacuate "${VMS[1]}"
    want "curl: empty reply" "$RC" 52
    records "&instance_uuid=${VMS[1]}"
    want "not yet" "$REPLY" '{"migrations":[]}'
    poll "/os-migrations?instance_uuid=${VMS[1]}" '"instance_uuid"'
    want "logged" "$(grep -c " late POST .*${VMS[1]}" "$DIR/log")" 1
}
test_hangs_and_latency() {
    local t0=$EPOCHREALTIME
    sim faults '{"match":"os-services","kind":"hang","ms":150}'
    nova GET /os-services
    status 200
    want "at least 0.15 s" "$((${EPOCHREALTIME/./} - ${t0/./} >= 150000))" 1
    sim faults '{"match":"os-services","kind":"hang"}'
    http GET /v2.1/os-services '' -H "X-Auth-Token: $TOKEN" --max-time 0.2
    want "curl: timeout" "$RC" 28
    nova GET /os-services
    status 200
    sim latency '{"class":"services","ms":120,"jitter":10}'
    t0=$EPOCHREALTIME
    nova GET /os-services
    status 200
    want "soon after" "$((${EPOCHREALTIME/./} - ${t0/./} < 2000000))" 1
    want "at least 0.12 s" "$((${EPOCHREALTIME/./} - ${t0/./} >= 120000))" 1
    sim latency '{"class":"*","ms":0}'
    t0=0
    while ! grep -q ' done GET /v2.1/os-services .* hung' "$DIR/log" && ((t0++ < 100)); do
        sleep 0.02
    done
    want "the hung one is over" "$((t0 < 100))" 1
}
test_spoilt_bodies() {
    local kind whole
    nova GET /os-services
    whole=${#REPLY}
    for kind in garbage truncated nul nest empty wrongtype; do
        sim faults "{\"match\":\"os-services\",\"kind\":\"$kind\",\"depth\":3}"
        nova GET /os-services
        want "$kind: transport is fine" "$RC$STATUS" 0200
        case $kind in
        truncated) want "half" "$((${#REPLY} < whole && ${#REPLY} > 10))" 1 ;;
        nul) want "shorter without NULs" "$((${#REPLY} < whole))" 1 ;;
        nest) want nest "$REPLY" "[[[" ;;
        empty) want empty "$REPLY" "" ;;
        wrongtype) has '"services":[{"binary":42' '"forced_down":"spoilt"' ;;
        *) lacks '{' ;;
        esac
    done
    sim faults '{"match":"os-services","kind":"huge","bytes":104857600}'
    http GET /v2.1/os-services '' -H "X-Auth-Token: $TOKEN" -o /dev/null -w '%{size_download} '
    want "100 MiB came" "$((${STATUS%% *} > 104857600))" 1
}
test_mixed_up_answers() {
    local tries=0
    sim faults '{"match":"os-services","kind":"again"}'
    nova GET /os-services
    has '"services":['
    nova GET /servers
    has '"services":['
    nova GET /servers
    has '"servers":['
    sim faults '{"match":"os-services","kind":"swap","ms":20000}'
    mkdir "$DIR/other"
    (DIR=$DIR/other nova GET /os-services && echo "$REPLY" >"$DIR/first") &
    http GET /_sim/faults
    while [[ $REPLY != *swap*'"hits":1'* ]] && ((tries++ < 100)); do
        sleep 0.02
        http GET /_sim/faults
    done
    nova GET /servers
    has '"services":['
    wait $!
    want "the other's answer" "$(grep -c '"servers":\[' "$DIR/first")" 1
    sim faults '{"match":"os-services","kind":"swap","ms":50}'
    nova GET /os-services
    has '"services":['
}

run_tests "$@"

#!/bin/bash
# vmha-novasim as a program: its log, its scenario file, its size.
# shellcheck source-path=SCRIPTDIR source=simtest.sh
. "$(dirname "$0")/simtest.sh"

# --- the log, and size ---

test_log() {
    login
    auth "$(user admin xyzzy-password)"
    evacuate nope '"adminPass":"xyzzy-admin"'
    want "no secret in the log" \
        "$(grep -cE "xyzzy|app-secret|\"secret\"|${TOKEN}" "$DIR/log")" 0
    want "recv, send, done of the last request" \
        "$(tail -n 3 "$DIR/log" | cut -d' ' -f3 | xargs)" "recv send done"
    want "fields" "$(tail -n 2 "$DIR/log" | head -n 1 | cut -d' ' -f4-6)" \
        "POST /v2.1/servers/nope/action 404"
}
test_scenario_file() {
    printf '%s' '[{"do":"hosts","n":2,"prefix":"h"},{"do":"vms","n":4,"hosts":["h1","h2"],"name":"s"},
        {"do":"settings","max_minor":95}]' >"$DIR/scenario"
    sim_stop
    sim_start --scenario "$DIR/scenario" --set spawn_ms=10
    login
    nova GET '/servers?host=h2&all_tenants=1'
    has '"name":"s2"' '"name":"s4"'
    http GET /_sim/settings
    has '"max_minor":95' '"spawn_ms":10'
    printf '[{"do":"power","host":"nope"}]' >"$DIR/scenario"
    want "a bad scenario ends it" "$("$NOVASIM" --scenario "$DIR/scenario" 2>&1; echo $?)" \
        "vmha-novasim: scenario[0] 'power': no such host
2"
}
test_100000_servers() {
    local pages=0 next='/servers/detail?all_tenants=1' n=0 ticks kb
    sim_stop
    sim_start
    sim hosts '{"n":1000}'
    login
    sim vms "{\"n\":100000,\"hosts\":[$(printf '"cmp%d",' {1..999})\"cmp1000\"]}"
    while [ -n "$next" ] && [ $pages -lt 200 ]; do
        curl -sS -o "$DIR/page" -H "X-Auth-Token: $TOKEN" \
            -H 'OpenStack-API-Version: compute 2.90' "$URL/v2.1$next"
        n=$((n + $(grep -o '"hostId"' "$DIR/page" | wc -l)))
        next=$(tail -c 400 "$DIR/page" | grep -oE 'servers/detail\?[^"]*' | sed 's|^|/|')
        pages=$((pages + 1))
    done
    want "servers" "$n" 100000
    # processor time: others may use this machine
    ticks=$(awk '{print $14 + $15}' "/proc/$SIM_PID/stat")
    kb=$(awk '/^VmHWM/ {print $2}' "/proc/$SIM_PID/status")
    echo "# 100,000 servers made and listed in $pages pages: $ticks ticks, $kb KiB"
    want "under 6 s of processor time" "$((ticks < 6 * $(getconf CLK_TCK)))" 1
    want "under 200 MiB" "$((kb < 204800))" 1
}

run_tests "$@"

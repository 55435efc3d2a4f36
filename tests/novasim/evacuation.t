#!/bin/bash
# vmha-novasim evacuates as Nova does.
# shellcheck source-path=SCRIPTDIR source=simtest.sh
. "$(dirname "$0")/simtest.sh"

# --- the life of an evacuation ---

test_evacuation() {
    vms 3 cmp1
    sim settings '{"accept_ms":50000}'
    die cmp1
    evacuate "$VM"
    status 200
    want body "$REPLY" ""
    records
    has '"status":"accepted"' '"dest_compute":null' '"updated_at":null'
    nova GET "/servers/$VM"
    has '"status":"REBUILD"' '"OS-EXT-STS:task_state":"rebuilding"'
    nova GET '/os-migrations?changes-since=2000-01-01T00:00:00Z'
    want "an untouched record is in no answer to changes-since" "$REPLY" '{"migrations":[]}'
    poll '/os-migrations' '"status":"pre-migrating"'
    has '"dest_compute":"cmp2"'
    poll '/os-migrations' '"status":"done"'
    nova GET '/os-migrations?changes-since=2000-01-01T00:00:00Z'
    has '"status":"done"'
    nova GET "/servers/$VM"
    has '"status":"ACTIVE"' '"OS-EXT-SRV-ATTR:host":"cmp2"'
    nova PUT "/os-services/$SVC" '{"forced_down":false}'
    refused 400 "Unable to force up host cmp1 as \`done\` evacuation migration records remain associated with the host."
    nova DELETE "/os-services/$SVC"
    refused 409 "Unable to delete compute service that is hosting instances."
    sim power '{"host":"cmp1","on":true}'
    sim compute '{"host":"cmp1","run":true}'
    poll '/os-migrations' '"status":"completed"'
    nova PUT "/os-services/$SVC" '{"forced_down":false}'
    status 200
    has '"state":"up"'
    want "ran twice" "$(twice)" ""
}
test_stopped_and_error() {
    vms 1 cmp1 '"vm_state":"stopped"'
    local stopped=$VM
    vms 1 cmp1 '"vm_state":"error"'
    sim settings '{"stop_ms":50000}'
    die cmp1
    evacuate "$stopped"
    evacuate "$VM"
    poll "/servers/$stopped" '"OS-EXT-STS:task_state":"powering-off"'
    has '"status":"ACTIVE"' '"OS-EXT-SRV-ATTR:host":"cmp1"'
    records "&instance_uuid=$stopped"
    has pre-migrating
    poll "/servers/$stopped" '"OS-EXT-SRV-ATTR:host":"cmp'
    poll "/servers/$stopped" '"status":"SHUTOFF"'
    gone "/servers/$stopped" '"OS-EXT-SRV-ATTR:host":"cmp1"'
    poll "/servers/$VM" '"status":"ACTIVE"'
}
test_arrives_stopped() {
    vms 2 cmp1
    sim vm "{\"uuid\":\"${VMS[1]}\",\"vm_state\":\"error\"}"
    sim settings '{"max_minor":96,"old_computes":1}'
    die cmp1
    V=2.95 evacuate "$VM"
    refused 400 "Starting with microversion 2.95"
    sim settings '{"old_computes":0}'
    V=2.95 evacuate "$VM"
    V=2.95 evacuate "${VMS[1]}"
    poll '/os-migrations?status=done' "${VMS[1]}"
    poll '/os-migrations?status=done' "$VM"
    nova GET "/servers/$VM"
    has '"status":"SHUTOFF"'
    nova GET "/servers/${VMS[1]}"
    has '"status":"ACTIVE"'
}
test_no_valid_host() {
    sim hosts '{"names":["cmp2","cmp3"],"cap_vms":0}'
    vms 1 cmp1
    die cmp1
    evacuate "$VM"
    poll '/os-migrations' '"status":"error"'
    nova GET "/servers/$VM"
    has '"status":"ERROR"' 'power_state":1' '"fault":{"code":500' \
        '"message":"No valid host was found. There are not enough hosts available."' \
        '"OS-EXT-SRV-ATTR:host":"cmp1"'
    sim hosts '{"names":["cmp3"],"cap_vms":1}'
    evacuate "$VM"
    poll "/servers/$VM" '"OS-EXT-SRV-ATTR:host":"cmp3"'
    nova GET '/os-migrations?limit=1'
    has '"id":2' '"status":"done"' migrations_links
}
test_scripted_failures() {
    vms 5 cmp1
    local i names=(claim_race spawn_fail instance_exists late_group spawn_orphan)
    for i in 0 1 2 3 4; do
        sim outcome "{\"uuid\":\"${VMS[i]}\",\"outcome\":\"${names[i]}\"}"
    done
    die cmp1
    for i in 0 1 2 3 4; do evacuate "${VMS[i]}"; done
    for i in 0 1 2 3 4; do
        poll "/os-migrations?instance_uuid=${VMS[i]}" '"status":"failed"'
    done
    nova GET "/servers/${VMS[0]}"
    has 'vm_state":"active"' '"OS-EXT-STS:task_state":null'
    for i in 1 2 3 4; do
        nova GET "/servers/${VMS[i]}"
        has 'vm_state":"error"' '"OS-EXT-SRV-ATTR:host":"cmp1"'
    done
    want "the orphan runs" "$(grep -c "cmp[23] ${VMS[4]} on" "$DIR/ledger")" 1
    evacuate "$VM"
    poll "/servers/$VM" '"OS-EXT-SRV-ATTR:host":"cmp2"'
}
test_double_post() {
    vms 1 cmp1
    sim hosts '{"names":["cmp2"],"cap_vms":1}'
    sim settings '{"spawn_ms":16000}'
    die cmp1
    evacuate "$VM"
    poll '/os-migrations' '"status":"pre-migrating"'
    evacuate "$VM"
    status 200
    records
    want "records" "$(grep -o '"instance_uuid"' <<<"$REPLY" | wc -l)" 2
    poll '/os-migrations' '"status":"failed"'
    gone '/os-migrations' '"status":"pre-migrating"'
    http GET /_sim/counts
    has '"runs twice":1' '"evacuations at once":1'
    want "the checker" "$(twice | cut -d' ' -f1-3)" "$VM cmp2 cmp3"
}
test_double_post_with_strict_saves() {
    vms 1 cmp1
    sim hosts '{"names":["cmp2"],"cap_vms":1}'
    sim settings '{"spawn_ms":40000,"strict_saves":1}'
    die cmp1
    evacuate "$VM"
    poll "/servers/$VM" '"rebuild_spawning"'
    evacuate "$VM"
    poll '/os-migrations' '"status":"done"'
    poll '/os-migrations' '"status":"failed"'
    nova GET "/servers/$VM"
    has '"status":"ERROR"' '"OS-EXT-SRV-ATTR:host":"cmp2"'
    want "the checker" "$(twice | cut -d' ' -f1-3)" "$VM cmp2 cmp3"
}
test_destination_dies() {
    vms 1 cmp1
    sim vm "{\"uuid\":\"$VM\",\"spawn_ms\":60000}"
    die cmp1
    evacuate "$VM"
    poll '/os-migrations' '"status":"pre-migrating"'
    die cmp2
    sim vm "{\"uuid\":\"$VM\",\"spawn_ms\":100}"
    nova GET "/servers/$VM"
    has '"status":"REBUILD"' '"OS-EXT-SRV-ATTR:host":"cmp1"'
    evacuate "$VM"
    poll "/servers/$VM" '"OS-EXT-SRV-ATTR:host":"cmp3"'
    records
    has '"status":"done"' '"status":"pre-migrating"'
    want "ran twice" "$(twice)" ""
}
test_source_returns_early() {
    vms 2 cmp1
    sim outcome "{\"uuid\":\"${VMS[1]}\",\"outcome\":\"spawn_fail\"}"
    sim settings '{"spawn_ms":40000,"init_ms":0}'
    die cmp1
    evacuate "$VM"
    evacuate "${VMS[1]}"
    poll "/os-migrations?instance_uuid=${VMS[1]}" '"status":"pre-migrating"'
    sim power '{"host":"cmp1","on":true}'
    sim compute '{"host":"cmp1","run":true}'
    poll "/os-migrations?instance_uuid=$VM" '"status":"completed"'
    nova GET "/servers/$VM"
    has '"OS-EXT-SRV-ATTR:host":"cmp1"' '"status":"REBUILD"'
    poll "/os-migrations?instance_uuid=$VM" '"status":"done"'
    poll "/os-migrations?instance_uuid=${VMS[1]}" '"status":"failed"'
    nova PUT "/os-services/$SVC" '{"forced_down":false}'
    refused 400 "Unable to force up host cmp1"
    sim compute '{"host":"cmp1","run":false}'
    sim compute '{"host":"cmp1","run":true}'
    poll "/os-migrations?instance_uuid=$VM" '"status":"completed"'
    want "ran twice" "$(twice)" ""
}
test_server_group_races() {
    sim group '{"name":"aa","policy":"anti-affinity"}'
    vms 2 cmp1 '"group":"aa"'
    sim hosts '{"names":["cmp3"],"cap_vms":0}'
    die cmp1
    evacuate "${VMS[0]}"
    evacuate "${VMS[1]}"
    poll '/os-migrations' '"status":"failed"'
    poll '/os-migrations' '"status":"done"'
    sim group '{"name":"a","policy":"affinity"}'
    fresh
    sim group '{"name":"a","policy":"affinity"}'
    vms 2 cmp1 '"group":"a"'
    die cmp1
    evacuate "$VM"
    poll '/os-migrations' '"status":"error"'
    V=2.67 evacuate "$VM" '"host":"cmp2","force":true'
    poll "/servers/$VM" '"OS-EXT-SRV-ATTR:host":"cmp2"'
    evacuate "${VMS[1]}"
    poll "/servers/${VMS[1]}" '"OS-EXT-SRV-ATTR:host":"cmp2"'
}
test_slots() {
    vms 6 cmp1
    sim settings '{"slots":1,"spawn_ms":2000}'
    die cmp1
    local v
    for v in "${VMS[@]}"; do evacuate "$v"; done
    gone '/os-migrations' '"status":"accepted"'
    gone '/os-migrations' '"status":"pre-migrating"'
    want "moved" "$(grep -o '"status":"done"' <<<"$REPLY" | wc -l)" 6
    want "spawned one after the other on each host" \
        "$(awk '$2 != "cmp1" && $4 == "on" {if (last[$2] && $1 - last[$2] < 0.09) print; last[$2] = $1}' "$DIR/ledger")" ""
    want "ran twice" "$(twice)" ""
}
test_server_without_host() {
    sim vms '{"vm_state":"building","launched":false}'
    VM=$(grep -oE '[0-9a-f]{8}-[0-9a-f-]{27}' <<<"$REPLY")
    evacuate "$VM"
    refused 409 "Cannot 'evacuate' instance $VM while it is in vm_state building"
    sim vm "{\"uuid\":\"$VM\",\"vm_state\":\"error\",\"launched\":true}"
    evacuate "$VM"
    status 500
    act "$VM" '{"os-stop":null}'
    refused 409 "Instance $VM is not ready"
    nova GET "/servers/$VM"
    has '"OS-EXT-SRV-ATTR:host":null' '"hostId":""'
}
test_migration_lists() {
    vms 5 cmp1
    local v next ids
    die cmp1
    for v in "${VMS[@]}"; do evacuate "$v"; done
    gone '/os-migrations?status=pre-migrating' '"id"'
    poll '/os-migrations?status=done' '"id":5,'
    nova GET '/os-migrations?limit=2'
    ids=$(grep -oE '"id":[0-9]+' <<<"$REPLY")
    next=$(grep -oE '"href":"[^"]*' <<<"$REPLY" | sed 's/.*"//')
    nova GET "${next#"$URL"/v2.1}"
    ids+=" $(grep -oE '"id":[0-9]+' <<<"$REPLY")"
    want "newest first, over pages" "$(tr -d '"id:' <<<"$ids" | xargs)" "5 4 3 2"
    V=2.58 nova GET '/os-migrations'
    lacks '"uuid"'
    lacks migrations_links
    V=2.59 nova GET '/os-migrations'
    has '"uuid"'
    lacks '"user_id"'
    nova GET '/os-migrations?host=cmp3&source_compute=cmp1'
    has '"dest_compute":"cmp3"'
    nova GET '/os-migrations?source_compute=cmp2'
    want body "$REPLY" '{"migrations":[]}'
    nova GET '/os-migrations?changes-since=yesterday'
    status 400
    nova GET '/os-migrations?marker=zzz'
    refused 400 "Marker zzz could not be found."
    nova GET '/os-migrations?bogus=1'
    status 400
    nova DELETE "/servers/$VM"
    gone '/os-migrations' "$VM"
}
test_live_migration_record() {
    vms 1 cmp1
    sim migration "{\"uuid\":\"$VM\",\"dest\":\"cmp2\",\"status\":\"running\"}"
    nova GET "/servers/$VM/migrations"
    has '"server_uuid"' '"status":"running"' '"dest_compute":"cmp2"'
    records
    want "not an evacuation" "$REPLY" '{"migrations":[]}'
}

run_tests "$@"

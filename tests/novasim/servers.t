#!/bin/bash
# vmha-novasim shows and changes services and servers as Nova does.
# shellcheck source-path=SCRIPTDIR source=simtest.sh
. "$(dirname "$0")/simtest.sh"

# --- os-services ---

test_services_list() {
    nova GET /os-services
    has '"binary":"nova-conductor"' '"host":"cmp3"' '"forced_down":false'
    nova GET '/os-services?host=cmp2'
    has '"host":"cmp2"'
    lacks '"host":"cmp1"'
    V=2.10 nova GET '/os-services?binary=nova-compute'
    lacks forced_down
    lacks nova-conductor
    has '"id":5'
    nova GET '/os-services?hots=cmp2'
    refused 400 "Additional properties are not allowed ('hots' was unexpected)"
}
test_services_update() {
    service cmp1
    nova PUT "/os-services/$SVC" '{"status":"disabled","disabled_reason":"r1","forced_down":true}'
    status 200
    has '"status":"disabled"' '"state":"down"' '"disabled_reason":"r1"' '"forced_down":true'
    nova PUT "/os-services/$SVC" '{"status":"enabled","forced_down":"no"}'
    has '"status":"enabled"' '"state":"up"' '"disabled_reason":null' '"forced_down":false'
    nova PUT "/os-services/$SVC" '{"disabled_reason":"r"}'
    refused 400 "No updates were requested. Fields 'status' or 'forced_down' should be specified."
    nova PUT "/os-services/$SVC" '{"status":"enabled","disabled_reason":"r"}'
    refused 400 "Specifying 'disabled_reason' with status 'enabled' is invalid."
    nova PUT "/os-services/$SVC" '{"status":"off"}'
    refused 400 "Invalid input for field/attribute status. Value: off. 'off' is not one of ['enabled', 'disabled']"
    nova PUT "/os-services/$SVC" "{\"status\":\"disabled\",\"disabled_reason\":\"$(printf 'x%.0s' {1..256})\"}"
    refused 400 "Invalid input for field/attribute disabled_reason."
    nova PUT "/os-services/$SVC" '{"force_down":true}'
    refused 400 "Additional properties are not allowed ('force_down' was unexpected)"
    nova PUT "/os-services/$SVC" '{'
    refused 400 "Malformed request body"
    nova PUT /os-services/12 '{"forced_down":true}'
    refused 400 "Invalid uuid 12"
    nova PUT /os-services/00000000-0000-4000-8000-000000000009 '{"forced_down":true}'
    refused 404 "Service 00000000-0000-4000-8000-000000000009 could not be found."
    V=2.11 nova PUT /os-services/force-down '{"host":"cmp1","binary":"nova-compute","forced_down":true}'
    want body "$REPLY" '{"service":{"host":"cmp1","binary":"nova-compute","forced_down":true}}'
    V=2.11 nova PUT /os-services/force-down '{"host":"cmp1","binary":"nova-compute","forced_down":false}'
    status 200
}
test_heartbeat() {
    sim settings '{"down_ms":4000}'
    sim compute '{"host":"cmp3","run":false}'
    poll '/os-services?host=cmp3' '"state":"down"'
    sim compute '{"host":"cmp3","run":true}'
    poll '/os-services?host=cmp3' '"state":"up"'
    sim settings '{"down_ms":60000}'
}

# --- servers ---

test_server_fields() {
    vms 1 cmp1 '"image":false,"metadata":{"HA_Enabled":"True"},"vm_state":"stopped","name":"fld"'
    V=2.1 nova GET "/servers/$VM"
    has '"flavor":{"id":"m1.small"' '"image":""' '"status":"SHUTOFF"' \
        '"OS-EXT-SRV-ATTR:host":"cmp1"' '"metadata":{"HA_Enabled":"True"}' \
        '"os-extended-volumes:volumes_attached":[{"id":' '"OS-EXT-STS:power_state":4'
    lacks '"locked"'
    lacks '"tags"'
    lacks 'server_groups'
    V=2.73 nova GET "/servers/$VM"
    has '"original_name":"m1.small"' '"locked":false' '"locked_reason":null' \
        '"server_groups":[]' '"host_status":"UP"' '"tags":[]' '"description":null'
    nova GET "/servers/detail?host=cmp1&all_tenants=1"
    lacks server_groups
    nova GET /servers/nope
    refused 404 "Instance nope could not be found."
}
test_server_lists() {
    local all='' next
    vms 7 cmp2
    nova GET '/servers/detail?host=cmp2&all_tenants=1&limit=3'
    while :; do
        all+=$(grep -oE '"id":"[0-9a-f-]{36}","name":"vm' <<<"$REPLY" | cut -d'"' -f4)$'\n'
        next=$(grep -oE '"servers_links":\[\{"rel":"next","href":"[^"]*' <<<"$REPLY" | sed 's/.*"//')
        [ -n "$next" ] || break
        nova GET "${next#"$URL"/v2.1}"
        status 200
    done
    want "servers of all pages" "$(printf '%s' "$all" | sort)" "$(printf '%s\n' "${VMS[@]}" | sort)"
    nova GET '/servers/detail?host=cmp2&all_tenants=1&limit=7'
    has servers_links
    nova GET '/servers/detail?host=cmp2&all_tenants=1'
    lacks servers_links
    sim settings '{"max_limit":2}'
    nova GET '/servers/detail?host=cmp2&all_tenants=1&limit=5'
    has servers_links
    want "servers on the page" "$(grep -o hostId <<<"$REPLY" | wc -l)" 2
    sim settings '{"max_limit":1000}'
    nova GET '/servers/detail?host=cmp2'
    has '"servers":[]'
    nova GET '/servers/detail?host=none&all_tenants=1'
    has '"servers":[]'
    nova GET '/servers/detail?marker=xyz&all_tenants=1'
    refused 400 'marker [xyz] not found'
    nova GET '/servers/detail?status=active&all_tenants=1&limit=1'
    has '"status":"ACTIVE"'
    nova GET '/servers/detail?all_tenant=1'
    refused 400 "Additional properties are not allowed ('all_tenant' was unexpected)"
    V=2.1 nova GET '/servers/detail?all_tenant=1'
    status 200
}
test_server_delete() {
    vms 2 cmp3
    nova DELETE "/servers/$VM"
    status 204
    gone '/servers?host=cmp3&all_tenants=1' "$VM"
    nova GET "/servers/$VM"
    status 404
    nova GET '/servers/detail?deleted=1&all_tenants=1'
    has "$VM" '"status":"DELETED"'
}
test_metadata() {
    vms 1 cmp1
    nova POST "/servers/$VM/metadata" '{"metadata":{"a":"1","b":"2"}}'
    status 200
    nova PUT "/servers/$VM/metadata/c" '{"meta":{"c":"3"}}'
    want body "$REPLY" '{"meta":{"c":"3"}}'
    nova DELETE "/servers/$VM/metadata/a"
    status 204
    nova GET "/servers/$VM/metadata"
    has '"b":"2"' '"c":"3"'
    lacks '"a"'
    nova GET "/servers/$VM/metadata/a"
    refused 404 "Metadata item was not found"
    nova PUT "/servers/$VM/metadata" '{"metadata":{"z":"9"}}'
    want body "$REPLY" '{"metadata":{"z":"9"}}'
    nova POST "/servers/$VM/metadata" '{"metadata":{"n":1}}'
    status 400
    sim vm "{\"uuid\":\"$VM\",\"vm_state\":\"error\"}"
    nova POST "/servers/$VM/metadata" '{"metadata":{"a":"1"}}'
    refused 409 "Cannot 'update metadata' instance $VM while it is in vm_state error"
}

# --- actions ---

test_lock_and_reset() {
    vms 1 cmp1
    act "$VM" '{"lock":{"locked_reason":"vmha"}}'
    status 202
    nova GET "/servers/$VM"
    has '"locked":true' '"locked_reason":"vmha"'
    act "$VM" '{"unlock":null}'
    nova GET "/servers/$VM"
    has '"locked":false' '"locked_reason":null'
    act "$VM" '{"os-resetState":{"state":"error"}}'
    status 202
    nova GET "/servers/$VM"
    has '"status":"ERROR"'
    act "$VM" '{"os-resetState":{"state":"paused"}}'
    refused 400 "Invalid input for field/attribute state. Value: paused. 'paused' is not one of ['active', 'error']"
    act "$VM" '{"os-dance":null}'
    refused 400 "There is no such action: os-dance"
}
test_stop_and_start() {
    vms 1 cmp1
    sim settings '{"stop_ms":8000}'
    act "$VM" '{"os-start":null}'
    refused 409 "Cannot 'start' instance $VM while it is in vm_state active"
    act "$VM" '{"os-stop":null}'
    status 202
    act "$VM" '{"os-stop":null}'
    refused 409 "Cannot 'stop' instance $VM while it is in task_state powering-off"
    poll "/servers/$VM" '"status":"SHUTOFF"'
    want ledger "$(tail -n 1 "$DIR/ledger" | cut -d' ' -f2-)" "cmp1 $VM off"
    act "$VM" '{"os-start":null}'
    poll "/servers/$VM" '"status":"ACTIVE"'
    want ledger "$(tail -n 1 "$DIR/ledger" | cut -d' ' -f2-)" "cmp1 $VM on"
    nova GET "/servers/$VM/os-instance-actions"
    has '"action":"start"' '"action":"stop"' '"action":"create"' '"updated_at":"20'
    V=2.84 nova GET "/servers/$VM/os-instance-actions/$(field request_id)"
    has '"event":"compute_start_instance"' '"result":"Success"' '"host":"cmp1"' '"details":null'
    sim vm "{\"uuid\":\"$VM\",\"starts_fail\":1}"
    act "$VM" '{"os-stop":null}'
    poll "/servers/$VM" '"status":"SHUTOFF"'
    act "$VM" '{"os-start":null}'
    gone "/servers/$VM" powering-on
    has '"status":"SHUTOFF"'
}
test_crash_is_stopped_by_nova() {
    vms 1 cmp1
    sim settings '{"lifecycle_ms":30000}'
    sim guest "{\"uuid\":\"$VM\",\"state\":\"crash\"}"
    nova GET "/servers/$VM"
    has '"status":"ACTIVE"'
    poll "/servers/$VM" '"status":"SHUTOFF"'
    nova GET "/servers/$VM/os-instance-actions"
    has '"action":"stop"' '"user_id":null,"project_id":null'
}
test_evacuate_refusals() {
    local s
    vms 1 cmp1
    evacuate "$VM"
    refused 400 "Compute service of cmp1 is still in use."
    die cmp1
    for s in paused suspended rescued resized building soft-delete shelved_offloaded; do
        sim vm "{\"uuid\":\"$VM\",\"vm_state\":\"$s\"}"
        evacuate "$VM"
        refused 409 "Cannot 'evacuate' instance $VM while it is in vm_state $s"
    done
    sim vm "{\"uuid\":\"$VM\",\"vm_state\":\"active\",\"launched\":false}"
    evacuate "$VM"
    refused 409 "Instance $VM is in an invalid state for 'evacuate'"
    sim vm "{\"uuid\":\"$VM\",\"launched\":true,\"block\":\"vtpm\"}"
    evacuate "$VM"
    refused 400 "Operation 'evacuate' not supported for vTPM-enabled instance ($VM)."
    sim vm "{\"uuid\":\"$VM\",\"block\":\"share\"}"
    evacuate "$VM"
    refused 409 "Feature not supported with instances that have shares."
    sim vm "{\"uuid\":\"$VM\",\"block\":\"\"}"
    evacuate "$VM" '"host":"cmp1"'
    refused 400 "The target host can't be the same one."
    evacuate "$VM" '"host":"nope"'
    refused 404 "Compute host nope not found."
    evacuate "$VM" '"host":"cmp2","force":true'
    refused 400 "Invalid input for field/attribute evacuate."
    V=2.29 evacuate "$VM" '"force":true'
    refused 400 "Can't force to a non-provided destination"
    V=2.13 evacuate "$VM"
    refused 400 "Invalid input for field/attribute evacuate. Value: {}. 'onSharedStorage' is a required property"
    evacuate "$VM" '"onSharedStorage":true'
    status 400
    records
    want "no record was made" "$REPLY" '{"migrations":[]}'
    V=2.13 evacuate "$VM" '"onSharedStorage":"True"'
    status 200
    has '{"adminPass":"'
}

run_tests "$@"

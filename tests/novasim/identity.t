#!/bin/bash
# vmha-novasim signs users in as Keystone does, and tells versions as Nova.
# shellcheck source-path=SCRIPTDIR source=simtest.sh
. "$(dirname "$0")/simtest.sh"

# --- Keystone ---

test_password_scopes() {
    auth "$(user admin secret)" '{"project":{"name":"admin","domain":{"name":"Default"}}}'
    status 201
    head_has 'X-Subject-Token: '
    has '"methods":["password"]' '"expires_at":"20' '000000Z"' \
        '"url":"http://127.0.0.1:' '/two/internal/v2.1"' '"region":"RegionTwo"' \
        '"type":"placement"' '"type":"identity"'
    auth "$(user admin secret)" '{"system":{"all":true}}'
    status 201
    has '"system":{"all":true}'
    auth "$(user admin secret)" '{"domain":{"id":"default"}}'
    status 201
    has '"domain":{"id":"default","name":"Default"},"roles"'
    auth "$(user demo secret)" '{"system":{"all":true}}'
    status 401
}
test_application_credential() {
    local by='"methods":["application_credential"],"application_credential"'
    auth "{$by:{\"id\":\"c1000000000000000000000000000001\",\"secret\":\"app-secret\"}}"
    status 201
    has '"name":"service"' '"application_credential":{"id":"c1'
    auth "{$by:{\"name\":\"vmha-cred\",\"secret\":\"app-secret\",\"user\":{\"name\":\"vmha\",\"domain\":{\"id\":\"default\"}}}}"
    status 201
    auth "{$by:{\"name\":\"vmha-cred\",\"secret\":\"app-secret\"}}"
    status 401
    auth "{$by:{\"id\":\"c1000000000000000000000000000001\",\"secret\":\"no\"}}"
    status 401
}
test_wrong_password() {
    auth "$(user admin wrong)" '{"project":{"name":"admin","domain":{"id":"default"}}}'
    status 401
    want body "$REPLY" '{"error":{"code":401,"title":"Unauthorized","message":"The request you have made requires authentication."}}'
    head_has 'WWW-Authenticate: Keystone uri='
    auth '{"methods":["password"]}'
    status 401
    http POST /v3/auth/tokens '{"auth":{}}'
    status 400
}
test_tokens_end() {
    local old=$TOKEN
    nova GET /os-services
    status 200
    sim tokens '{"end":"expire"}'
    nova GET /os-services
    status 401
    has '"title":"Unauthorized"'
    head_has 'WWW-Authenticate: Keystone uri='
    login
    sim tokens '{"end":"revoke"}'
    nova GET /os-services
    status 401
    sim settings '{"token_ttl_ms":0}'
    login
    nova GET /os-services
    status 401
    sim settings '{"token_ttl_ms":3600000}'
    TOKEN=
    nova GET /os-services
    status 401
    login
    want "a new token" "$([ "$TOKEN" != "$old" ] && echo new)" new
}
test_policy() {
    local admin=$TOKEN
    auth "$(user demo secret)" '{"project":{"name":"demo","domain":{"id":"default"}}}'
    TOKEN=$(sed -n 's/^X-Subject-Token: //Ip' <<<"$HEAD")
    nova GET /os-services
    refused 403 "Policy doesn't allow os_compute_api:os-services:list to be performed."
    TOKEN=$admin
    sim policy '{"deny":"os_compute_api:os-migrations:index"}'
    nova GET /os-migrations
    refused 403 "Policy doesn't allow os_compute_api:os-migrations:index"
    sim policy '{}'
}

# --- versions ---

test_versions() {
    http GET /
    status 200
    has '"id":"v2.1"' '"version":"2.93"' '"min_version":"2.1"'
    http GET /v2.1/
    status 200
    has '"version":{"id":"v2.1"'
    V=2.94 nova GET /os-services
    refused 406 "Version 2.94 is not supported by the API. Minimum is 2.1 and maximum is 2.93."
    V=latest nova GET /os-services
    status 200
    head_has 'OpenStack-API-Version: compute 2.93'
    V=2.x nova GET /os-services
    refused 400 "API Version String 2.x is of invalid format. Must be of format MajorNum.MinorNum."
    http GET /v2.1/os-services '' -H "X-Auth-Token: $TOKEN" -H 'X-OpenStack-Nova-API-Version: 2.11'
    head_has 'X-OpenStack-Nova-API-Version: 2.11'
    head_has 'x-compute-request-id: req-'
    sim settings '{"max_minor":96}'
    http GET /
    has '"version":"2.96"'
    sim settings '{"max_minor":93}'
}

run_tests "$@"

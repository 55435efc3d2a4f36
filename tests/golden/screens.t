#!/bin/bash
# What vmha status shows of one answer, in every form, as its golden copy has it;
# the schemas take it, and nothing else.
# shellcheck source=tests/agents/functions.sh
. "${top_srcdir:-.}/tests/agents/functions.sh"
screens=$here/screens share=$here/../../share
export LC_ALL=C.UTF-8 TZ=UTC

# check COMMAND: standard input is what the schema says.
check() { "$here/schema-check" "$1"; }
valid() { check "$1" <<<"$2"; }
invalid() { ! valid "$@"; }

for form in text terminal narrow json xml; do
    "$built/tests/golden/screen" $form <"$screens/answer" >"$tmp/$form"
    ok "$form is as it was" diff -u "$screens/$form" "$tmp/$form"
done
is "no control character but colours" \
    "$(sed 's/\x1b\[[0-9]*m//g' "$tmp"/{text,terminal,narrow} |
        LC_ALL=C grep -c $'[\x01-\x1f\x7f]')" 0
json=$(cat "$tmp/json") xml=$(cat "$tmp/xml")
ok "the JSON is valid" valid status "$json"
ok "the XML is valid" valid status "$xml"
for wrong in "${json/evacuating/flying}" "${json/\"node\":\"ctl1\",/}" \
    "${json/\"total\":40/\"total\":-1}" "${json/true/1}" "{}"; do
    ok "other JSON is not" invalid status "$wrong"
done
for wrong in "${xml/evacuating/flying}" "${xml/ node=\"ctl1\"/}" \
    "${xml/total=\"40\"/total=\"-1\"}" "${xml/<hosts>/<hosts><what\/>}"; do
    ok "other XML is not" invalid status "$wrong"
done
ok "nor is that of another command" invalid check "$xml"
"$here/../../build-aux/schema-to-rng" "$share/vmha.schema.json" >"$tmp/rng"
ok "the schema for XML is made of that for JSON" \
    diff -u "$share/vmha.rng" "$tmp/rng"

#!/bin/bash
# Metadata: equal to the golden copy, valid, and by the house rules.
# shellcheck source=tests/agents/functions.sh
. "${top_srcdir:-.}/tests/agents/functions.sh"
golden=${top_srcdir:-.}/tests/golden
ocf_schemas=("$golden/ocf-1.1.rng" "${PCS_DATA:-/usr/share/pcs/data}/ocf-1.1.rng")
fence_schemas=(/usr/share/cluster/relaxng/metadata.rng)

valid() # NAME SCHEMA FILE
{
    if [ -e "$2" ]; then
        ok "$1 is valid by $(basename "$2")" \
            xmllint --noout --relaxng "$2" "$3"
    else
        result ok "$1 by $2 # SKIP not installed"
    fi
}

# none NAME XPATH FILE: no node matches.
none() { is "$1" "$(xmllint --xpath "count($2)" "$3")" 0; }

stop='substring(normalize-space(.), string-length(normalize-space(.))) = "."'

check_ocf() # NAME FILE
{
    local schema action
    for schema in "${ocf_schemas[@]}"; do valid "$1" "$schema" "$2"; done
    none "$1: texts end with a full stop" "//longdesc[not($stop)]" "$2"
    none "$1: summaries do not" "//shortdesc[$stop]" "$2"
    for action in start stop monitor meta-data validate-all; do
        none "$1: has $action" \
            "/*[not(actions/action[@name = '$action'])]" "$2"
    done
}

check_fence() # NAME FILE
{
    local schema action
    for schema in "${fence_schemas[@]}"; do valid "$1" "$schema" "$2"; done
    none "$1: texts end with a full stop" \
        "(//longdesc | //shortdesc)[not($stop)]" "$2"
    for action in off on reboot monitor metadata; do
        none "$1: has $action" \
            "/*[not(actions/action[@name = '$action'])]" "$2"
    done
}

"$golden/refresh" "$built" "${sysconfdir:-/usr/local/etc}" "$tmp"
for want in "$golden"/*.xml; do
    name=$(basename "$want" .xml)
    got=$tmp/$name.xml
    ok "$name equals its golden copy (make golden)" diff -u "$want" "$got"
    none "$name: no name twice" \
        "//parameter[@name = preceding-sibling::parameter/@name]" "$got"
    case $name in
    fence_*) check_fence "$name" "$got" ;;
    *) check_ocf "$name" "$got" ;;
    esac
done

#!/bin/bash
# The real Nova answers nova-conformance, as vmha-novasim does.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${VMHA_BUILD:-$here/../../out/build}
program=tests/conformance/nova-conformance

hook() { # the program's HOOK
    case $1 in
    aggregate)
        eval "$("$here/cloud" openrc)"
        "$here/client.py" aggregate one >&2
        ;;
    dead)
        "$here/cloud" compute "$2" kill
        "$here/cloud" power "$2" off
        ;;
    back) "$here/cloud" compute "$2" start ;;
    reboot)
        knob=/run/lab/shared/cloud/knobs/$2/power-sync
        mkdir -p "${knob%/*}"
        echo now >"$knob"
        "$here/cloud" compute "$2" kill
        "$here/cloud" power "$2" off
        "$here/cloud" compute "$2" start
        ;;
    revoke) "$here/cloud" revoke ;;
    *) exit 77 ;;
    esac
}

inside() {
    "$here/cloud" up
    "$here/cloud" computes
    eval "$("$here/cloud" openrc)"
    "$here/client.py" marked 7 cmp1 >&2
    "$here/client.py" stop 2 >&2
    "$here/cloud" clouds-yaml /run/clouds.yaml
    "$build/$program" /run/clouds.yaml lab cmp1 "$0"
    # Without a refusal the last test would have shown nothing.
    grep -q ' send .* 401 ' /run/lab/shared/requests
}

case ${1:-} in
inside) inside ;;
'')
    make -s -C "$build" "$program" >&2
    "$here/prepare" >&2
    exec "$here/cloud" alone "$(realpath "$0")" inside
    ;;
*) hook "$@" ;;
esac

#!/bin/bash
# Includes point downwards only (ARCHITECTURE.md), and each foreign library is
# included in its own layer only.
# shellcheck source-path=SCRIPTDIR source=lint.sh
. "$(dirname "$0")/lint.sh"

# layer: the layers it may include headers of
declare -A may=(
    [lib/core]="lib/core"
    [lib/param]="lib/core lib/param"
    [lib/agent]="lib/core lib/param lib/agent"
    [lib/openstack]="lib/core lib/param lib/openstack"
    [lib/cluster]="lib/core lib/param lib/cluster"
    [lib/virt]="lib/core lib/param lib/virt"
    [lib/policy]="lib/core lib/policy"
)
# header prefix: where it may be included
declare -A home=(
    [crm/]=lib/cluster [corosync/]=lib/cluster [curl/]=lib/openstack
    [json-c/]="lib/openstack lib/param tools" [yaml.h]="lib/openstack lib/agent"
    [qb/]=lib/core [libxml/]="lib/cluster lib/virt" [libvirt/]=lib/virt
    [libvirt-glib/]=lib/virt
)

owner() { # HEADER FILE: the layer that a quoted header comes from
    local f
    [ -e "$(dirname "$2")/$1" ] && { dirname "$2"; return; }
    for f in lib/*/"$1"; do [ -e "$f" ] && { dirname "$f"; return; }; done
    echo "?"
}

check_file() { # LAYER FILE
    local layer=$1 file=$2 header from
    while read -r header; do
        from=$(owner "$header" "$file")
        case " ${may[$layer]} " in
        *" $from "*) ;;
        *) echo "$file: $layer must not include \"$header\" ($from)" ;;
        esac
    done < <(sed -n 's/^#include "\(.*\)".*/\1/p' "$file")
}

check_home() { # FILE
    local header prefix place where
    while read -r header; do
        for prefix in "${!home[@]}"; do
            [[ $header == "$prefix"* ]] || continue
            where=
            for place in ${home[$prefix]}; do
                [[ $1 == "$place"/* ]] && where=$place
            done
            [ -n "$where" ] || echo "$1: <$header> belongs in ${home[$prefix]}"
        done
    done < <(sed -n 's/^#include <\(.*\)>.*/\1/p' "$1")
}

check_pure() { # FILE: lib/policy knows no system header but these
    local header
    while read -r header; do
        case $header in
        stdbool.h | stdint.h | stddef.h | string.h | stdlib.h | stdio.h | \
        inttypes.h) ;;
        *) echo "$1: lib/policy is pure and must not include <$header>" ;;
        esac
    done < <(sed -n 's/^#include <\(.*\)>.*/\1/p' "$1")
}

each() { # CHECK FILE...: "CHECK FILE" for those that exist
    local check=$1 file
    shift
    for file; do [ ! -e "$file" ] || $check "$file"; done
}

result "includes point downwards" "$(for layer in "${!may[@]}"; do
    each "check_file $layer" "$layer"/*.[ch]
done)"
mapfile -t files < <(find agents stonith lib tools -name '*.[ch]')
result "foreign headers stay in their layer" "$(each check_home "${files[@]}")"
result "policy is pure" "$(each check_pure lib/policy/*.[ch])"
finish

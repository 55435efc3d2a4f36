#!/bin/bash
# What bash offers for the command line of vmha.
# shellcheck source=tests/agents/functions.sh
. "${top_srcdir:-.}/tests/agents/functions.sh"
# shellcheck source=share/completions/vmha
. "$here/../../share/completions/vmha"
export LC_ALL=C

# offers WORDS LINE: with the cursor at its end.
offers()
{
    COMP_LINE=$2 COMP_POINT=${#2}
    # as bash cuts it, at blanks and "="
    read -ra COMP_WORDS <<<"${2//=/ = }"
    [[ $2 != *[\ =] ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _vmha "$built/tools/vmha/vmha" 2>/dev/null
    is "$2" "${COMPREPLY[*]}" "$1"
}

offers "status why history plan host segment disarm arm release check setup" "vmha "
offers "history host" "vmha h"
offers "" "vmha x"
offers "list" "vmha host l"
offers "--service-host=" "vmha host set cmp1 --serv"
offers "--until= --reason=" "vmha disarm "
offers "--output-as=text --output-as=json --output-as=xml" "vmha status --out"
offers "text json xml" "vmha status --output-as="
offers "json" "vmha status cmp1 --output-as=j"
offers "" "vmha stauts "

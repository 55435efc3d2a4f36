#!/bin/bash
# lib/cluster uses no more of Pacemaker than tests/lint/pacemaker-api.txt says,
# and what 3.x has deprecated in fencer.c only.
# shellcheck source-path=SCRIPTDIR source=lint.sh
. "$(dirname "$0")/lint.sh"
list=tests/lint/pacemaker-api.txt
objects=${top_builddir:-.}/lib/cluster/.libs/libcluster.a
cc=${LINT_CC:-cc}

# The functions that Pacemaker's libraries offer.
offered()
{
    local lib
    for lib in cib stonithd crmcommon crmservice crmcluster lrmd pe_status \
        pe_rules pacemaker; do
        nm -D --defined-only "$(${cc%% *} -print-file-name=lib$lib.so)" \
            2>/dev/null | awk '{print $NF}'
    done | sort -u
}

functions()
{
    nm -u "$1" | awk '$1 == "U" {print $2}' | sort -u |
        comm -12 - <(offered) | sed 's/^/function /'
}

# methods WHAT FILE...: those called through a table of operations
methods()
{
    local what=$1
    shift
    cat "$@" | tr -d ' \n' | grep -oE 'cmds->[a-z_]+' |
        sed "s/cmds->/method $what /" | sort -u
}

# Constants of cib_types.h that are no types.
options()
{
    grep -ohwE 'cib_[a-z_]+' "$@" | sort -u |
        grep -vxE 'cib_(t|new|delete|diff_notify)' | sed 's/^/option /'
}

mapfile -t clean_files < <(find lib/cluster -name '*.c' ! -name fencer.c)
used=$(
    functions "$objects"
    methods cib "${clean_files[@]}"
    methods stonith lib/cluster/fencer.c
    options "${clean_files[@]}"
)
allowed=$(grep -v '^#' "$list" | sed 's/ [a-z]*$//')
deprecated=$(sed -n 's/^[a-z]* \(.* \)\?\([a-z_]*\) deprecated$/\2/p' "$list" |
    paste -sd '|')

result "there is something to look at" \
    "$([ "$(printf '%s\n' "$used" | wc -l)" -gt 10 ] || echo "only: $used")"
result "all that is used is allowed" \
    "$(comm -23 <(sort <<<"$used") <(sort <<<"$allowed"))"
result "all that is allowed is used" \
    "$(comm -13 <(sort <<<"$used") <(sort <<<"$allowed"))"
result "what is deprecated is used in fencer.c only" \
    "$(grep -nE "stonith-ng\.h|\<stonith_|cmds->($deprecated)\>" "${clean_files[@]}" |
        grep -vE ':[0-9]+: *(/?\*|//)' || true)"
finish

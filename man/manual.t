#!/bin/bash
# The manual: sound POD, and every parameter and action of an agent in it.
# shellcheck source=tests/agents/functions.sh
. "${top_srcdir:-.}/tests/agents/functions.sh"
man=${top_srcdir:-.}/man

# What the agent of a page prints, if it has one.
program_of() # PAGE
{
    case $1 in
    fence_*) echo "$built/stonith/$1" ;;
    vmha-processes.conf) echo "$built/tools/watchd/vmha-watchd" ;;
    vmha-recoveryd) echo "$built/tools/recoveryd/vmha-recoveryd" ;;
    ocf_vmha_*) echo "$built/agents/${1#ocf_vmha_}" ;;
    esac
}

metadata_of() # PAGE PROGRAM
{
    case $1 in
    fence_*) "$2" -o metadata ;;
    *) "$2" meta-data ;;
    esac
}

check_names() # PAGE PROGRAM
{
    local element name text
    text=$(metadata_of "$1" "$2")
    for element in parameter action; do
        for name in $(printf '%s\n' "$text" |
            sed -n "s/^ *<$element name=\"\([^\"]*\)\".*/\1/p" | sort -u); do
            ok "$1 has $element $name" grep -q "^=item B<$name>" "$tmp/page.pod"
        done
    done
}

# Every option of the command line tool.
check_options() # PAGE
{
    local tool=$built/tools/vmha/vmha names name
    names=$({ "$tool" status --help; "$tool" host --help; "$tool" segment --help
        "$tool" check --help; "$tool" setup --help; } |
        sed -n 's/^  \(--[a-z-]*\).*/\1/p')
    ok "the tool tells its options" test -n "$names"
    for name in $names; do
        ok "$1 has $name" grep -q "^=item B<$name>" "$tmp/page.pod"
    done
}

# vmha(7) has its examples in SET-UP and after it.
has_examples() # PAGE
{
    grep -qE '^=head1 (EXAMPLES|SET-UP)$' "$man/$1.pod"
}

# Its file is one that the agent takes.
check_file()
{
    sed -n '/^=head1 EXAMPLES/,/^=head1 SEC/s/^    //p' "$man/vmha-processes.conf.pod" \
        >"$tmp/processes.conf"
    ok "vmha-processes.conf has an example" test -s "$tmp/processes.conf"
    ok "... which the agent takes" env OCF_RESKEY_processes="$tmp/processes.conf" \
        OCF_RESOURCE_INSTANCE=watch "$built/agents/watch" validate-all
    echo "restart=/bin/false" >>"$tmp/processes.conf"
    ok "... and not whatever it says" sh -c '! "$@"' - \
        env OCF_RESKEY_processes="$tmp/processes.conf" \
        OCF_RESOURCE_INSTANCE=watch "$built/agents/watch" validate-all
}

for pod in "$man"/*.pod; do
    page=$(basename "$pod" .pod)
    program=$(program_of "$page")
    ok "$page is complete" sh -c '"$1" "$2" ${3:+"$3" --doc=pod} >"$4"' - \
        "$man/podfill" "$pod" "$program" "$tmp/page.pod"
    ok "$page has examples" has_examples "$page"
    [ "$page" != vmha-processes.conf ] || check_file
    ok "$page is sound" podchecker -warnings -warnings "$tmp/page.pod"
    case $page in fence_* | ocf_*) check_names "$page" "$program" ;; esac
    [ "$page" != vmha-8 ] || check_options "$page"
done

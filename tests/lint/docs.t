#!/bin/bash
# What the guides name is there: files, commands and options of vmha, parameters
# (in bold), manual pages.
# shellcheck source-path=SCRIPTDIR source=lint.sh
. "$(dirname "$0")/lint.sh"
built=${top_builddir:-.}
guides=(README.md doc/*.md)

# Words in bold that could be parameters.
bold() { grep -ohE '\*\*[a-z_]+\*\*' "$@" | tr -d '*' | sort -u; }

parameters()
{
    local agent
    for agent in recovery watch gate; do
        "$built/agents/$agent" meta-data | sed -n 's/.*<parameter name="\([^"]*\)".*/\1/p'
    done
    "$built/tools/watchd/vmha-watchd" --doc=pod | sed -n 's/^=item B<\(.*\)>.*/\1/p'
}

broken_links()
{
    local guide target
    for guide in "${guides[@]}"; do
        while read -r target; do
            [ -e "$(dirname "$guide")/$target" ] || echo "$guide: $target"
        done < <(grep -oE '\]\([^)]*\)' "$guide" | sed 's/^](\([^)#]*\).*)/\1/' |
            grep -v '^https\?:')
    done
}

# Commands of vmha in code: lines that are indented, or between backquotes.
commands()
{
    cat "${guides[@]}" | awk '
        /^ {4}/ {sub(/#.*/, ""); print; next}
        {n = split($0, part, "`"); for (i = 2; i <= n; i += 2) print part[i]}' |
        grep -oE '(^|[^-_.a-z/*])vmha [a-z]+( [^|<>]*)?' |
        sed 's/^[^v]*//' | grep -vE '^vmha (ocf|rule|enabled)' | sort -u
}

wrong_commands()
{
    local vmha command help option
    vmha=$built/tools/vmha/vmha
    while read -r vmha_word command rest; do
        help=$("$vmha" "$command" --help 2>&1) || {
            echo "$vmha_word $command: there is no such command"
            continue
        }
        for option in $(grep -oE -- '--[a-z-]+' <<<"$rest"); do
            grep -qF -- "$option" <<<"$help" ||
                echo "vmha $command: there is no option $option"
        done
    done < <(commands)
}

pages()
{
    grep -ohE '\b(vmha|ocf_vmha|fence_vmha)[-a-z_.]*\([0-9]\)' "${guides[@]}" | sort -u
}

missing_pages()
{
    local page name
    while read -r page; do
        name=${page%(*}
        [ -e "man/$name.pod" ] || [ -e "man/$name-${page: -2:1}.pod" ] || echo "$page"
    done < <(pages)
}

result "there is something to look at" "$(
    [ "$(commands | wc -l)" -gt 10 ] || echo "few commands"
    [ "$(bold "${guides[@]}" | wc -l)" -gt 10 ] || echo "few parameters"
    [ "$(pages | wc -l)" -gt 2 ] || echo "few pages")"
result "files that are linked exist" "$(broken_links)"
result "commands of vmha and their options exist" "$(wrong_commands)"
result "parameters in bold exist" \
    "$(comm -23 <(bold "${guides[@]}") <(parameters | sort -u))"
result "manual pages exist" "$(missing_pages)"
finish

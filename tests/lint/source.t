#!/bin/bash
# Banned calls, lengths, nesting and form of C sources; shellcheck of scripts.
# shellcheck source-path=SCRIPTDIR source=lint.sh
. "$(dirname "$0")/lint.sh"

MAX_FILE=600 MAX_FUNCTION=100 MAX_DEPTH=5 # depth counts the function's own
BANNED='atoi|atol|atoll|strtol|strtoul|strtoll|strtoull|strtod|sscanf|fscanf|scanf|strtok|strtok_r|fgets|gets|strcpy|strncpy|strcat|strncat|sprintf|vsprintf|alloca|system|popen|tmpnam|mktemp'

dirs=(agents stonith lib tools tests)
[ ! -d bench ] || dirs+=(bench)
sources() { find "${dirs[@]}" -name '*.[ch]' | sort; }
scripts() {
    find . \( -name .git -o -name build -o -name out -o -path './vmha-*' -o -path ./build-aux \) \
        -prune -o -type f \( -name '*.sh' -o -name '*.t' -o -perm -u+x \) -print |
        while read -r f; do
            head -c 64 "$f" | head -n 1 | grep -aqE '^#!(/bin/|/usr/bin/env )(ba)?sh' && echo "$f"
        done
}

result "no banned call" "$(sources | xargs grep -nE "\\b($BANNED) *\\(" |
    grep -vE ':[0-9]+: *(/?\*|//)' || true)"
result "no file above $MAX_FILE lines" "$(sources | xargs wc -l |
    awk -v max=$MAX_FILE '$2 != "total" && $1 > max {print $2 ": " $1 " lines"}')"
result "no function above $MAX_FUNCTION lines" "$(sources | grep '\.c$' | xargs awk -v max=$MAX_FUNCTION '
    FNR == 1 {open = 0}
    /^\{/ {open = FNR}
    /^}/ {if (open && FNR - open > max) print FILENAME ":" open ": " FNR - open " lines"; open = 0}')"
result "no more than $((MAX_DEPTH - 1)) nested blocks" "$(sources | grep '\.c$' | xargs awk -v max=$MAX_DEPTH '
    FNR == 1 {inside = 0}
    /^\{/ {inside = 1}
    inside && match($0, /^ */) {
        if (RLENGTH >= 4 * (max + 1) && $0 ~ /\{$/) print FILENAME ":" FNR ": nested too deep"
    }
    /^}/ {inside = 0}')"

# The form of each release of clang-format is its own.
name="clang-format 14 would change nothing"
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
    result "$name" "$(sources | xargs clang-format --dry-run 2>&1 |
        sed -n 's/: warning: .*//p')"
else
    skip "$name" "clang-format 14 is not installed"
fi
if command -v shellcheck >/dev/null; then
    result "shellcheck is content" \
        "$(scripts | xargs -r shellcheck -x -S warning -f gcc 2>&1 || true)"
else
    skip "shellcheck is content" "shellcheck is not installed"
fi
finish

#!/bin/bash
# The tarball has all that git has, so that ./check and ./demo work from it.
# shellcheck source-path=SCRIPTDIR source=lint.sh
. "$(dirname "$0")/lint.sh"

# Directories in the list stand for all that is in them.
left_out()
{
    git ls-files | grep -vxF .gitignore | awk '
        FNR == NR {ships[$0]; next}
        {
            path = $0
            while (!(path in ships) && sub("/[^/]*$", "", path)) ;
            if (!(path in ships)) print "not in EXTRA_DIST: " $0
        }' <(make -s -C "${top_builddir:-.}" print-dist) -
}

name="the tarball has all files"
if [ -e .git ]; then
    result "$name" "$(left_out)"
else
    skip "$name" "this is no git tree"
fi
finish

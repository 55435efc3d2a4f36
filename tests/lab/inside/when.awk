# Prints the time (ms since the epoch) of the first line, of all files together,
# that matches `pattern` and is not before `since`.  A line starts with
# "Nov 23 11:42:00.123", in UTC.

BEGIN {
    months = "JanFebMarAprMayJunJulAugSepOctNovDec"
}

$0 ~ pattern {
    split($3, clock, "[:.]")
    at = 1000 * mktime(year " " (index(months, $1) + 2) / 3 " " $2 " " \
        clock[1] " " clock[2] " " clock[3]) + clock[4]
    if (at >= since && (!first || at < first))
        first = at
}

END {
    if (!first)
        exit 1
    printf "%.0f\n", first
}

# Checkers of what must never happen; they know nothing of our programs.
TESTS += %D%/twice.t %D%/judge.t
EXTRA_DIST += %D%/twice %D%/twice.t %D%/look %D%/judge %D%/judge.t

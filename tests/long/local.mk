# What only ./check --long runs.
EXTRA_DIST += %D%/mutants.t

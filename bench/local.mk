# Measurements; they want root and the packages of the sets lab and cloud.
EXTRA_DIST += %D%/README.md %D%/evacuate %D%/host-failure %D%/idle %D%/scale

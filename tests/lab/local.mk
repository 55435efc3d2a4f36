# The lab needs root and the packages of the set lab: not part of make check.
EXTRA_DIST += %D%/README.md %D%/lab %D%/prepare %D%/recorder %D%/env.sh \
	%D%/functions.sh %D%/inside %D%/with-pacemaker %D%/recipes.t %D%/self.t %D%/fencing.t

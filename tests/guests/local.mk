# Guests need root and the packages of the set guests: not part of make check.
EXTRA_DIST += %D%/README.md %D%/budget.t %D%/events.t %D%/functions.sh \
	%D%/init %D%/libvirt %D%/libvirtd.t %D%/prepare

# Does a Nova behave as we believe?  Here the simulated one; tests/cloud asks a
# real one the same.
check_PROGRAMS += %D%/nova-conformance
%C%_nova_conformance_SOURCES = \
	%D%/ask.c %D%/ask.h \
	%D%/hosts.c %D%/hosts.h \
	%D%/nova-conformance.c \
	%D%/parking.c %D%/parking.h \
	%D%/returns.c %D%/returns.h \
	%D%/sign-in.c %D%/sign-in.h
%C%_nova_conformance_LDADD = $(UNIT_LIBS) lib/openstack/libopenstack.la
TESTS += %D%/on-novasim.t %D%/on-novasim-2.95.t
EXTRA_DIST += %D%/on-novasim.t %D%/on-novasim-2.95.t

# A cluster that is a directory, for tests of the programs.  Link it before
# lib/cluster/libcluster.la.
noinst_LTLIBRARIES += %D%/libcluster-fake.la
%C%_libcluster_fake_la_SOURCES = %D%/attribute-fake.c %D%/attribute-fake.h \
	%D%/cluster-fake.c
FAKE_CLUSTER = %D%/libcluster-fake.la

# The group likewise.
noinst_LTLIBRARIES += %D%/libgroup-fake.la
%C%_libgroup_fake_la_SOURCES = %D%/group-fake.c
FAKE_GROUP = %D%/libgroup-fake.la

# The recovery daemon and the command line tool on them.
check_PROGRAMS += %D%/recoveryd-sim
%C%_recoveryd_sim_SOURCES = $(RECOVERYD_SOURCES) %D%/power-fake.c %D%/tidy-fake.c \
	%D%/recoveryd-sim.c
%C%_recoveryd_sim_LDADD = $(FAKE_CLUSTER) $(FAKE_GROUP) \
	lib/cluster/libcluster.la $(RECOVERYD_LIBS)

check_PROGRAMS += %D%/vmha-sim
%C%_vmha_sim_SOURCES = $(VMHA_MAIN) %D%/cibsync-fake.c
%C%_vmha_sim_LDADD = tools/vmha/libtool.la $(FAKE_GROUP) \
	lib/cluster/libcluster.la lib/core/libcore.la
TESTS += %D%/vmha.t
EXTRA_DIST += %D%/vmha.t

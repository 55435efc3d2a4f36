# Agents as programs: built to look for their files in the test's directories.
TEST_AGENT_CPPFLAGS = $(AM_CPPFLAGS) -UVMHA_RUNDIR -UVMHA_LIBEXECDIR \
	-DVMHA_RUNDIR='getenv("TEST_RUNDIR")' \
	-DVMHA_LIBEXECDIR='getenv("TEST_LIBEXECDIR")'

check_PROGRAMS += %D%/fence_vmha
%C%_fence_vmha_SOURCES = stonith/fence_vmha.c %D%/cibsync-fake.c
%C%_fence_vmha_LDADD = lib/agent/libagent.la lib/policy/libpolicy.la
TESTS += %D%/fence_vmha.t

check_PROGRAMS += %D%/vmha-recoveryd
%C%_vmha_recoveryd_SOURCES = %D%/stand-in.c
%C%_vmha_recoveryd_LDADD = lib/agent/libagent.la

check_PROGRAMS += %D%/recovery
%C%_recovery_SOURCES = agents/recovery.c lib/agent/service.c
%C%_recovery_CPPFLAGS = $(TEST_AGENT_CPPFLAGS)
%C%_recovery_LDADD = lib/agent/libagent.la lib/openstack/libopenstack.la \
	lib/policy/libpolicy.la
TESTS += %D%/recovery.t %D%/usage.t %D%/completion.t

# On a cluster that is a directory.
check_PROGRAMS += %D%/gate
%C%_gate_SOURCES = agents/gate.c
%C%_gate_CPPFLAGS = $(TEST_AGENT_CPPFLAGS)
%C%_gate_LDADD = lib/agent/libagent.la lib/policy/libpolicy.la \
	tests/fake/libcluster-fake.la lib/cluster/libcluster.la \
	lib/core/libcore.la $(GLIB_LIBS)
TESTS += %D%/gate.t

# With the real daemon, on libvirt's test driver.
check_PROGRAMS += %D%/watch
%C%_watch_SOURCES = agents/watch.c lib/agent/service.c
%C%_watch_CPPFLAGS = $(TEST_AGENT_CPPFLAGS)
%C%_watch_LDADD = lib/agent/libagent.la lib/core/libcore.la
TESTS += %D%/watch.t

EXTRA_DIST += %D%/watch.t %D%/gate.t %D%/fence_vmha.t %D%/functions.sh %D%/recovery.t %D%/usage.t \
	%D%/completion.t

# The recovery daemon.  RECOVERYD_SOURCES is all but main and what runs tools: tests
# run the same code on another cluster.
RECOVERYD_SOURCES = \
	%D%/act.c \
	%D%/archive.c %D%/archive.h %D%/arming.c \
	%D%/back.c %D%/back.h \
	%D%/braking.c \
	%D%/close.c \
	%D%/daemon.c %D%/daemon.h %D%/groups-read.c \
	%D%/examine.c \
	%D%/faults.c \
	%D%/forecast.c \
	%D%/forget.c \
	%D%/gates.c \
	%D%/history.c \
	%D%/hooks.c %D%/hooks.h \
	%D%/mend.c \
	%D%/metrics.c %D%/metrics.h %D%/metrics-file.c \
	%D%/observe.c \
	%D%/orphans.c \
	%D%/pending.c %D%/pending.h \
	%D%/queue.c \
	%D%/report.c \
	%D%/request.c %D%/request.h \
	%D%/reserve.c \
	%D%/scheduling.c \
	%D%/scribe.c %D%/scribe.h \
	%D%/scout.c \
	%D%/segment.c \
	%D%/serve.c \
	%D%/tidings.c \
	%D%/turns.c \
	%D%/witness.c
RECOVERYD_LIBS = tools/history/libhistory.la lib/agent/libagent.la lib/param/libparam.la \
	lib/policy/libpolicy.la lib/openstack/libopenstack.la \
	lib/core/libcore.la $(JSON_LIBS) $(GLIB_LIBS)
daemon_PROGRAMS += %D%/vmha-recoveryd
%C%_vmha_recoveryd_SOURCES = $(RECOVERYD_SOURCES) %D%/main.c \
	%D%/power.c %D%/power.h %D%/tidy.c %D%/tidy.h
%C%_vmha_recoveryd_LDADD = lib/cluster/libcluster.la $(RECOVERYD_LIBS)

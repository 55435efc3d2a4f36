# All rules of recovery: facts in, plans out; pure.
noinst_LTLIBRARIES += %D%/libpolicy.la
%C%_libpolicy_la_SOURCES = \
	%D%/answer.c %D%/answer.h \
	%D%/asking.c %D%/asking.h \
	%D%/brake.c %D%/brake.h \
	%D%/call.c %D%/call.h \
	%D%/capacity.c %D%/capacity.h \
	%D%/certainty.c %D%/certainty.h \
	%D%/comeback.c %D%/comeback.h \
	%D%/disarm.c %D%/disarm.h \
	%D%/gate.c %D%/gate.h \
	%D%/groups.c %D%/groups.h \
	%D%/incident.c %D%/incident-records.c %D%/incident-states.c %D%/incident-vms.c \
	%D%/incident.h \
	%D%/flaps.c %D%/flaps.h \
	%D%/journal.c %D%/journal.h \
	%D%/journal-reserve.c %D%/journal-reserve.h \
	%D%/levels.c %D%/levels.h \
	%D%/live.c %D%/live.h \
	%D%/method.c %D%/method.h \
	%D%/mounts.c %D%/mounts.h \
	%D%/opening.c %D%/opening.h \
	%D%/order.c %D%/order.h \
	%D%/orphan.c %D%/orphan.h \
	%D%/plan.c %D%/plan.h \
	%D%/procs.c %D%/procs.h \
	%D%/refusal.c %D%/refusal.h \
	%D%/repair.c %D%/repair.h \
	%D%/report.c %D%/report.h \
	%D%/reserve.c %D%/reserve-plan.c %D%/reserve.h %D%/reserve-rules.h \
	%D%/restart.c %D%/restart.h \
	%D%/scheduling.c %D%/scheduling.h \
	%D%/select.c %D%/select.h \
	%D%/sight.c %D%/sight.h \
	%D%/state.c %D%/state.h \
	%D%/storm.c %D%/storm.h \
	%D%/stuck.c %D%/stuck.h \
	%D%/survey.c %D%/survey.h \
	%D%/tidings.c %D%/tidings.h \
	%D%/vm.c %D%/vm.h \
	%D%/watch.c %D%/watch.h \
	%D%/window.c %D%/window.h
%C%_libpolicy_la_LIBADD = lib/core/libcore.la

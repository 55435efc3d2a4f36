# vmha-novasim: a scripted Keystone and Nova for tests; never installed.
check_PROGRAMS += %D%/vmha-novasim
%C%_vmha_novasim_SOURCES = \
	%D%/sim-actions.c \
	%D%/sim-answer.c %D%/sim-answer.h \
	%D%/sim-base.c %D%/sim-base.h \
	%D%/sim-compute.c %D%/sim-compute.h \
	%D%/sim-control.c %D%/sim-control.h \
	%D%/sim-groups.c \
	%D%/sim-handlers.h \
	%D%/sim-hosts.c %D%/sim-hosts.h \
	%D%/sim-http.c %D%/sim-http.h \
	%D%/sim-json.c %D%/sim-json.h \
	%D%/sim-keystone.c %D%/sim-keystone.h \
	%D%/sim-ledger.c %D%/sim-ledger.h \
	%D%/sim-log.c %D%/sim-log.h \
	%D%/sim-main.c \
	%D%/sim-metadata.c \
	%D%/sim-migrations.c \
	%D%/sim-mishap.c %D%/sim-mishap.h \
	%D%/sim-nova.c %D%/sim-nova.h \
	%D%/sim-rebuild.c %D%/sim-rebuild.h \
	%D%/sim-routes.c %D%/sim-routes.h \
	%D%/sim-schedule.c %D%/sim-schedule.h \
	%D%/sim-servers.c \
	%D%/sim-services.c \
	%D%/sim-shuffle.c %D%/sim-shuffle.h \
	%D%/sim-state.c %D%/sim-state.h \
	%D%/sim-versions.c \
	%D%/sim-view.c %D%/sim-view.h
%C%_vmha_novasim_LDADD = $(MHD_LIBS) $(JSON_LIBS) $(GLIB_LIBS)

TESTS += %D%/evacuation.t %D%/identity.t %D%/mishap.t %D%/program.t \
	%D%/servers.t
EXTRA_DIST += %D%/evacuation.t %D%/identity.t %D%/mishap.t %D%/program.t \
	%D%/servers.t %D%/simlib.sh %D%/simtest.sh %D%/README.md

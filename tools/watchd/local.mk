# The daemon of compute hosts: no library of Pacemaker's.
WATCHD_SOURCES = \
	%D%/command.c %D%/command.h \
	%D%/daemon.c %D%/daemon.h \
	%D%/finder.c %D%/finder.h \
	%D%/hostwatch.c %D%/hostwatch.h \
	%D%/main.c \
	%D%/mountwatch.c %D%/mountwatch.h \
	%D%/notes.c %D%/notes.h \
	%D%/probe.c %D%/probe.h \
	%D%/prober.c %D%/prober.h \
	%D%/procwatch.c %D%/procwatch.h \
	%D%/witness.c %D%/witness.h \
	%D%/worker.c %D%/worker.h \
	%D%/writer.c %D%/writer.h
WATCHD_LIBS = lib/virt/libvirtlink.la lib/agent/libagent.la \
	lib/param/libparam.la lib/policy/libpolicy.la lib/core/libcore.la \
	$(GLIB_LIBS)
daemon_PROGRAMS += %D%/vmha-watchd
%C%_vmha_watchd_SOURCES = $(WATCHD_SOURCES)
%C%_vmha_watchd_LDADD = $(WATCHD_LIBS)

# The daemon of compute hosts: no library of Pacemaker's.
WATCHD_SOURCES = \
	%D%/daemon.c %D%/daemon.h \
	%D%/main.c \
	%D%/prober.c %D%/prober.h \
	%D%/worker.c %D%/worker.h \
	%D%/writer.c %D%/writer.h
WATCHD_LIBS = lib/virt/libvirtlink.la lib/agent/libagent.la \
	lib/param/libparam.la lib/policy/libpolicy.la lib/core/libcore.la \
	$(GLIB_LIBS)
daemon_PROGRAMS += %D%/vmha-watchd
%C%_vmha_watchd_SOURCES = $(WATCHD_SOURCES)
%C%_vmha_watchd_LDADD = $(WATCHD_LIBS)

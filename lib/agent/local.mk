# Agents from their tables, and what agents and daemons tell each other.
noinst_LTLIBRARIES += %D%/libagent.la
%C%_libagent_la_SOURCES = \
	%D%/control.c %D%/control.h \
	%D%/control-server.c %D%/control-server.h \
	%D%/fence.c %D%/fence.h \
	%D%/launch.c %D%/launch.h \
	%D%/life.c %D%/life.h \
	%D%/ocf.c %D%/ocf.h \
	%D%/pidfile.c %D%/pidfile.h \
	%D%/process-list.c %D%/processes-conf.c %D%/processes-conf.h \
	%D%/recovery-conf.c %D%/recovery-conf.h \
	%D%/service.c %D%/service.h \
	%D%/watch-conf.c %D%/watch-conf.h
%C%_libagent_la_LIBADD = lib/param/libparam.la $(YAML_LIBS) $(GLIB_LIBS)

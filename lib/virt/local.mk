# libvirt: events on the GLib loop, questions that may block, domain XML.
noinst_LTLIBRARIES += %D%/libvirtlink.la
%C%_libvirtlink_la_SOURCES = \
	%D%/domain-xml.c %D%/domain-xml.h \
	%D%/names.c %D%/names.h \
	%D%/virtask.c %D%/virtask.h \
	%D%/virterr.c %D%/virterr.h \
	%D%/virtlink.c %D%/virtlink.h
%C%_libvirtlink_la_LIBADD = lib/core/libcore.la $(VIRT_LIBS) $(XML_LIBS) \
	$(GLIB_LIBS)

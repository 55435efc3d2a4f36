# Keystone and Nova over HTTP: the only code that speaks to the cloud.
noinst_LTLIBRARIES += %D%/libopenstack.la
%C%_libopenstack_la_SOURCES = \
	%D%/cloud.c %D%/cloud.h \
	%D%/clouds-file.c %D%/clouds-file.h \
	%D%/clouds-yaml.c %D%/clouds-yaml.h \
	%D%/reply.c %D%/reply.h \
	%D%/http.c %D%/http.h \
	%D%/keystone-json.c %D%/keystone-json.h \
	%D%/nova.c %D%/nova.h \
	%D%/nova-actions.c %D%/nova-actions.h \
	%D%/nova-groups-json.c %D%/nova-groups-json.h \
	%D%/nova-hosts.c \
	%D%/nova-hosts-json.c %D%/nova-hosts-json.h \
	%D%/nova-job.c %D%/nova-job.h \
	%D%/nova-return.c \
	%D%/nova-json.c %D%/nova-small-json.c %D%/nova-json.h \
	%D%/secret.h \
	%D%/settings.c %D%/settings.h
%C%_libopenstack_la_LIBADD = lib/core/libcore.la \
	$(CURL_LIBS) $(JSON_LIBS) $(YAML_LIBS) $(GLIB_LIBS)

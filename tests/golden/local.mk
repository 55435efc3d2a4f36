# Metadata of every agent against its golden copy, schemas and house rules.
# An agent is listed by its golden copy; after a change that is meant:
#     make golden && git diff tests/golden
TESTS += %D%/metadata.t %D%/screens.t
check_PROGRAMS += %D%/screen
%C%_screen_SOURCES = %D%/screen.c
%C%_screen_LDADD = tools/vmha/libtool.la lib/core/libcore.la
EXTRA_DIST += %D%/schema-check %D%/screens.t %D%/screens/answer \
	%D%/screens/text %D%/screens/terminal %D%/screens/narrow \
	%D%/screens/json %D%/screens/xml
EXTRA_DIST += %D%/metadata.t %D%/refresh %D%/ocf-1.1.rng \
	%D%/fence_vmha.xml %D%/gate.xml %D%/recovery.xml \
	%D%/watch.xml

.PHONY: golden
golden: $(ocfagent_PROGRAMS) $(sbin_PROGRAMS) %D%/screen
	$(top_srcdir)/tests/golden/refresh $(top_builddir) '$(sysconfdir)'
	cd $(top_srcdir) && build-aux/schema-to-rng share/vmha.schema.json >share/vmha.rng
	for form in text terminal narrow json xml; do \
	  TZ=UTC %D%/screen $$form <$(top_srcdir)/%D%/screens/answer \
	    >$(top_srcdir)/%D%/screens/$$form; \
	done

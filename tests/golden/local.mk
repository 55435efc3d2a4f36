# Metadata of every agent against its golden copy, schemas and house rules.
# An agent is listed by its golden copy; after a change that is meant:
#     make golden && git diff tests/golden
TESTS += %D%/metadata.t
EXTRA_DIST += %D%/schema-check %D%/status.schema.json
EXTRA_DIST += %D%/metadata.t %D%/refresh %D%/ocf-1.1.rng \
	%D%/fence_vmha.xml %D%/gate.xml %D%/recovery.xml \
	%D%/watch.xml

.PHONY: golden
golden: $(ocfagent_PROGRAMS) $(sbin_PROGRAMS)
	$(top_srcdir)/tests/golden/refresh $(top_builddir) '$(sysconfdir)'

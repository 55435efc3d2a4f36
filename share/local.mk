# What programs that read ours need.
dist_pkgdata_DATA = %D%/vmha.schema.json %D%/vmha.rng \
	%D%/grafana-vmha.json
completiondir = $(datadir)/bash-completion/completions
dist_completion_DATA = %D%/completions/vmha
EXTRA_DIST += build-aux/schema-to-rng

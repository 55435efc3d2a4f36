# What programs that read ours need.
dist_pkgdata_DATA = %D%/vmha.schema.json %D%/vmha.rng \
	%D%/grafana-vmha.json
EXTRA_DIST += build-aux/schema-to-rng

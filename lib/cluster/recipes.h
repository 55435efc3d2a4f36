/* The commands that set a cluster up or mend it, for pcs and for crmsh: those
 * of the manuals (tests/lab/recipes.t compares them).  Pure.
 */
#ifndef VMHA_RECIPES_H
#define VMHA_RECIPES_H

/* Who is to be told. */
enum recipe_tool { RECIPE_PCS, RECIPE_CRM };

enum recipe {
    RECIPE_OPTION,     /* name, value */
    RECIPE_MONITOR,    /* id */
    RECIPE_RECONNECT,  /* id */
    RECIPE_STOP,       /* id */
    RECIPE_HOST_LIST,  /* id, hosts */
    RECIPE_LIMIT,      /* id */
    RECIPE_MANAGE,     /* id */
    RECIPE_POWER,      /* id: of the host */
    RECIPE_FENCE,      /* hosts */
    RECIPE_LEVEL,      /* pcs: id: of the host, value: devices, other: index */
    RECIPE_OLD_LEVEL,  /* pcs: the same, where the level is there */
    RECIPE_TOPOLOGY,   /* crmsh: value: all levels of all targets */
    RECIPE_RETOPOLOGY, /* crmsh: the same, where there are levels */
    RECIPE_PATTERNS,   /* crmsh: id: of the host, value: its level; there are
                          levels that a pattern or attribute applies to hosts */
    RECIPE_RECOVERY,   /* id, value: cloud */
    RECIPE_SEGMENT,    /* id, value: cloud, name: segment */
    RECIPE_GATE,       /* none */
    RECIPE_COMPUTE,    /* none: nova-compute, after the gate */
    RECIPE_ORDER,      /* id: the gate's clone, name: nova-compute's */
    RECIPE_WATCH,      /* none */
    RECIPE_CLEANUP,    /* id */
    RECIPE_FORGET,     /* id: of the host */
    RECIPE_RENAME,     /* id: of the host, value: its name in Nova */
    RECIPE_CONNECT,    /* id: of a host that is no node */
    RECIPE_ROLE,       /* none: the rights of our user */
    RECIPE_CLOCK,      /* none */
    RECIPE_TEST,       /* id: of the host */
    RECIPE_ENTRY,      /* id: of the host whose journal's entry is broken */
};

/* What takes the place of {id}, {name}...; NULL where a recipe has none.  As
 * whoever writes these into the CIB must not have a say in what an
 * administrator pastes, what is no plain name becomes '?'.
 */
struct recipe_values {
    const char *id, *name, *value, *hosts, *other;
};

/* The commands, one a line, without a newline at the end; the caller frees. */
char *recipe_fill(enum recipe recipe, enum recipe_tool tool,
                  const struct recipe_values *values);

#endif

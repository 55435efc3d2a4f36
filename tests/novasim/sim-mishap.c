/* Rules of misbehaviour, and bodies spoilt by them. */
#include "sim-mishap.h"

#include <string.h>

#include "sim-json.h"

struct rule {
    unsigned id;
    GRegex *match; /* on "METHOD path?query" */
    int64_t skip;  /* matching calls to let pass first */
    int64_t count; /* calls to spoil then; -1: until removed */
    int64_t hits;
    struct sim_mishap what;
};

static GPtrArray *rules;
static unsigned last_id;

/* Kinds by name, with what happens to the request unless the rule says. */
static const struct {
    const char *name;
    enum sim_effect effect;
} kinds[MISHAP_KINDS] = {
    [MISHAP_NONE] = { "none", EFFECT_NOW },
    [MISHAP_STATUS] = { "status", EFFECT_NONE },
    [MISHAP_HANG] = { "hang", EFFECT_NONE },
    [MISHAP_RESET] = { "reset", EFFECT_NONE },
    [MISHAP_CLOSE] = { "close", EFFECT_NONE },
    [MISHAP_CUT] = { "cut", EFFECT_NOW },
    [MISHAP_GARBAGE] = { "garbage", EFFECT_NOW },
    [MISHAP_TRUNCATED] = { "truncated", EFFECT_NOW },
    [MISHAP_WRONGTYPE] = { "wrongtype", EFFECT_NOW },
    [MISHAP_HUGE] = { "huge", EFFECT_NOW },
    [MISHAP_NUL] = { "nul", EFFECT_NOW },
    [MISHAP_NEST] = { "nest", EFFECT_NOW },
    [MISHAP_EMPTY] = { "empty", EFFECT_NOW },
    [MISHAP_SWAP] = { "swap", EFFECT_NOW },
    [MISHAP_AGAIN] = { "again", EFFECT_NOW },
};

static const char *const effects[] = { "now", "none", "late" };

static void
rule_free(gpointer data)
{
    struct rule *r = data;

    g_regex_unref(r->match);
    g_free(r->what.body);
    g_free(r);
}

static int
kind_named(const char *name)
{
    for (int k = MISHAP_STATUS; k < MISHAP_KINDS; k++)
        if (g_str_equal(kinds[k].name, name))
            return k;
    return -1;
}

static int
effect_named(const char *name)
{
    for (int e = 0; e < (int) G_N_ELEMENTS(effects); e++)
        if (g_str_equal(effects[e], name))
            return e;
    return -1;
}

static char *
body_of(struct json_object *rule)
{
    struct json_object *body = in_get(rule, "body");

    if (!body)
        return NULL;
    return g_strdup(
        json_object_is_type(body, json_type_string)
            ? json_object_get_string(body)
            : json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN));
}

static void
read_counts(struct rule *r, struct json_object *in)
{
    int64_t nth = in_int(in, "nth", 0);

    r->skip = nth > 0 ? nth - 1 : in_int(in, "skip", 0);
    r->count = in_int(in, "count", 1);
}

unsigned
sim_mishap_add(struct json_object *in, const char **ret_reason)
{
    int kind = kind_named(in_str(in, "kind", ""));
    int effect;
    GRegex *match = g_regex_new(in_str(in, "match", ""), 0, 0, NULL);
    struct rule *r;

    *ret_reason = !match ? "match is no regular expression"
                         : "kind must be one of the README's";
    if (!match || kind < 0) {
        if (match)
            g_regex_unref(match);
        return 0;
    }
    effect = effect_named(in_str(in, "effect", effects[kinds[kind].effect]));
    r = g_new0(struct rule, 1);
    r->id = ++last_id;
    r->match = match;
    read_counts(r, in);
    r->what = (struct sim_mishap){
        .kind = (enum sim_mishap_kind) kind,
        .effect = effect < 0 ? kinds[kind].effect : (enum sim_effect) effect,
        .status = (int) in_int(in, "status", 500),
        .body = body_of(in),
        .retry_after_s = in_int(in, "retry_after", -1),
        .ms = in_int(in, "ms", -1),
        .late_ms = in_int(in, "late_ms", 1000),
        .bytes = in_int(in, "bytes", 100 << 20),
        .depth = in_int(in, "depth", kind == MISHAP_NEST ? 100000 : 1),
    };
    if (!rules)
        rules = g_ptr_array_new_with_free_func(rule_free);
    g_ptr_array_add(rules, r);
    return r->id;
}

void
sim_mishap_remove(unsigned id)
{
    for (guint i = rules ? rules->len : 0; i-- > 0;)
        if (!id || ((struct rule *) rules->pdata[i])->id == id)
            g_ptr_array_remove_index(rules, i);
}

void
sim_mishap_list(GString *out)
{
    out_open(out, "faults", '[');
    for (guint i = 0; rules && i < rules->len; i++) {
        const struct rule *r = rules->pdata[i];

        out_open(out, NULL, '{');
        out_int(out, "id", r->id);
        out_str(out, "kind", kinds[r->what.kind].name);
        out_str(out, "effect", effects[r->what.effect]);
        out_str(out, "match", g_regex_get_pattern(r->match));
        out_int(out, "skip", r->skip);
        out_int(out, "count", r->count);
        out_int(out, "hits", r->hits);
        out_close(out, '}');
    }
    out_close(out, ']');
}

struct sim_mishap
sim_mishap_take(const char *method, const char *target)
{
    struct sim_mishap found = { .kind = MISHAP_NONE };
    char *call = g_strdup_printf("%s %s", method, target);

    for (guint i = 0; rules && i < rules->len; i++) {
        struct rule *r = rules->pdata[i];

        if (r->count == 0 || !g_regex_match(r->match, call, 0, NULL))
            continue;
        if (r->skip > 0) {
            r->skip--;
        } else if (found.kind == MISHAP_NONE) {
            found = r->what;
            r->hits++;
            r->count -= r->count > 0;
        }
    }
    g_free(call);
    return found;
}

static struct json_object *
spoil(struct json_object *v, int64_t depth)
{
    struct json_object *o;

    switch (json_object_get_type(v)) {
    case json_type_object:
        if (depth <= 0)
            return json_object_new_array();
        o = json_object_new_object();
        json_object_object_foreach(v, key, member)
            json_object_object_add(o, key, spoil(member, depth - 1));
        return o;
    case json_type_array:
        if (depth <= 0)
            return json_object_new_object();
        o = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(v); i++)
            json_object_array_add(o, spoil(json_object_array_get_idx(v, i),
                                           depth - 1));
        return o;
    case json_type_string: return json_object_new_int(42);
    case json_type_null: return json_object_new_boolean(true);
    default: return json_object_new_string("spoilt");
    }
}

char *
sim_wrong_types(const char *text, int64_t depth)
{
    struct json_object *v = in_parse(text, strlen(text));
    struct json_object *w = spoil(v, depth);
    char *s =
        g_strdup(json_object_to_json_string_ext(w, JSON_C_TO_STRING_PLAIN));

    json_object_put(v);
    json_object_put(w);
    return s;
}

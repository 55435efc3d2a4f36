/* Version documents: nova/api/openstack/compute/versions.py. */
#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-nova.h"

static void
add_link(GString *o, const char *rel, const char *type, const char *href)
{
    out_open(o, NULL, '{');
    out_str(o, "rel", rel);
    if (type)
        out_str(o, "type", type);
    out_str(o, "href", href);
    out_close(o, '}');
}

static void
add_numbers(GString *o, bool is_21)
{
    out_str(o, "id", is_21 ? "v2.1" : "v2.0");
    out_str(o, "status", is_21 ? "CURRENT" : "SUPPORTED");
    if (is_21)
        out_fmt(o, "version", "2.%lld", (long long) sim_set.max_minor);
    else
        out_str(o, "version", "");
    out_str(o, "min_version", is_21 ? "2.1" : "");
    out_str(o, "updated",
            is_21 ? "2013-07-23T11:33:21Z" : "2011-01-21T11:33:21Z");
}

void
nova_versions(struct sim_req *r)
{
    GString *o = r->out;

    r->status = 200;
    out_open(o, NULL, '{');
    out_open(o, "versions", '[');
    for (int is_21 = 0; is_21 < 2; is_21++) {
        char *base = nova_base(r);
        char *href = g_strdup_printf("%s%s", base, is_21 ? "/v2.1/" : "/v2/");

        out_open(o, NULL, '{');
        add_numbers(o, is_21);
        out_open(o, "links", '[');
        add_link(o, "self", NULL, href);
        out_close(o, ']');
        out_close(o, '}');
        g_free(href);
        g_free(base);
    }
    out_close(o, ']');
    out_close(o, '}');
}

void
nova_version(struct sim_req *r)
{
    GString *o = r->out;
    char *base = nova_base(r), *href = g_strdup_printf("%s/v2.1/", base);

    r->status = 200;
    out_open(o, NULL, '{');
    out_open(o, "version", '{');
    add_numbers(o, true);
    out_open(o, "links", '[');
    add_link(o, "self", NULL, href);
    add_link(o, "describedby", "text/html", "http://docs.openstack.org/");
    out_close(o, ']');
    out_open(o, "media-types", '[');
    out_open(o, NULL, '{');
    out_str(o, "base", "application/json");
    out_str(o, "type", "application/vnd.openstack.compute+json;version=2.1");
    out_close(o, '}');
    out_close(o, ']');
    out_close(o, '}');
    out_close(o, '}');
    g_free(href);
    g_free(base);
}

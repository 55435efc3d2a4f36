/* Conformance of how a cloud lets its users in. */
#include "sign-in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/tap.h"
#include "ask.h"
#include "cleanup.h"
#include "nova.h"
#include "xalloc.h"

struct sign_in_subject sign_in_subject;

void
sign_in(struct cloud *c)
{
    struct nova *n = nova_new(c);

    nova_warm_up(n, on_done, NULL);
    wait_answer();
    nova_free(n);
}

void
sign_in_test_app_credential(void)
{
    CLEANUP_FREE char *name = xasprintf("%s-appcred", sign_in_subject.cloud);
    struct vmha_error err = { 0 };
    struct cloud *c = cloud_new(sign_in_subject.yaml, name, &err);

    ok_msg(c != NULL, "%s", err.text);
    if (!c)
        return;
    sign_in(c);
    succeeded();
    cloud_free(c);
}

/* The same cloud with another password: by a secure.yaml that overrides it. */
void
sign_in_test_wrong_password(void)
{
    char dir[] = "/tmp/vmha-conformance-XXXXXX";
    struct vmha_error err = { 0 };

    ok(mkdtemp(dir) != NULL);
    CLEANUP_FREE char *full = realpath(sign_in_subject.yaml, NULL);
    CLEANUP_FREE char *path = xasprintf("%s/clouds.yaml", dir);
    CLEANUP_FREE char *secure = xasprintf("%s/secure.yaml", dir);
    {
        CLEANUP_FILE FILE *f = fopen(secure, "we");

        fchmod(fileno(f), 0600);
        fprintf(f, "clouds: {%s: {auth: {password: not-this-one}}}\n",
                sign_in_subject.cloud);
    }
    is_int(symlink(full, path), 0);
    struct cloud *c = cloud_new(path, sign_in_subject.cloud, &err);
    ok_msg(c != NULL, "%s", err.text);
    if (c)
        sign_in(c);
    cloud_free(c);
    unlink(path);
    unlink(secure);
    rmdir(dir);
    is_int(got.err.kind, VMHA_E_PERMISSION);
    has_str(got.err.text, "HTTP 401");
    ok(!strstr(got.err.text, "not-this-one"));
    ok(!got.was_sent);
}

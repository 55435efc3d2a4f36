/* TAP for unit tests. */
#include "tap.h"

#include <inttypes.h>
#include <stdarg.h>

unsigned tap_failures;

static bool
report(bool good, const char *file, int line)
{
    if (!good) {
        tap_failures++;
        printf("# at %s:%d\n", file, line);
    }
    return good;
}

bool
tap_ok(bool cond, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    if (!cond) {
        printf("# failed: ");
        va_start(ap, fmt);
        vprintf(fmt, ap);
        va_end(ap);
        printf("\n");
    }
    return report(cond, file, line);
}

bool
tap_str(const char *got, const char *want, const char *expr, const char *file,
        int line)
{
    bool good = got && want ? strcmp(got, want) == 0 : got == want;

    if (!good)
        printf("# %s: got '%s', want '%s'\n", expr, got ? got : "(null)",
               want ? want : "(null)");
    return report(good, file, line);
}

bool
tap_has(const char *got, const char *want, const char *expr, const char *file,
        int line)
{
    bool good = got && strstr(got, want);

    if (!good)
        printf("# %s: '%s' does not contain '%s'\n", expr, got ? got : "(null)",
               want);
    return report(good, file, line);
}

bool
tap_int(int64_t got, int64_t want, const char *expr, const char *file, int line)
{
    if (got != want)
        printf("# %s: got %" PRId64 ", want %" PRId64 "\n", expr, got, want);
    return report(got == want, file, line);
}

int
tap_main(const struct tap_test *tests, size_t n)
{
    unsigned bad = 0;

    printf("1..%zu\n", n);
    for (size_t i = 0; i < n; i++) {
        tap_failures = 0;
        tests[i].run();
        printf("%sok %zu - %s\n", tap_failures ? "not " : "", i + 1,
               tests[i].name);
        fflush(stdout);
        bad += tap_failures > 0;
    }
    return bad > 0;
}

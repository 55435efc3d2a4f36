/* TAP for unit tests: ok(), is(), and a main that runs a table of tests.
 *
 * A test file is a list of static functions and ends in
 *     TAP_MAIN({ "parses a token", test_token }, { ... })
 */
#ifndef VMHA_TAP_H
#define VMHA_TAP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct tap_test {
    const char *name;
    void (*run)(void);
};

/* Failed checks of the test that is running. */
extern unsigned tap_failures;

#define ok(cond)          tap_ok((cond), __FILE__, __LINE__, "%s", #cond)
#define ok_msg(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want) tap_str((got), (want), #got, __FILE__, __LINE__)
#define is_int(got, want)                                                      \
    tap_int((int64_t) (got), (int64_t) (want), #got, __FILE__, __LINE__)
/* Does the text GOT contain WANT? */
#define has_str(got, want) tap_has((got), (want), #got, __FILE__, __LINE__)

bool tap_ok(bool cond, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool tap_str(const char *got, const char *want, const char *expr,
             const char *file, int line);
bool tap_has(const char *got, const char *want, const char *expr,
             const char *file, int line);
bool tap_int(int64_t got, int64_t want, const char *expr, const char *file,
             int line);
int tap_main(const struct tap_test *tests, size_t n);

#define TAP_MAIN(...)                                                          \
    int main(void)                                                             \
    {                                                                          \
        static const struct tap_test tests[] = { __VA_ARGS__ };                \
        return tap_main(tests, sizeof tests / sizeof tests[0]);                \
    }

#endif

/* vmha status: which hosts failed, and how far their recovery is. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "document.h"
#include "group-ask.h"
#include "text.h"
#include "view.h"
#include "xalloc.h"

enum { BAR_MARGIN = 50, COLUMNS_DEFAULT = 80 };

struct conf {
    char *host;
    uint64_t watch_ms;
    int output;
};

static const struct param params[] = {
    { .name = "host",
      FIELD_STRING(struct conf, host),
      .flags = PARAM_POSITIONAL,
      .summary = "Only this host, by its node name or its name in Nova" },
    { .name = "watch",
      FIELD_DURATION(struct conf, watch_ms),
      .bare = "2s",
      .min = 500,
      .max = 3600 * 1000,
      .summary = "Show it again every so many seconds (2) until interrupted" },
    OUTPUT_PARAM(struct conf, output),
    { .name = NULL },
};

/* --- the terminal -------------------------------------------------------- */

struct screen {
    bool is_terminal;
    size_t rows;
    struct view_style style;
};

static bool
may_colour(void)
{
    const char *term = getenv("TERM");

    return !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

static struct screen
screen_now(bool is_watch)
{
    struct screen s = { .is_terminal = isatty(STDOUT_FILENO) };
    struct winsize size = { 0 };
    size_t columns = COLUMNS_DEFAULT;

    s.style.is_utf8 = text_is_utf8();
    if (!s.is_terminal)
        return s;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col) {
        columns = size.ws_col;
        s.rows = size.ws_row;
    }
    s.style.has_colour = may_colour();
    s.style.columns = is_watch ? columns : 0;
    s.style.bar = columns > BAR_MARGIN ? columns - BAR_MARGIN : 0;
    return s;
}

/* Write TEXT over what the screen shows; lines that do not fit are left out.
 * No more than cursor moves: whenever we are killed, the terminal is usable.
 */
static void
redraw(const char *text, size_t rows)
{
    fputs("\033[H", stdout);
    for (size_t row = 1; *text && (!rows || row < rows); row++) {
        size_t len = strcspn(text, "\n");

        printf("\033[K%.*s\n", (int) len, text);
        text += len + (text[len] == '\n');
    }
    fputs("\033[J", stdout);
}

/* --- one round ----------------------------------------------------------- */

static void
read_report(const struct reply *p, struct report *ret_report)
{
    struct vmha_error err;

    ret_report->instance = xstrdup(p->instance);
    if (status_parse(p->body.data, p->body.len, &ret_report->status, &err) ==
        -1)
        ret_report->trouble = xasprintf("its answer from node %u: %s",
                                        (unsigned) p->node_id, err.text);
}

static char *
text_of(const struct conf *conf, const struct replies *replies,
        const struct view_style *style)
{
    struct report reports[REPLIES_MAX] = { 0 };
    char *text;

    for (size_t i = 0; i < replies->n; i++)
        read_report(&replies->list[i], &reports[i]);
    text = view_text(reports, replies->n, conf->host, style);
    reports_clear(reports, replies->n);
    return text;
}

/* The status as it is to be printed, or NULL. */
static char *
get_status(const struct conf *conf, struct ask *a,
           const struct view_style *style, struct vmha_error *err)
{
    CLEANUP_REPLIES struct replies replies = { 0 };

    if (ask_all(a, "{\"verb\":\"status\"}", 0, &replies, err) == -1)
        return NULL;
    if (conf->output == OUTPUT_TEXT)
        return text_of(conf, &replies, style);
    return document_done(document_of(&replies, conf->host), conf->output,
                         "status", style->is_utf8);
}

/* --- once, or again and again -------------------------------------------- */

static int
show_once(const struct conf *conf, struct ask *a, struct vmha_error *err)
{
    struct screen screen = screen_now(false);
    CLEANUP_FREE char *text = get_status(conf, a, &screen.style, err);

    if (!text)
        return -1;
    fputs(text, stdout);
    return 0;
}

/* A terminal is drawn anew, text for others comes when it has changed, and a
 * document, which has the time in it, each time.
 */
static void
show_again(const struct conf *conf, const struct screen *screen,
           const char *text, char **last)
{
    if (conf->output == OUTPUT_TEXT && screen->is_terminal)
        redraw(text, screen->rows);
    else if (!*last || strcmp(text, *last) != 0)
        fputs(text, stdout);
    xstrset(last, text);
}

/* In the place of the status while nobody answers, as when Pacemaker moves the
 * daemon.
 */
static char *
silence(const struct conf *conf, const struct vmha_error *err)
{
    const struct replies none = { 0 };

    if (conf->output == OUTPUT_TEXT)
        return xasprintf("%s\n", err->text);
    return document_done(document_of(&none, NULL), conf->output, "status",
                         false);
}

/* Until a signal. */
static int
show_always(const struct conf *conf, struct ask *a, struct vmha_error *err)
{
    CLEANUP_FREE char *last = NULL;

    while (!ferror(stdout)) {
        struct screen screen = screen_now(true);
        CLEANUP_FREE char *text = get_status(conf, a, &screen.style, err);

        if (!text)
            text = silence(conf, err);
        show_again(conf, &screen, text, &last);
        (void) fflush(stdout); /* the condition above sees an error */
        ask_wait(a, (int64_t) conf->watch_ms);
    }
    return 0;
}

static int
run(const void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;
    CLEANUP_ASK struct ask *a = ask_new(err);

    if (!a)
        return -1;
    return conf->watch_ms ? show_always(conf, a, err) : show_once(conf, a, err);
}

const struct command command_status = {
    .name = "status",
    .usage = "[HOST] [--watch[=SECONDS]] [--output-as=text|json|xml]",
    .summary = "Show failed hosts and how far their recovery is",
    .params = params,
    .conf_size = sizeof(struct conf),
    .run = run,
};

/* tools/history: facts, lines, files and queries of the decision log. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "tap.h"
#include "xalloc.h"

#include "../../tools/history/facts.h"
#include "../../tools/history/logfile.h"
#include "../../tools/history/put.h"
#include "../../tools/history/query.h"

static char dir[] = "/tmp/history_test.XXXXXX";

/* --- facts -----------------------------------------------------------------
 */

/* Every fact on its own: one that has no row in facts.c is lost. */
static void
test_host_facts(void)
{
    struct death_facts d = { .is_current = true,
                             .is_quorate = true,
                             .is_sole_owner = true,
                             .is_unknown = true,
                             .is_remote = true,
                             .is_online = true,
                             .is_unmanaged = true,
                             .fenced_s = 1795419841,
                             .has_fencing = true,
                             .fencing_succeeded = true,
                             .fencing_by_hand = true,
                             .fencing_ns = INT64_C(1795419841123456789),
                             .entry_ns = INT64_C(9223372036854775807),
                             .has_returned = true,
                             .shares_name = true,
                             .is_resting = true,
                             .seen_ns = 5,
                             .trusts_manual_ack = true };
    struct opening_facts f = { &d, true, PHASE_DONE, true }, got = { 0 };
    struct death_facts got_d;
    struct vmha_error err;

    struct json_object *o = facts_of_host(&f);
    ok(facts_read_host(o, &got_d, &got, &err) == 0);
    /* member by member: padding is nobody's */
    ok(got_d.is_current && got_d.is_quorate && got_d.is_sole_owner);
    ok(got_d.is_unknown && got_d.is_remote && got_d.is_online);
    ok(got_d.shares_name && got_d.is_resting);
    ok(got_d.is_unmanaged && got_d.has_fencing && got_d.fencing_succeeded);
    ok(got_d.fencing_by_hand && got_d.has_returned && got_d.trusts_manual_ack);
    is_int(got_d.fenced_s, d.fenced_s);
    is_int(got_d.fencing_ns, d.fencing_ns);
    is_int(got_d.entry_ns, d.entry_ns);
    is_int(got_d.seen_ns, d.seen_ns);
    ok(got.has_entry && got.is_entry_broken && got.death == &got_d);
    is_int(got.entry_phase, PHASE_DONE);
    json_object_put(o);

    o = facts_of_host(&(struct opening_facts){
        .death = &(struct death_facts){ .seen_ns = 7 } });
    ok(facts_read_host(o, &got_d, &got, &err) == 0);
    ok(!got.has_entry && !got.is_entry_broken && !got_d.is_current);
    is_int(got_d.seen_ns, 7);
    json_object_put(o);
}

static void
test_server_facts(void)
{
    struct server_fact s = { .id = "",
                             .name = "",
                             .host = "cmp1",
                             .vm_state = "error",
                             .task_state = "migrating",
                             .fault = "No \"valid\" host",
                             .power_state = 4,
                             .ram_mb = UINT32_MAX,
                             .was_launched = true },
                       got = { 0 };
    struct vmha_error err;
    struct json_object *o = facts_of_server(&s);

    ok(facts_read_server(o, &got, &err) == 0);
    is_str(got.host, s.host);
    is_str(got.vm_state, s.vm_state);
    is_str(got.task_state, s.task_state);
    is_str(got.fault, s.fault);
    is_int(got.power_state, 4);
    is_int(got.ram_mb, UINT32_MAX);
    ok(got.was_launched);
    json_object_put(o);

    o = json_tokener_parse("{}");
    ok(facts_read_server(o, &got, &err) == 0);
    ok(!got.task_state && !got.was_launched);
    is_str(got.vm_state, "");
    json_object_put(o);
}

static void
test_live_facts(void)
{
    struct server_fact s = { .id = "", .name = "", .vm_state = "active" };
    struct live_fact f = { true, "running", "cmp2", true, WORD_HERE },
                     got = { 0 };
    struct vmha_error err;
    struct json_object *o = facts_of_server(&s);

    facts_add_live(o, &f);
    ok(facts_read_live(o, &got, &err) == 0);
    ok(got.is_known && got.is_dest_dead && got.word == WORD_HERE);
    is_str(got.status, "running");
    is_str(got.dest, "cmp2");
    json_object_put(o);
    o = json_tokener_parse("{\"live_status\":1}");
    ok(facts_read_live(o, &got, &err) == -1);
    has_str(err.text, "facts.live_status");
    json_object_put(o);
}

static void
test_call_facts(void)
{
    const struct call_facts f = { .certainty = CERTAIN,
                                  .phase = PHASE_EVACUATING,
                                  .is_saved = true,
                                  .is_down = true,
                                  .is_listed = true,
                                  .is_cloud_well = true,
                                  .records_age_ms = 10000,
                                  .is_waiting = true,
                                  .is_known = true,
                                  .is_alone = true,
                                  .is_its_turn = true,
                                  .is_covered = true,
                                  .is_noted = true,
                                  .is_announced = true,
                                  .prep = PREP_RESET,
                                  .look_age_ms = 5000 };
    struct json_object *o = facts_of_call(&f);
    struct call_facts got;
    struct vmha_error err;

    is_int(facts_read_call(o, &got, &err), 0);
    is_int(call_of(&got), CALL_RESET);
    is_int(got.look_age_ms, 5000);
    got.look_age_ms++;
    is_int(call_of(&got), CALL_LOOK);
    got.records_age_ms++;
    is_int(call_of(&got), CALL_NONE);
    json_object_put(o);
}

static void
test_bad_facts(void)
{
    static const char *const bad[] = {
        "[]",
        "{\"is_current\":1}",
        "{\"fencing_ns\":true}",
        "{\"entry_phase\":\"gone\"}",
        "{\"entry_phase\":null}",
        "{\"vm_state\":7}",
        "{\"power_state\":\"4\"}",
    };
    struct death_facts death;
    struct opening_facts f;
    struct server_fact s;
    struct call_facts call;
    struct vmha_error err;

    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        struct json_object *o = json_tokener_parse(bad[i]);

        ok_msg((facts_read_host(o, &death, &f, &err) == -1 ||
                facts_read_server(o, &s, &err) == -1) &&
                   facts_read_call(o, &call, &err) == -1 &&
                   err.kind == VMHA_E_INPUT,
               "%s", bad[i]);
        json_object_put(o);
    }
}

/* --- lines -----------------------------------------------------------------
 */

#define HEAD "{\"v\":1,\"time\":17,\"what\":\"vm\""

static void
test_line(void)
{
    static const char good[] = HEAD ",\"vm\":\"u\",\"name\":null,\"new\":[{}],"
                                    "\"status\":409,\"detail\":\"no\"}";
    static const char *const bad[] = {
        "",
        "null",
        "17",
        "[]",
        "{}",
        HEAD,
        HEAD "}{}",
        HEAD ",\"vm\":7}",
        HEAD ",\"status\":-1}",
        HEAD ",\"status\":\"409\"}",
        HEAD ",\"deep\":[[[[[]]]]]}",
        "{\"v\":2,\"time\":17,\"what\":\"vm\"}",
        "{\"v\":1,\"time\":0,\"what\":\"vm\"}",
        "{\"v\":1,\"what\":\"vm\"}",
        "{\"v\":1,\"time\":17}",
        "{'v':1,'time':17,'what':'vm'}",
    };
    struct history_line line = { 0 };
    struct vmha_error err;

    ok(history_line_parse(good, strlen(good), &line, &err) == 0);
    is_int(line.time_ms, 17);
    is_str(line.vm, "u");
    is_str(line.detail, "no");
    is_int(line.status, 409);
    ok(!line.name && !line.node);
    history_line_clear(&line);
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        err.kind = VMHA_OK;
        ok_msg(history_line_parse(bad[i], strlen(bad[i]), &line, &err) == -1 &&
                   err.kind == VMHA_E_INPUT,
               "'%s'", bad[i]);
    }

    CLEANUP_FREE char *big = xcalloc(LINE_BYTES_MAX + 2, 1);
    memset(big, ' ', LINE_BYTES_MAX + 1);
    memcpy(big, good, strlen(good));
    ok(history_line_parse(big, LINE_BYTES_MAX + 1, &line, &err) == -1);
}

/* --- files -----------------------------------------------------------------
 */

static char *
path(const char *name)
{
    return xasprintf("%s/%s", dir, name);
}

static void
clean(void)
{
    DIR *d = opendir(dir);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        CLEANUP_FREE char *name = path(entry->d_name);

        if (entry->d_name[0] != '.')
            ok(unlink(name) == 0);
    }
    if (d)
        closedir(d);
}

static void
put(const char *name, const char *text)
{
    CLEANUP_FREE char *file = path(name);
    CLEANUP_FILE FILE *f = fopen(file, "we");

    ok(f && fputs(text, f) >= 0);
}

struct seen {
    size_t n;
    char last[64], first[64];
};

static void
see(const char *line, size_t len, void *arg)
{
    struct seen *s = arg;

    snprintf(s->n++ ? s->last : s->first, sizeof s->last, "%.*s", (int) len,
             line);
}

static size_t
count_bytes(void)
{
    static const char *const names[] = { "history-a.jsonl", "history-a.jsonl.1",
                                         "history-a.jsonl.2",
                                         "history-a.jsonl.3",
                                         "history-a.jsonl.4" };
    size_t sum = 0;

    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        CLEANUP_FREE char *name = path(names[i]);
        struct stat st;

        if (stat(name, &st) == 0) {
            sum += (size_t) st.st_size;
            is_int(st.st_mode & 07777, 0600);
            ok(i < 4);
        }
    }
    return sum;
}

static void
test_rotation(void)
{
    struct logfile *f = logfile_new(dir, "a", 1000);
    struct vmha_error err;
    struct seen s = { 0 };
    char line[64];

    ok(logfile_read(dir, NULL, NULL, see, &s, &err) == -1);
    is_int(err.kind, VMHA_E_ABSENT);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "line %u of many that are written", i);
        ok(logfile_append(f, line, strlen(line), &err) == 0);
    }
    ok(count_bytes() <= 4000 && count_bytes() > 3000);
    ok(logfile_read(dir, "a", NULL, see, &s, &err) == 0);
    is_str(s.last, "line 999 of many that are written");
    snprintf(line, sizeof line, "line %zu of many that are written",
             1000 - s.n);
    is_str(s.first, line);
    ok(s.n > 80);

    /* whoever removes the file does not end the log */
    CLEANUP_FREE char *name = path("history-a.jsonl");
    ok(unlink(name) == 0);
    ok(logfile_append(f, "anew", 4, &err) == 0);
    s.n = 0;
    ok(logfile_read(dir, NULL, "anew", see, &s, &err) == 0);
    is_int(s.n, 1);
    is_str(s.first, "anew");
    logfile_free(f);
    clean();
}

static void
test_torn(void)
{
    struct logfile *f = logfile_new(dir, "a", 100000);
    CLEANUP_FREE char *big = xcalloc(3 * LINE_BYTES_MAX, 1);
    struct vmha_error err;
    struct seen s = { 0 };

    put("history-a.jsonl", "first\nsecond\ntor");
    ok(logfile_append(f, "third", 5, &err) == 0);
    ok(logfile_read(dir, NULL, NULL, see, &s, &err) == 0);
    is_int(s.n, 4);
    is_str(s.first, "first");
    is_str(s.last, "third");
    logfile_free(f);

    /* one without an end, and one that is longer than any line */
    memset(big, 'x', 3 * LINE_BYTES_MAX - 1);
    CLEANUP_FREE char *text = xasprintf("%s\nlast", big);
    put("history-a.jsonl", text);
    s.n = 0;
    ok(logfile_read(dir, NULL, NULL, see, &s, &err) == 0);
    is_int(s.n, 2);
    is_str(s.first, "");
    is_str(s.last, "last");
    clean();
}

/* What is no file of ours is left alone. */
static void
test_foreign(void)
{
    struct logfile *f = logfile_new(dir, "a", 1000);
    CLEANUP_FREE char *name = path("history-a.jsonl");
    CLEANUP_FREE char *target = path("target");
    struct vmha_error err;
    struct seen s = { 0 };

    put("target", "");
    ok(symlink(target, name) == 0);
    ok(logfile_append(f, "x", 1, &err) == -1);
    is_int(err.kind, VMHA_E_LOCAL);
    ok(logfile_read(dir, NULL, NULL, see, &s, &err) == -1);
    ok(unlink(name) == 0 && mkfifo(name, 0600) == 0);
    ok(logfile_append(f, "x", 1, &err) == -1);
    ok(logfile_read(dir, NULL, NULL, see, &s, &err) == -1);
    ok(chmod(dir, 0777) == 0);
    ok(logfile_append(f, "x", 1, &err) == -1);
    is_int(err.kind, VMHA_E_PERMISSION);
    ok(chmod(dir, 0700) == 0);
    logfile_free(f);
    clean();

    CLEANUP_FREE char *none = path("a/b");
    f = logfile_new(none, "a", 1000);
    ok(logfile_append(f, "x", 1, &err) == -1);
    is_int(err.sys_errno, ENOENT);
    logfile_free(f);
}

/* A full disk: what is written of a line does not swallow the next one. */
static void
test_full(void)
{
    struct logfile *f = logfile_new(dir, "a", 100000);
    struct rlimit old, small;
    struct vmha_error err;
    struct seen s = { 0 };

    ok(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ok(getrlimit(RLIMIT_FSIZE, &old) == 0);
    small = old;
    small.rlim_cur = 20;
    ok(setrlimit(RLIMIT_FSIZE, &small) == 0);
    ok(logfile_append(f, "a whole line", 12, &err) == 0);
    ok(logfile_append(f, "a line that is cut", 18, &err) == -1);
    ok(logfile_append(f, "one that is lost", 16, &err) == -1);
    has_str(err.text, "history-a.jsonl: File too large");
    ok(setrlimit(RLIMIT_FSIZE, &old) == 0);
    ok(logfile_append(f, "room again", 10, &err) == 0);
    ok(logfile_append(f, "and again", 9, &err) == 0);
    ok(logfile_read(dir, NULL, NULL, see, &s, &err) == 0);
    is_int(s.n, 4);
    is_str(s.first, "a whole line");
    is_str(s.last, "and again");
    s.n = 0;
    ok(logfile_read(dir, NULL, "room", see, &s, &err) == 0);
    is_str(s.first, "room again");
    logfile_free(f);
    clean();
}

/* --- queries ---------------------------------------------------------------
 */

static void
append(struct logfile *f, int64_t time, const char *what, const char *node,
       const char *incident, const char *vm, const char *name)
{
    struct json_object *o = json_object_new_object();
    struct vmha_error err;

    put_int(o, "v", 1);
    put_int(o, "time", time);
    put_text(o, "what", what);
    put_text(o, "node", node);
    put_text(o, "incident", incident);
    if (vm)
        put_text(o, "vm", vm);
    if (name)
        put_text(o, "name", name);
    CLEANUP_FREE char *text = put_done(o);
    ok(logfile_append(f, text, strlen(text), &err) == 0);
}

static void
write_story(void)
{
    struct logfile *f = logfile_new(dir, "a", 100000);

    append(f, 10, "incident", "n1", "1", NULL, NULL);
    append(f, 11, "vm", "n1", "1", "u1", "web \"1\"");
    append(f, 12, "vm", "n1", "1", "u2", "u1");
    append(f, 13, "incident", "n1", "1", NULL, NULL);
    append(f, 14, "incident", "n2", "2", NULL, NULL);
    append(f, 15, "vm", "n2", "2", "u1", "web \"1\"");
    logfile_free(f);
    put("history-b.jsonl",
        "{\"v\":1,\"time\":12,\"what\":\"vm\",\"vm\":\"u3\"}\n"
        "{\"v\":1,\"time\":13,\"what\":\"vm\",\"vm\":\"u1\"\n");
}

static void
test_query(void)
{
    static const struct {
        struct history_query query;
        size_t want, n_damaged;
        int64_t first, last;
    } rows[] = {
        { { .vm = "u1" }, 3, 1, 11, 15 },
        { { .vm = "web \"1\"" }, 2, 0, 11, 15 },
        { { .vm = "u1", .node = "n2" }, 1, 1, 15, 15 },
        { { .vm = "u1", .since_ms = 12 }, 2, 1, 12, 15 },
        { { .vm = "u3" }, 1, 0, 12, 12 },
        { { .vm = "u" }, 0, 0, 0, 0 },
        { { .what = "incident" }, 2, 0, 13, 14 },
        { { .what = "incident", .node = "n1" }, 1, 0, 13, 13 },
        { { 0 }, 7, 1, 10, 15 },
    };

    write_story();
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        CLEANUP_HISTORY_LIST struct history_list l = { 0 };
        struct json_object *o = json_object_new_object();
        struct history_query q;
        struct vmha_error err;

        history_query_put(o, &rows[i].query);
        history_query_read(o, &q);
        ok(history_list_load(&l, &q, dir, NULL, &err) == 0);
        ok_msg(l.n == rows[i].want && l.n_damaged == rows[i].n_damaged,
               "query %zu: %zu lines, %zu damaged", i, l.n, l.n_damaged);
        if (l.n)
            ok_msg(l.lines[0].time_ms == rows[i].first &&
                       l.lines[l.n - 1].time_ms == rows[i].last,
                   "query %zu: from %d to %d", i, (int) l.lines[0].time_ms,
                   (int) l.lines[l.n - 1].time_ms);
        json_object_put(o);
    }
    clean();
}

static void
test_many(void)
{
    CLEANUP_HISTORY_LIST struct history_list l = { 0 };
    struct logfile *f = logfile_new(dir, "a", LOGFILE_BYTES_MAX);
    struct history_query q = { .vm = "u1" };
    struct vmha_error err;

    for (int i = 1; i <= 3 * QUERY_LINES_MAX; i++)
        append(f, i, "vm", "n1", "1", "u1", NULL);
    ok(history_list_load(&l, &q, dir, NULL, &err) == 0);
    ok(l.is_cut && l.n <= QUERY_LINES_MAX && l.n >= QUERY_LINES_MAX / 2);
    is_int(l.lines[l.n - 1].time_ms, 3 * QUERY_LINES_MAX);
    is_int(l.lines[0].time_ms, 3 * QUERY_LINES_MAX - (int64_t) l.n + 1);
    logfile_free(f);
    clean();
    ok(rmdir(dir) == 0);
}

static void
test_dir(void)
{
    ok(mkdtemp(dir) != NULL);
}

TAP_MAIN({ "a directory for the files", test_dir },
         { "facts of a host go there and back", test_host_facts },
         { "facts of a server go there and back", test_server_facts },
         { "and of its live migration", test_live_facts },
         { "what a call rests on is read back", test_call_facts },
         { "facts of a wrong type are refused", test_bad_facts },
         { "lines, good and bad", test_line },
         { "files are bounded, and stay so", test_rotation },
         { "a torn line costs itself only", test_torn },
         { "links, pipes and directories of others", test_foreign },
         { "a full disk", test_full },
         { "queries find what they name", test_query },
         { "more lines than are wanted", test_many })

/* One subcommand of vmha: a file cmd-NAME.c ends in one of these, and main.c
 * has the table of them.
 */
#ifndef VMHA_COMMAND_H
#define VMHA_COMMAND_H

#include <stddef.h>

#include "error.h"
#include "param.h"

struct command {
    const char *name;
    const char *usage;   /* its arguments */
    const char *summary; /* no full stop */
    const struct param *params;
    size_t conf_size;
    /* What no single parameter can tell, before anybody is asked; NULL:
     * nothing. An error is one of the command line.
     */
    int (*check)(void *conf, struct vmha_error *err);
    /* 0, or -1 and an error that main shows and exits by. */
    int (*run)(const void *conf, struct vmha_error *err);
};

/* The row of a command's parameters for --output-as, its choices in order. */
enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_XML };
extern const char *const output_choices[];
#define OUTPUT_PARAM(T, f)                                                     \
    {                                                                          \
        .name = "output_as", FIELD_CHOICE(T, f), .def = "text",                \
        .choices = output_choices,                                             \
        .summary = "text for people (the default), json or xml for programs"   \
    }

/* An option was given without its value. */
int command_refuse_empty(const char *name, const char *value,
                         struct vmha_error *err);
/* It was given where it has no meaning: only WHERE, "set takes", it does. */
int command_refuse(const char *name, const char *value, const char *where,
                   struct vmha_error *err);
/* True or false; *VALUE, where it is not NULL, becomes one of these words. */
int command_check_flag(const char *name, char **value, struct vmha_error *err);

extern const struct command command_status, command_why, command_history,
    command_plan, command_host, command_segment;
extern const struct command command_disarm, command_arm, command_release,
    command_check, command_setup;

#endif

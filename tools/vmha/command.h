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

extern const struct command command_status, command_why, command_history,
    command_plan, command_host, command_segment;
extern const struct command command_disarm, command_arm, command_release,
    command_check;

#endif

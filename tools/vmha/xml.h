/* A JSON document as XML. */
#ifndef VMHA_XML_H
#define VMHA_XML_H

#include <stdbool.h>

#include <json-c/json.h>

#include "buf.h"

/* One line: O is the element NAME.  Of an object's members, those that have one
 * value are attributes, null is none, and objects and arrays are elements; the
 * elements of the array "hosts" are named "host".  Nothing in it harms a
 * terminal (text.h), and what XML cannot hold becomes U+FFFD.
 */
void xml_add(struct buf *b, const char *name, struct json_object *o,
             bool is_utf8);

/* The bytes that this takes for LEN bytes of JSON, at most. */
size_t xml_size(size_t len);

#endif

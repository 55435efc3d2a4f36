/* The one function that a fuzz target defines (libFuzzer's interface). */
#ifndef VMHA_FUZZ_H
#define VMHA_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

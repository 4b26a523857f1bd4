/*
 * What a camera's process may still ask of the kernel: to read and write the sockets it
 * has, to wait, and memory. Everything else ends it, with SIGSYS. Thread: the one that
 * made all others; they are closed in with it, so they run before. Errors: ERR_BUSY with
 * what the kernel refuses.
 */
#pragma once
#include "core/error.h"

/* Before any thread and before the first camera's byte: limits that cannot be raised
 * again, one malloc arena (more would need mprotect). */
void sandbox_prepare(void);

/* No way back. False: the filter is not in force and the process must not go on.
 * Descriptors of eventfd(2) that are open now can be read and written from then on. */
bool sandbox_close(struct error *err);

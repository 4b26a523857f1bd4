/*
 * What a camera's process may still ask of the kernel: to read and write the sockets it
 * has, to wait, and memory. Everything else ends it, with SIGSYS, after the number of the
 * call was written to standard error. Files and the network are shut twice: by Landlock,
 * where the kernel has it, and by the filter (seccomp). Errors: ERR_BUSY with what the
 * kernel refuses. Source: landlock(7), seccomp(2).
 */
#pragma once
#include "core/error.h"

/* Before any thread and before the first camera's byte: one malloc arena (more would
 * need mprotect), and what would be read from files later. */
void sandbox_prepare(void);

/* The kernel's version of Landlock; 0: it has none. Any process. */
int sandbox_landlock(void);

/* Before any other thread, which inherits it, and after the last file: none can be opened
 * any more, no TCP connection made, no process outside signalled, as far as the kernel's
 * Landlock goes. Nothing where it has none. */
void sandbox_shut_files(void);

/* Limits that cannot be raised again, no core, no tracing. sandbox_close() does it too. */
void sandbox_limit(void);

/* As sandbox_close(), for a process that reads one open file and writes one pipe. */
bool sandbox_close_around(int file, int pipe, struct error *err);

/* No way back, for all threads that exist. False: the filter is not in force and the
 * process must not go on. Descriptors of eventfd(2) that are open now can be read and
 * written from then on. */
bool sandbox_close(struct error *err);

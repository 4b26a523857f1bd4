/*
 * Opening files by names that came from outside or from the catalogue: only below a root,
 * through no link.
 * Thread: any.
 */
#pragma once

/* For reading; a regular file. -1 with errno. */
int open_beneath(const char *root, const char *path);

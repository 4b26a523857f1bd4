/* A folder of a test's own, gone with all that is in it at the end. */
#pragma once
#include <sys/types.h>

struct folder {
    char path[64];
};

void folder_open(struct folder *folder);
/* Makes the directories on the way. */
void folder_write(const struct folder *folder, const char *name, const char *content, mode_t mode);
/* "<folder>/name"; the caller frees. */
char *folder_path(const struct folder *folder, const char *name);
void folder_close(struct folder *folder);

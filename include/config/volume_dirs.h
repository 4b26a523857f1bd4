/*
 * The directories of all volumes, open for those who read footage.
 * Thread: any, one at a time; it touches the disks. Errors: ERR_DISK.
 */
#pragma once
#include "config/settings.h"
#include "core/error.h"

struct volume_dirs {
    struct {
        char id[ID_MAX];
        int fd; /* -1: it is not there */
    } list[VOLUMES_MOST];
    size_t count;
};

/* False: none is there, `err` names the first. */
bool volume_dirs_open(struct volume_dirs *dirs, const struct settings *set,
                      struct error *err);
void volume_dirs_close(struct volume_dirs *dirs);
/* -1: it is not there, or not configured any more. Lent. */
int volume_dirs_find(const struct volume_dirs *dirs, const char *id);

/*
 * A mount is a volume that was found to be the right one: its directory is held open and
 * its identity file locked. recordings/keng-volume tells the disk that is meant from the
 * empty directory that is there while it is not mounted; state/volumes remembers, for
 * each path, the identity that was recorded to, and the number of the session: a copy of the
 * disk that is older is told by it. Thread: any, one at a time; touches the
 * disk. Errors: ERR_DISK; ERR_OWNED when another writer holds the lock.
 */
#pragma once
#include <sys/types.h>

#include "core/error.h"
#include "names.h"

enum { VOLUME_ID = 32 }; /* characters 0-9 a-f */

struct mount {
    unsigned refs; /* counted on the loop */
    int root_fd, identity_fd;
    dev_t device;
    ino_t inode;
    char id[VOLUME_ID + 1];
    int64_t free_bytes, size_bytes; /* as it was found */
    struct names cameras;           /* that it had folders of then */
    long long session; /* counted in the identity and in state/volumes */
};

/* Checks the volume, or begins one where none was ever recorded to. One reference. */
struct mount *mount_open(const char *path, const char *state_dir, struct error *err);

/* Whether the path still leads to it. */
bool mount_is_there(const struct mount *mount, const char *path, struct error *err);

/* Whether anything can be written to it. */
bool mount_is_written(const struct mount *mount, const char *path, struct error *err);

/* Whether it had a folder of the camera when it was found. */
bool mount_has_folder(const struct mount *mount, const char *camera);

struct mount *mount_ref(struct mount *mount);
void mount_unref(struct mount *mount); /* NULL is allowed */

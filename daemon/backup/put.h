/*
 * Files and folders put in their place. Thread: any. Errors: ERR_DISK.
 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

#include "core/error.h"

/* Whose what is made shall be; root's kengctl makes it for kengd. */
struct owner {
    bool change;
    uid_t uid;
    gid_t gid;
};
/* Whose the folder is; if it is not there, the user "kengd"'s. */
struct owner owner_of(const char *folder);

char *path_absolute(const char *path); /* the caller frees */

/* With what leads to it, closed to others. */
bool make_folders(const char *folder, const struct owner *owner, struct error *err);
/* -1 with `err`. It must not be there. */
int create_file(const char *path, unsigned mode, const struct owner *owner, struct error *err);
/* Over what is there, which keeps its bytes under the name "<place>.before-<stamp>" (`before`
 * then); a file that is the same stays as it is. */
bool put_in_place(const char *aside, const char *place, const char *stamp, char **before,
                  struct error *err);
/* `stage` becomes `place` in one step; what was there becomes `before`. */
bool swap_folders(const char *stage, const char *place, const char *before,
                  struct error *err);
/* With the files and empty folders in it. */
void remove_folder(const char *folder);

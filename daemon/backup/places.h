/* Where things stand in a bundle, and paths. */
#pragma once

enum { BACKUP_FORMAT = 1 };

#define BACKUP_MANIFEST  "manifest.json"
#define BACKUP_CONFIG    "config/"  /* below the folder of the main file */
#define BACKUP_OUTSIDE   "outside/" /* what the configuration names elsewhere, by its path */
#define BACKUP_STATE     "state/"
#define BACKUP_CATALOGUE "keng.db"

/* The path without "." and ".." in it, an absolute one; the caller frees. */
char *path_plain(const char *path);
/* The folder that a file is in; the caller frees. */
char *path_folder(const char *file);
/* The rest of the path below the folder; NULL: it is not in it. */
const char *path_below(const char *path, const char *folder);

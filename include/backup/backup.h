/*
 * A backup of what is nowhere else: the catalogue, the configuration with the files that it
 * names, and kengd's keys. Not in it: recordings, pictures, packages of footage.
 * kengd gathers it as a bundle; kengctl puts the bundle into a vault, and a vault's bundle back.
 * Thread: any, one at a time. Errors: ERR_DISK, ERR_STORE, ERR_MEDIA, ERR_LOGIN, ERR_OWNED,
 * ERR_CONFIG (of a newer kengd).
 */
#pragma once
#include "config/settings.h"
#include "core/error.h"
#include "store/store.h"

/* kengd's half: writes the bundle into an open file, while everything goes on. `store` is a
 * connection of the calling thread. */
bool backup_gather(struct store *store, const struct settings *set, int fd,
                   struct error *err);

/* kengctl's half. */
struct restore_wish {
    int fd; /* the vault */
    const char *passphrase;
    const char *config;   /* NULL: where it was */
    const char *state;    /* NULL: where it was */
    bool only_look;       /* all of it is read and checked, nothing is put anywhere */
};

/* What was found and done; texts are owned: restored_clear(). */
struct restored {
    char *made, *version, *host;  /* of the backup */
    int schema;
    char *config, *state;         /* where they stand now, or would */
    char *before;                 /* where the old state was moved; NULL: there was none */
    char *elsewhere;              /* files that were not below the configuration's folder are
                                   * put here; NULL: there are none */
    char **replaced;              /* files of the old configuration, as they are called now */
    size_t replaced_count;
    size_t config_files, state_files;
    uint64_t catalogue_bytes;
    char *faults;                 /* of the configuration as it stands now; NULL: none */
};

bool restore_run(const struct restore_wish *wish, struct restored *out, struct error *err);
void restored_clear(struct restored *done);

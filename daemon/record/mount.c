#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "core/time_text.h"
#include "small_file.h"

#define IDENTITY "keng-volume"
#define KNOWN    "volumes"

/* The identity behind "id " at the begin of a line. */
static bool find_id(const char *text, char id[VOLUME_ID + 1])
{
    const char *line = strncmp(text, "id ", 3) == 0 ? text : strstr(text, "\nid ");

    if (!line)
        return false;
    line += *line == '\n' ? 4 : 3;
    if (strspn(line, "0123456789abcdef") != VOLUME_ID)
        return false;
    memcpy(id, line, VOLUME_ID);
    id[VOLUME_ID] = 0;
    return true;
}

/* ---- what is remembered: lines of "identity path" ------------------------------- */

static bool recall(const char *known, const char *path, char id[VOLUME_ID + 1])
{
    size_t length = strlen(path);

    *id = 0;
    for (const char *line = known; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strspn(line, "0123456789abcdef") != VOLUME_ID || line[VOLUME_ID] != ' ')
            continue;
        const char *at = line + VOLUME_ID + 1;
        if (strncmp(at, path, length) == 0 && (at[length] == '\n' || at[length] == 0)) {
            memcpy(id, line, VOLUME_ID);
            id[VOLUME_ID] = 0;
        }
    }
    return *id;
}

static bool remember(int state_fd, const char *known, const char *path, const char *id,
                     struct error *err)
{
    char *lines = xformat("%s%s %s\n", known, id, path);
    bool well = small_file_write(state_fd, KNOWN, lines, err);

    free(lines);
    return well;
}

/* ---- the identity --------------------------------------------------------------- */

static bool begin_volume(int root_fd, char id[VOLUME_ID + 1], struct error *err)
{
    uint8_t random[VOLUME_ID / 2];
    char made[TIME_TEXT_MAX];

    secret_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    char *content =
        xformat("A volume of recordings of kengd. By this file kengd knows that the\n"
                "right disk is mounted here: without it nothing is recorded.\n"
                "id %s\nmade %s\n",
                id, time_text(clock_wall_us(), made));
    bool well = small_file_write(root_fd, IDENTITY, content, err);
    free(content);
    return well;
}

/* Compares what is expected with what is found, and begins a volume where neither is. */
static bool check_identity(struct mount *mount, int state_fd, const char *path,
                           const char *state_dir, struct error *err)
{
    char expected[VOLUME_ID + 1];
    char *known = small_file_read(state_fd, KNOWN, err), *found_text = NULL;
    bool well = false;

    if (!known)
        return false;
    bool is_known = recall(known, path, expected);
    found_text = small_file_read(mount->root_fd, IDENTITY, err);
    if (!found_text)
        goto done;
    bool found = find_id(found_text, mount->id);
    if (*found_text && !found)
        error_set(err, ERR_DISK, _("%s/keng-volume cannot be understood"), path);
    else if (is_known && !found)
        error_set(err, ERR_DISK,
                  _("%s is not the volume %.8s that is recorded to, it has no "
                    "keng-volume: is the disk mounted?"),
                  path, expected);
    else if (is_known && strcmp(expected, mount->id) != 0)
        error_set(
            err, ERR_DISK,
            _("%s is the volume %.8s, expected is %.8s: mount the right disk, or, if "
              "it was replaced, delete %s/volumes"),
            path, mount->id, expected, state_dir);
    else
        well = (found || begin_volume(mount->root_fd, mount->id, err)) &&
               (is_known || remember(state_fd, known, path, mount->id, err));
done:
    free(found_text);
    free(known);
    return well;
}

static bool lock_identity(struct mount *mount, const char *path, struct error *err)
{
    mount->identity_fd =
        openat(mount->root_fd, IDENTITY, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (mount->identity_fd < 0)
        return error_set(err, ERR_DISK, _("cannot open %s/keng-volume: %s"), path,
                         error_of_system(errno));
    if (flock(mount->identity_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return error_set(err, ERR_OWNED, _("another kengd records to %s"), path);
    return error_set(err, ERR_DISK, _("cannot lock %s/keng-volume: %s"), path,
                     error_of_system(errno));
}

static bool is_known_path(int state_fd, const char *path)
{
    char id[VOLUME_ID + 1];
    char *known = small_file_read(state_fd, KNOWN, NULL);
    bool is = known && recall(known, path, id);

    free(known);
    return is;
}

static bool open_root(struct mount *mount, int state_fd, const char *path,
                      struct error *err)
{
    struct stat st;

    /* A directory that was recorded to and is gone is a disk that is not there. */
    if (stat(path, &st) < 0 && errno == ENOENT) {
        if (is_known_path(state_fd, path))
            return error_set(err, ERR_DISK,
                             _("%s is not there any more: is the disk mounted?"), path);
        mkdir(path, 0750);
    }
    mount->root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mount->root_fd < 0 || fstat(mount->root_fd, &st) < 0)
        return error_set(err, ERR_DISK, _("cannot open %s: %s"), path,
                         error_of_system(errno));
    mount->device = st.st_dev;
    mount->inode = st.st_ino;
    return true;
}

struct mount *mount_open(const char *path, const char *state_dir, struct error *err)
{
    struct mount *mount = xcalloc(1, sizeof *mount);
    int state_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool well = false;

    mount->refs = 1;
    mount->root_fd = mount->identity_fd = -1;
    if (state_fd < 0)
        error_set(err, ERR_DISK, _("cannot open %s: %s"), state_dir,
                  error_of_system(errno));
    else
        well = open_root(mount, state_fd, path, err) &&
               check_identity(mount, state_fd, path, state_dir, err) &&
               lock_identity(mount, path, err);
    if (state_fd >= 0)
        close(state_fd);
    if (!well) {
        mount_unref(mount);
        return NULL;
    }
    return mount;
}

bool mount_is_there(const struct mount *mount, const char *path, struct error *err)
{
    struct stat st, ours, theirs;

    if (stat(path, &st) < 0)
        return error_set(err, ERR_DISK, _("cannot reach %s: %s"), path,
                         error_of_system(errno));
    if (st.st_dev != mount->device || st.st_ino != mount->inode)
        return error_set(err, ERR_DISK, _("%s is another disk or directory now"), path);
    if (fstatat(mount->root_fd, IDENTITY, &theirs, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set(err, ERR_DISK, _("cannot find %s/keng-volume: %s"), path,
                         error_of_system(errno));
    if (fstat(mount->identity_fd, &ours) < 0 || ours.st_ino != theirs.st_ino)
        return error_set(err, ERR_DISK, _("%s/keng-volume was replaced"), path);
    return true;
}

struct mount *mount_ref(struct mount *mount)
{
    mount->refs++;
    return mount;
}

void mount_unref(struct mount *mount)
{
    if (!mount || --mount->refs > 0)
        return;
    if (mount->identity_fd >= 0)
        close(mount->identity_fd);
    if (mount->root_fd >= 0)
        close(mount->root_fd);
    free(mount);
}

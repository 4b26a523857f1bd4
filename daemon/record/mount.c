#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "core/time_text.h"
#include "small_file.h"

#define IDENTITY "keng-volume"
#define KNOWN    "volumes"

/* The number behind "<word> " at the begin of a line; 0: there is none. */
static long long find_number(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, word, length) == 0 && line[length] == ' ')
            return strtoll(line + length, NULL, 10);
    }
    return 0;
}

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

/* ---- what is remembered: lines of "identity:session path" ------------------------ */

/* The path of a line, or NULL. */
static const char *path_of_line(const char *line, char id[VOLUME_ID + 1],
                                long long *session)
{
    char *end = (char *)line + VOLUME_ID;

    if (strspn(line, "0123456789abcdef") != VOLUME_ID)
        return NULL;
    memcpy(id, line, VOLUME_ID);
    id[VOLUME_ID] = 0;
    *session = *end == ':' ? strtoll(end + 1, &end, 10) : 0;
    return *end == ' ' ? end + 1 : NULL;
}

static bool is_path(const char *at, const char *path)
{
    size_t length = strlen(path);

    return at && strncmp(at, path, length) == 0 && (at[length] == '\n' || at[length] == 0);
}

static bool recall(const char *known, const char *path, char id[VOLUME_ID + 1],
                   long long *session)
{
    char read[VOLUME_ID + 1];
    long long number;

    *id = 0;
    *session = 0;
    for (const char *line = known; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!is_path(path_of_line(line, read, &number), path))
            continue;
        strcpy(id, read);
        *session = number;
    }
    return *id;
}

/* One line a path: the others stay as they are. */
static bool remember(int state_fd, const char *path, const struct mount *mount,
                     struct error *err)
{
    struct bytes lines = { 0 };
    char id[VOLUME_ID + 1];
    long long session;
    /* Other volumes write their lines too; let go with the descriptor. */
    if (flock(state_fd, LOCK_EX) < 0)
        return error_set(err, ERR_DISK, _("cannot lock %s: %s"), "state",
                         error_of_system(errno));
    char *known = small_file_read(state_fd, KNOWN, err);

    if (!known)
        return false;
    for (const char *line = known; *line;) {
        size_t length = strcspn(line, "\n");
        if (length > 0 && !is_path(path_of_line(line, id, &session), path))
            bytes_format(&lines, "%.*s\n", (int)length, line);
        line += length;
        line += *line == '\n';
    }
    bytes_format(&lines, "%s:%lld %s\n", mount->id, mount->session, path);
    char *content = bytes_take(&lines);
    bool well = small_file_write(state_fd, KNOWN, content, err);
    free(content);
    free(known);
    return well;
}

/* ---- the identity --------------------------------------------------------------- */

static void make_id(char id[VOLUME_ID + 1])
{
    uint8_t random[VOLUME_ID / 2];

    secret_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(id + 2 * i, 3, "%02x", random[i]);
}

static bool write_identity(const struct mount *mount, struct error *err)
{
    char when[TIME_TEXT_MAX];
    char *content =
        xformat("A volume of recordings of kengd. By this file kengd knows that the\n"
                "right disk is mounted here: without it nothing is recorded.\n"
                "id %s\nsession %lld\npid %ld\nsince %s\n",
                mount->id, mount->session, (long)getpid(),
                time_text(clock_wall_us(), when));
    bool well = small_file_write(mount->root_fd, IDENTITY, content, err);

    free(content);
    return well;
}

static bool lock_identity(struct mount *mount, const char *path, struct error *err)
{
    int fd = openat(mount->root_fd, IDENTITY, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return error_set(err, ERR_DISK, _("cannot open %s/keng-volume: %s"), path,
                         error_of_system(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        if (mount->identity_fd >= 0)
            close(mount->identity_fd);
        mount->identity_fd = fd;
        return true;
    }
    int why = errno;
    char *owner = small_file_read(mount->root_fd, IDENTITY, NULL);
    long long pid = owner ? find_number(owner, "pid") : 0;
    free(owner);
    close(fd);
    if (why == EWOULDBLOCK && pid == getpid())
        return error_set(err, ERR_OWNED,
                         _("%s is the directory of another volume too: give each one its own"),
                         path);
    if (why == EWOULDBLOCK && pid > 0)
        return error_set(err, ERR_OWNED, _("another kengd, process %lld, records to %s"), pid,
                         path);
    if (why == EWOULDBLOCK)
        return error_set(err, ERR_OWNED, _("another kengd records to %s"), path);
    return error_set(err, ERR_DISK, _("cannot lock %s/keng-volume: %s"), path,
                     error_of_system(why));
}

/* What is expected here, and what is found. */
static bool is_expected(struct mount *mount, const char *found_text, bool found,
                        int state_fd, const char *path, const char *state_dir,
                        struct error *err)
{
    char expected[VOLUME_ID + 1];
    long long session;
    char *known = small_file_read(state_fd, KNOWN, err);

    if (!known)
        return false;
    bool is_known = recall(known, path, expected, &session);
    free(known);
    if (*found_text && !found)
        return error_set(err, ERR_DISK, _("%s/keng-volume cannot be understood"), path);
    if (is_known && !found)
        return error_set(err, ERR_DISK,
                         _("%s is not the volume %.8s that is recorded to, it has no "
                           "keng-volume: is the disk mounted?"),
                         path, expected);
    if (is_known && strcmp(expected, mount->id) != 0)
        return error_set(
            err, ERR_DISK,
            _("%s is the volume %.8s, expected is %.8s: mount the right disk, or, if "
              "it was replaced, delete %s/volumes"),
            path, mount->id, expected, state_dir);
    if (is_known && mount->session < session)
        return error_set(
            err, ERR_DISK,
            _("%s is an older copy of the volume %.8s (its session is %lld, expected is "
              "%lld): mount the right disk, or, if the copy is meant, delete %s/volumes"),
            path, mount->id, mount->session, session, state_dir);
    return true;
}

/* Compares what is expected with what is found, begins a volume where neither is, and
 * begins a session: its number goes to the disk first, so that a disk is never behind. */
static bool begin_session(struct mount *mount, int state_fd, const char *path,
                          const char *state_dir, struct error *err)
{
    char *found_text = small_file_read(mount->root_fd, IDENTITY, err);

    if (!found_text)
        return false;
    bool found = find_id(found_text, mount->id);
    mount->session = find_number(found_text, "session");
    bool well =
        is_expected(mount, found_text, found, state_fd, path, state_dir, err) &&
        (!found || lock_identity(mount, path, err));
    free(found_text);
    if (!well)
        return false;
    if (!found)
        make_id(mount->id);
    mount->session++;
    return write_identity(mount, err) && lock_identity(mount, path, err) &&
           remember(state_fd, path, mount, err);
}

static bool is_known_path(int state_fd, const char *path)
{
    char id[VOLUME_ID + 1];
    long long session;
    char *known = small_file_read(state_fd, KNOWN, NULL);
    bool is = known && recall(known, path, id, &session);

    free(known);
    return is;
}

static bool open_root(struct mount *mount, int state_fd, const char *path,
                      struct error *err)
{
    struct stat st;
    struct statvfs room;

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
    if (fstatvfs(mount->root_fd, &room) == 0) {
        mount->free_bytes = (int64_t)room.f_bavail * (int64_t)room.f_frsize;
        mount->size_bytes = (int64_t)room.f_blocks * (int64_t)room.f_frsize;
    }
    names_read(mount->root_fd, "", name_is_camera, &mount->cameras);
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
               begin_session(mount, state_fd, path, state_dir, err);
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

bool mount_is_written(const struct mount *mount, const char *path, struct error *err)
{
    /* A file system that the kernel made read-only behind an error says so nowhere else. */
    return futimens(mount->identity_fd, NULL) == 0 ||
           error_set(err, ERR_DISK, _("%s cannot be written: %s"), path,
                     error_of_system(errno));
}

bool mount_has_folder(const struct mount *mount, const char *camera)
{
    for (size_t i = 0; i < mount->cameras.count; i++)
        if (strcmp(mount->cameras.list[i], camera) == 0)
            return true;
    return false;
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
    names_free(&mount->cameras);
    free(mount);
}

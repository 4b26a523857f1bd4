#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "directory.h"

/* Room behind the directory for the longest name of a file in it. */
enum { NAME_ROOM = 300 };

static bool make_parents(char *path)
{
    for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = 0;
        bool made = mkdir(path, 0755) == 0 || errno == EEXIST;
        *p = '/';
        if (!made)
            return false;
    }
    return true;
}

bool directory_make(const char *dir, struct error *err)
{
    char path[PATH_MAX];
    struct stat now;

    if ((size_t)snprintf(path, sizeof path, "%s", dir) >= sizeof path - NAME_ROOM)
        return error_set(err, ERR_DISK, _("the name is too long: %s"), dir);
    int fd = -1;
    if (make_parents(path) && (mkdir(path, 0700) == 0 || errno == EEXIST))
        fd = open(path, O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERR_DISK, _("cannot make the directory %s: %s"), dir,
                         error_of_system(errno));
    /* A directory of ours that others may look into is closed; one that is shared on
     * purpose (/tmp) or is not ours is left as it is: the files are closed themselves. */
    if (fstat(fd, &now) == 0 && now.st_uid == geteuid() && !(now.st_mode & S_ISVTX) &&
        (now.st_mode & 077))
        fchmod(fd, 0700);
    close(fd);
    return true;
}

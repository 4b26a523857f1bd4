#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "folder.h"

void folder_open(struct folder *folder)
{
    snprintf(folder->path, sizeof folder->path, "/tmp/kengd-config-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

char *folder_path(const struct folder *folder, const char *name)
{
    return xformat("%s/%s", folder->path, name);
}

void folder_write(const struct folder *folder, const char *name, const char *content, mode_t mode)
{
    char *path = folder_path(folder, name);

    for (char *slash = strchr(path + strlen(folder->path) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    free(path);
}

static int take_away(const char *path, const struct stat *facts, int kind, struct FTW *at)
{
    return remove(path);
}

void folder_close(struct folder *folder)
{
    nftw(folder->path, take_away, 8, FTW_DEPTH | FTW_PHYS);
}

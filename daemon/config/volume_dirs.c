#include "config/volume_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool volume_dirs_open(struct volume_dirs *dirs, const struct settings *set,
                      struct error *err)
{
    bool any = false;

    dirs->count = settings_volume_count(set);
    for (size_t i = 0; i < dirs->count; i++) {
        struct volume_settings volume = settings_volume(set, i);
        memcpy(dirs->list[i].id, volume.id, sizeof volume.id);
        dirs->list[i].fd = open(volume.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dirs->list[i].fd < 0 && i == 0)
            error_set(err, ERR_DISK, _("cannot open %s: %s"), volume.path,
                      error_of_system(errno));
        any |= dirs->list[i].fd >= 0;
    }
    if (any && err)
        *err = (struct error){ 0 };
    return any;
}

void volume_dirs_close(struct volume_dirs *dirs)
{
    for (size_t i = 0; i < dirs->count; i++)
        if (dirs->list[i].fd >= 0)
            close(dirs->list[i].fd);
    dirs->count = 0;
}

int volume_dirs_find(const struct volume_dirs *dirs, const char *id)
{
    for (size_t i = 0; i < dirs->count; i++)
        if (strcmp(dirs->list[i].id, id ? id : "") == 0)
            return dirs->list[i].fd;
    return -1;
}

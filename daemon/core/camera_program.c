#include "core/camera_program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"

char *camera_program(void)
{
    static const char *const beside[] = { "keng-camera", "eye/keng-camera",
                                          "../eye/keng-camera" };
    const char *named = getenv("KENGD_CAMERA_PROGRAM");
    char self[4096];

    if (named)
        return xstrdup(named);
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = size > 0 ? (self[size] = 0, strrchr(self, '/')) : NULL;
    for (size_t i = 0; slash && i < COUNT_OF(beside); i++) {
        char *path = xformat("%.*s/%s", (int)(slash - self), self, beside[i]);
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return xstrdup(KENGD_CAMERA_PROGRAM);
}

#include <string.h>

#include "core/memory.h"
#include "places.h"

char *path_folder(const char *file)
{
    const char *slash = strrchr(file, '/');

    if (!slash)
        return xstrdup(".");
    return slash == file ? xstrdup("/") : xstrndup(file, (size_t)(slash - file));
}

const char *path_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    if (length > 0 && folder[length - 1] == '/')
        length--;
    if (strncmp(path, folder, length) != 0 || path[length] != '/')
        return NULL;
    return path + length + 1;
}

char *path_plain(const char *path)
{
    char *plain = xmalloc(strlen(path) + 2);
    size_t length = 0;

    for (const char *at = path; *at;) {
        size_t size = strcspn(at, "/");
        if (size == 2 && memcmp(at, "..", 2) == 0) {
            while (length > 0 && plain[--length] != '/')
                ;
        } else if (size > 0 && !(size == 1 && *at == '.')) {
            plain[length++] = '/';
            memcpy(plain + length, at, size);
            length += size;
        }
        at += size;
        at += *at == '/';
    }
    if (length == 0)
        plain[length++] = '/';
    plain[length] = 0;
    return plain;
}

#include "names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/memory.h"

static const int64_t YEAR_10000_S = INT64_C(253402300800);

static bool in_utc(const char *camera, int64_t us, struct tm *tm)
{
    time_t seconds = (time_t)(us / 1000000);

    return us >= 0 && seconds < YEAR_10000_S && strlen(camera) < ID_MAX &&
           gmtime_r(&seconds, tm) != NULL;
}

bool name_day(char to[PATH_ROOM], const char *camera, int64_t start_us)
{
    struct tm tm;

    if (!in_utc(camera, start_us, &tm))
        return false;
    snprintf(to, PATH_ROOM, "%s/%04d-%02d-%02d", camera, tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday);
    return true;
}

bool name_path(char to[PATH_ROOM], const char *camera, int64_t start_us)
{
    struct tm tm;

    if (!in_utc(camera, start_us, &tm))
        return false;
    snprintf(to, PATH_ROOM, "%s/%04d-%02d-%02d/T%02d-%02d-%02d.%03dZ.mp4", camera,
             tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
             tm.tm_sec, (int)(start_us / 1000 % 1000));
    return true;
}

/* `shape` has 0 for every digit, other characters stand for themselves. */
static bool has_shape(const char *name, const char *shape)
{
    for (; *shape; name++, shape++)
        if (*shape == '0' ? *name < '0' || *name > '9' : *name != *shape)
            return false;
    return *name == 0;
}

bool name_is_camera(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return name[length] == 0 && length > 0 && length < ID_MAX && name[0] >= 'a';
}

bool name_is_day(const char *name, int64_t *day_us)
{
    struct tm tm = { 0 };

    if (!has_shape(name, "0000-00-00") ||
        sscanf(name, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t seconds = timegm(&tm);
    if (seconds < 0)
        return false;
    *day_us = SECONDS_US(seconds);
    return true;
}

bool name_is_any_day(const char *name)
{
    int64_t unused;

    return name_is_day(name, &unused);
}

bool name_is_file(const char *name)
{
    return has_shape(name, "T00-00-00.000Z.mp4");
}

bool name_time(const char *path, int64_t *start_us)
{
    char day[DAY_NAME + 1];
    int hour, minute, second, milli;
    const char *at = strchr(path, '/');

    if (!at || strlen(at + 1) != DAY_NAME + 1 + FILE_NAME || !name_is_file(at + 2 + DAY_NAME))
        return false;
    memcpy(day, at + 1, DAY_NAME);
    day[DAY_NAME] = 0;
    if (!name_is_day(day, start_us) || sscanf(at + 2 + DAY_NAME, "T%2d-%2d-%2d.%3dZ", &hour,
                                              &minute, &second, &milli) != 4)
        return false;
    *start_us += SECONDS_US((hour * 60 + minute) * 60 + second) + MILLIS_US(milli);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool names_read(int root_fd, const char *path, name_test *is_one, struct names *out)
{
    size_t room = 0;
    struct dirent *entry;
    int fd = openat(root_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    *out = (struct names){ 0 };
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return false;
    }
    errno = 0;
    while ((entry = readdir(dir))) {
        if (!is_one(entry->d_name))
            continue;
        if (out->count == room) {
            room = room ? room * 2 : 64;
            out->list = xrealloc(out->list, room * sizeof *out->list);
        }
        out->list[out->count++] = xstrdup(entry->d_name);
    }
    bool read = errno == 0;
    closedir(dir);
    if (out->count > 0)
        qsort(out->list, out->count, sizeof *out->list, by_name);
    return read;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i]);
    free(names->list);
    *names = (struct names){ 0 };
}

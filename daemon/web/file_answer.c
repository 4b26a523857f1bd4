#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "beneath.h"
#include "core/memory.h"
#include "file_answer.h"
#include "range.h"
#include "reel.h"

/* A shorter stretch is answered in one piece and keeps the connection. */
enum { AT_ONCE = 512 << 10 };

struct file_query {
    char *root, *path;
    const char *type;
    char camera[ID_MAX];
    bool final;
    char *range; /* the header; NULL: none */
    int fd;      /* -1: not open */
    uint64_t size, first, last;
    enum range_kind kind;
    uint8_t *bytes; /* of a short stretch */
};

struct file_reel {
    int fd;
    uint64_t at, end;
};

static void drop_query(void *job)
{
    struct file_query *query = job;

    if (query->fd >= 0)
        close(query->fd);
    free(query->root);
    free(query->path);
    free(query->range);
    free(query->bytes);
}

static bool read_at(int fd, uint8_t *to, uint64_t at, size_t size)
{
    size_t got = 0;

    while (got < size) {
        ssize_t n = pread(fd, to + got, size - got, (off_t)(at + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

/* ---- a long stretch -------------------------------------------------------------------
 */

static bool read_file(void *arg, struct bytes *to, struct error *err)
{
    struct file_reel *reel = arg;
    uint64_t left = reel->end - reel->at;
    size_t size = left < REEL_BYTES ? (size_t)left : REEL_BYTES;

    if (size == 0)
        return true;
    if (!read_at(reel->fd, bytes_reserve(to, size), reel->at, size))
        return error_set(err, ERR_DISK, _("the file has become shorter"));
    to->size += size;
    reel->at += size;
    return true;
}

static void close_file(void *arg)
{
    struct file_reel *reel = arg;

    close(reel->fd);
    free(reel);
}

static const struct reel_source file_source = { read_file, close_file };

/* ---- the answer -----------------------------------------------------------------------
 */

/* The worker's. */
static void open_file(void *job)
{
    struct file_query *query = job;
    struct stat st;

    query->fd = open_beneath(query->root, query->path);
    if (query->fd < 0 || fstat(query->fd, &st) != 0)
        return;
    query->size = (uint64_t)st.st_size;
    query->kind = range_read(query->range, query->size, &query->first, &query->last);
    uint64_t length = query->size > 0 ? query->last - query->first + 1 : 0;
    if (query->kind == RANGE_OUTSIDE || length > AT_ONCE)
        return;
    query->bytes = xmalloc((size_t)length + 1);
    if (!read_at(query->fd, query->bytes, query->first, (size_t)length)) {
        free(query->bytes);
        query->bytes = NULL;
    }
}

static void free_bytes(const void *at, size_t size, void *arg)
{
    free(arg);
}

void answer_stretch_headers(struct ask *ask, enum range_kind kind, uint64_t first,
                            uint64_t last, uint64_t size)
{
    char range[80];

    ask_header(ask, "Accept-Ranges", "bytes");
    if (kind == RANGE_OUTSIDE)
        snprintf(range, sizeof range, "bytes */%llu", (unsigned long long)size);
    else
        snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)first,
                 (unsigned long long)last, (unsigned long long)size);
    if (kind != RANGE_NONE)
        ask_header(ask, "Content-Range", range);
}

static void send_file(struct ask *ask)
{
    struct file_query *query = ask->job;

    if (query->fd < 0) {
        answer_not_found(ask);
        return;
    }
    answer_stretch_headers(ask, query->kind, query->first, query->last, query->size);
    if (query->kind == RANGE_OUTSIDE) {
        answer_error(ask, 416, "range", NULL, _("the file is not that long"));
        return;
    }
    int status = query->kind == RANGE_PART ? 206 : 200;
    uint64_t length = query->size > 0 ? query->last - query->first + 1 : 0;
    if (query->final)
        ask_header(ask, "Cache-Control", "private, max-age=86400");
    if (query->bytes) {
        struct evbuffer *body = evbuffer_new();
        evbuffer_add_reference(body, query->bytes, (size_t)length, free_bytes,
                               query->bytes);
        query->bytes = NULL;
        answer_bytes(ask, status, query->type, body);
        evbuffer_free(body);
        return;
    }
    struct file_reel *reel = xmalloc(sizeof *reel);
    *reel = (struct file_reel){ query->fd, query->first, query->first + length };
    query->fd = -1;
    char camera[ID_MAX];
    snprintf(camera, sizeof camera, "%s", query->camera);
    reel_start(ask, status, query->type, (int64_t)length, camera, &file_source, reel);
}

void answer_file(struct ask *ask, const struct file_answer *what)
{
    const char *range = ask_sent(ask, "Range");
    struct file_query *query = xcalloc(1, sizeof *query);

    *query = (struct file_query){ .root = xstrdup(what->root),
                                  .path = xstrdup(what->path),
                                  .type = what->type,
                                  .final = what->final,
                                  .range = range ? xstrdup(range) : NULL,
                                  .fd = -1 };
    snprintf(query->camera, sizeof query->camera, "%s", what->camera);
    if (ask->job) {
        if (ask->drop_job)
            ask->drop_job(ask->job);
        free(ask->job);
    }
    ask->job = query;
    ask->drop_job = drop_query;
    ask_files(ask, open_file, send_file);
}

void answer_open_file(struct ask *ask, int fd, const char *type)
{
    struct file_reel *reel = xmalloc(sizeof *reel);
    struct stat facts = { 0 };

    fstat(fd, &facts);
    *reel = (struct file_reel){ fd, 0, (uint64_t)facts.st_size };
    reel_start(ask, 200, type, facts.st_size, "", &file_source, reel);
}

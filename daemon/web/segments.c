/* The bytes of a segment file, for playlists. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "beneath.h"
#include "core/memory.h"
#include "range.h"
#include "reel.h"
#include "rights.h"
#include "store/segment_rows.h"

/* A shorter stretch is answered in one piece and keeps the connection. */
enum { AT_ONCE = 512 << 10 };

struct segment_query {
    int64_t id;
    struct segment_row row;
    char *recordings;
    char *range; /* the header; NULL: none */
    int fd;      /* -1: not open */
    uint64_t size, first, last;
    enum range_kind kind;
    uint8_t *bytes; /* of a short stretch */
    bool failed;
    struct error err;
};

struct file_reel {
    int fd;
    uint64_t at, end;
};

static void drop_query(void *job)
{
    struct segment_query *query = job;

    if (query->fd >= 0)
        close(query->fd);
    segment_row_clear(&query->row);
    free(query->recordings);
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

/* ---- the request ----------------------------------------------------------------------
 */

static void read_row(struct store *store, void *job)
{
    struct segment_query *query = job;

    query->failed = !segment_get(store, query->id, &query->row, &query->err);
}

/* The worker's. */
static void open_file(void *job)
{
    struct segment_query *query = job;
    struct stat st;

    query->fd = open_beneath(query->recordings, query->row.path);
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

static void send_file(struct ask *ask)
{
    struct segment_query *query = ask->job;
    char range[80];

    if (query->fd < 0) {
        answer_not_found(ask);
        return;
    }
    ask_header(ask, "Accept-Ranges", "bytes");
    if (query->kind == RANGE_OUTSIDE) {
        snprintf(range, sizeof range, "bytes */%llu", (unsigned long long)query->size);
        ask_header(ask, "Content-Range", range);
        answer_error(ask, 416, "range", NULL, _("the file is not that long"));
        return;
    }
    int status = query->kind == RANGE_PART ? 206 : 200;
    uint64_t length = query->size > 0 ? query->last - query->first + 1 : 0;
    if (status == 206) {
        snprintf(range, sizeof range, "bytes %llu-%llu/%llu",
                 (unsigned long long)query->first, (unsigned long long)query->last,
                 (unsigned long long)query->size);
        ask_header(ask, "Content-Range", range);
    }
    if (!query->row.open)
        ask_header(ask, "Cache-Control", "private, max-age=86400");
    if (query->bytes) {
        struct evbuffer *body = evbuffer_new();
        evbuffer_add_reference(body, query->bytes, (size_t)length, free_bytes,
                               query->bytes);
        query->bytes = NULL;
        answer_bytes(ask, status, "video/mp4", body);
        evbuffer_free(body);
        return;
    }
    struct file_reel *reel = xmalloc(sizeof *reel);
    *reel = (struct file_reel){ query->fd, query->first, query->first + length };
    query->fd = -1;
    char camera[ID_MAX];
    snprintf(camera, sizeof camera, "%s", query->row.camera);
    reel_start(ask, status, "video/mp4", (int64_t)length, camera, &file_source, reel);
}

static void on_row(struct ask *ask)
{
    struct segment_query *query = ask->job;
    const struct camera_settings *camera =
        query->row.camera ? settings_find_camera(ask->settings, query->row.camera) : NULL;

    if (query->failed)
        answer_failure(ask, &query->err);
    /* Footage of a camera that is configured no more is for who sees everything. */
    else if (query->row.id == 0 || query->row.lost ||
             !(camera ? who_may_see_camera(ask->who, camera) : ask->who->everywhere))
        answer_not_found(ask);
    else
        ask_files(ask, open_file, send_file);
}

void segment_bytes(struct ask *ask)
{
    struct segment_query *query = ask_job(ask, sizeof *query, drop_query);
    const char *range = ask_sent(ask, "Range");
    size_t digits = strspn(ask->arg, "0123456789");

    query->fd = -1;
    if (ask->arg[digits] || digits > 18) {
        answer_not_found(ask);
        return;
    }
    query->id = strtoll(ask->arg, NULL, 10);
    query->range = range ? xstrdup(range) : NULL;
    query->recordings = xstrdup(ask->settings->storage.recordings);
    ask_desk(ask, ask->web->reads, read_row, on_row);
}

/* The pages: from the program, or from a folder while they are being edited. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "beneath.h"
#include "core/memory.h"
#include "pages.h"

enum { PAGE_MAX = 16 << 20 };

static const struct page_file *find(const char *name)
{
    for (const struct page_file *file = page_files; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static const char *type_of(const char *name)
{
    static const char *const types[][2] = {
        { ".html", "text/html; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".mjs", "text/javascript; charset=utf-8" },
        { ".json", "application/json" },
        { ".webmanifest", "application/manifest+json" },
        { ".svg", "image/svg+xml" },
        { ".png", "image/png" },
        { ".jpg", "image/jpeg" },
        { ".ico", "image/x-icon" },
        { ".woff2", "font/woff2" },
        { ".mp3", "audio/mpeg" },
        { ".ogg", "audio/ogg" },
        { ".wav", "audio/wav" },
        { ".m4a", "audio/mp4" },
        { ".txt", "text/plain; charset=utf-8" },
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < COUNT_OF(types); i++)
        if (strcmp(types[i][0], dot) == 0)
            return types[i][1];
    return NULL;
}

/* ---- from disk ------------------------------------------------------------------------
 */

struct page_job {
    char *folder;
    char name[ROUTE_ARG_MAX];
    uint8_t *bytes; /* NULL: there is no such page */
    size_t size;
};

static void drop_page(void *job)
{
    struct page_job *page = job;

    free(page->folder);
    free(page->bytes);
}

static void read_page(void *job)
{
    struct page_job *page = job;
    int fd = open_beneath(page->folder, page->name);
    struct stat st;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_size <= PAGE_MAX) {
        page->bytes = xmalloc((size_t)st.st_size + 1);
        ssize_t got = pread(fd, page->bytes, (size_t)st.st_size, 0);
        page->size = got > 0 ? (size_t)got : 0;
    }
    close(fd);
}

static void free_bytes(const void *at, size_t size, void *arg)
{
    free(arg);
}

static void on_page(struct ask *ask)
{
    struct page_job *page = ask->job;
    const char *type = type_of(page->name);

    if (!page->bytes || !type) {
        answer_not_found(ask);
        return;
    }
    struct evbuffer *body = evbuffer_new();
    evbuffer_add_reference(body, page->bytes, page->size, free_bytes, page->bytes);
    page->bytes = NULL;
    answer_bytes(ask, 200, type, body);
    evbuffer_free(body);
}

/* ---- the answer -----------------------------------------------------------------------
 */

static void give(struct ask *ask, const char *name)
{
    if (ask->web->ui_dir) {
        struct page_job *job = ask_job(ask, sizeof *job, drop_page);
        job->folder = xstrdup(ask->web->ui_dir);
        snprintf(job->name, sizeof job->name, "%s", name);
        ask_files(ask, read_page, on_page);
        return;
    }
    const struct page_file *file = find(name);
    if (!file) {
        answer_not_found(ask);
        return;
    }
    const char *known = ask_sent(ask, "If-None-Match");
    /* A new kengd brings new pages: they are asked for each time, and seldom sent. */
    ask_header(ask, "Cache-Control", "no-cache");
    ask_header(ask, "ETag", file->etag);
    struct evbuffer *body = evbuffer_new();
    if (known && strstr(known, file->etag)) {
        answer_bytes(ask, 304, file->type, body);
    } else {
        evbuffer_add_reference(body, file->bytes, file->size, NULL, NULL);
        answer_bytes(ask, 200, file->type, body);
    }
    evbuffer_free(body);
}

void page_root(struct ask *ask)
{
    give(ask, "index.html");
}

void page_screen(struct ask *ask)
{
    give(ask, "screen.html");
}

void page_phone(struct ask *ask)
{
    give(ask, "phone.html");
}

void page_console(struct ask *ask)
{
    give(ask, "console.html");
}

void page_enter(struct ask *ask)
{
    give(ask, "enter.html");
}

void page_pair(struct ask *ask)
{
    give(ask, "pair.html");
}

void page_shared(struct ask *ask)
{
    give(ask, "shared.html");
}

/* At the root, because a worker's reach is the folder that it lies in. */
void page_worker(struct ask *ask)
{
    give(ask, "sw.js");
}

void page_file(struct ask *ask)
{
    give(ask, ask->arg);
}

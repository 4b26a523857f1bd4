#include "view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct view opened(int fd, const char *token, const char *cameras)
{
    struct view view = { .fd = fd };

    send_text(fd,
              "GET /api/live?cameras=%s HTTP/1.1\r\nHost: h\r\n"
              "Authorization: Bearer %s\r\n\r\n",
              cameras, token);
    struct answer answer = read_head(fd);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&answer, "Transfer-Encoding"), "chunked");
    answer_clear(&answer);
    return view;
}

struct view view_open(struct house *house, const char *token, const char *cameras)
{
    return opened(house_dial(house), token, cameras);
}

struct view view_open_small(struct house *house, const char *token, const char *cameras)
{
    int fd = house_dial(house), small = 64 << 10;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    return opened(fd, token, cameras);
}

void view_close(struct view *view)
{
    close(view->fd);
    bytes_free(&view->bytes);
    bytes_free(&view->body);
}

static bool read_exactly(int fd, void *to, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = recv(fd, (char *)to + got, size - got, 0);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static bool read_chunk(struct view *view)
{
    char line[32];
    size_t n = 0;

    do {
        if (n + 1 >= sizeof line || !read_exactly(view->fd, line + n, 1))
            return false;
        n++;
    } while (n < 2 || line[n - 2] != '\r' || line[n - 1] != '\n');
    line[n] = 0;
    size_t size = strtoul(line, NULL, 16);
    if (!read_exactly(view->fd, bytes_reserve(&view->bytes, size + 2), size + 2))
        return false;
    assert_memory_equal(view->bytes.at + view->bytes.size + size, "\r\n", 2);
    view->bytes.size += size;
    view->ended = size == 0;
    return !view->ended;
}

static bool fill(struct view *view, size_t size)
{
    while (view->bytes.size < size)
        if (!read_chunk(view))
            return false;
    return true;
}

bool view_next(struct view *view)
{
    do {
        if (!fill(view, WIRE_HEADER))
            return false;
        wire_read_header(view->bytes.at, &view->header);
        if (!fill(view, WIRE_HEADER + view->header.size))
            return false;
        view->body.size = 0;
        bytes_add(&view->body, view->bytes.at + WIRE_HEADER, view->header.size);
        bytes_reserve(&view->body, 1)[0] = 0;
        bytes_drop(&view->bytes, WIRE_HEADER + view->header.size);
    } while (view->header.kind == WIRE_PING);
    return true;
}

void view_expect(struct view *view, enum wire_kind kind, unsigned channel)
{
    assert_true(view_next(view));
    assert_int_equal(view->header.kind, kind);
    assert_int_equal(view->header.channel, channel);
}

bool view_find_note(struct view *view, const char *type)
{
    char *wanted = xformat("\"type\":\"%s\"", type);
    bool found = false;

    while (!found && view_next(view))
        found = view->header.kind == WIRE_NOTE && strstr((char *)view->body.at, wanted);
    free(wanted);
    return found;
}

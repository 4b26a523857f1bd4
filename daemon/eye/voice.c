#include <fcntl.h>
#include <unistd.h>

#include "core/clock.h"
#include "voice.h"

/* A line a second, and so many at once: a report of a sanitizer is long. */
#define LINE_US SECONDS_US(1)
#ifdef KENGD_SANITIZED
#define BURST_US (2000 * LINE_US)
#else
#define BURST_US (60 * LINE_US)
#endif

int voice_open(struct voice *v, int64_t now_us)
{
    int ends[2];

    *v = (struct voice){ .fd = -1, .saved_us = BURST_US, .at_us = now_us };
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    v->fd = ends[0];
    return ends[1];
}

bool voice_may_speak(struct voice *v, int64_t now_us)
{
    v->saved_us += now_us - v->at_us;
    if (v->saved_us > BURST_US)
        v->saved_us = BURST_US;
    v->at_us = now_us;
    return v->fd >= 0 && v->saved_us >= LINE_US;
}

/* The journal takes "<0>" to "<2>" as a matter for every terminal (sd-daemon(3)). */
static void tone_down(struct voice *v)
{
    if (v->used >= 3 && v->line[0] == '<' && v->line[1] < '3' && v->line[2] == '>')
        v->line[1] = '3';
}

static void end_line(struct voice *v, int to)
{
    if (v->used > 0 && v->saved_us >= LINE_US) {
        v->saved_us -= LINE_US;
        tone_down(v);
        v->line[v->used++] = '\n';
        ssize_t written = write(to, v->line, v->used);
        (void)written;
    }
    v->used = 0;
}

static void add(struct voice *v, const char *from, size_t size, int to)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)from[i];
        if (c == '\n')
            end_line(v, to);
        else if (v->used + 1 < VOICE_LINE)
            v->line[v->used++] = (char)(c < ' ' || c == 127 ? ' ' : c);
    }
}

void voice_close(struct voice *v, int to)
{
    char some[4096];
    ssize_t n;

    if (v->fd < 0)
        return;
    while (v->saved_us >= LINE_US && (n = read(v->fd, some, sizeof some)) > 0)
        add(v, some, (size_t)n, to);
    end_line(v, to);
    close(v->fd);
    v->fd = -1;
}

void voice_pass_on(struct voice *v, int to)
{
    char some[4096];
    ssize_t n = read(v->fd, some, sizeof some);

    if (n > 0)
        add(v, some, (size_t)n, to);
    else if (n == 0) /* it has closed its end, which would wake us again and again */
        voice_close(v, to);
}

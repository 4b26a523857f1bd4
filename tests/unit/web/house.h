/*
 * A whole web on 127.0.0.1 with two hamlets, hand-fed streams and a catalogue of its own,
 * for one test; and a client that speaks HTTP over a socket, byte by byte when it must.
 * The loop runs on a thread; what belongs to it is reached with house_call().
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/bytes.h"
#include "core/loop.h"
#include "inside.h"
#include "media/stream.h"
#include "store/desk.h"
#include "web/web.h"

enum { GATE, LANE, CAMERAS }; /* "gate" in thon-dong, "lane" in thon-tay */

struct house {
    char dir[64];
    bool with_tls, behind_proxy;
    struct loop *loop;
    pthread_t thread;
    const struct settings *settings;
    struct desk *records, *duties, *reads;
    struct web *web;
    int port;
    struct stream *main[CAMERAS], *sub[CAMERAS], *debug; /* debug: the gate's */
    /* What came through the doors, of the last call. */
    char door[32], object[64], who[64], note[64];
    int door_status; /* given back by the next answer; 0: 200 */
};

int house_setup(void **state);
int house_setup_tls(void **state);
int house_setup_proxy(void **state); /* all of this machine is one */
int house_teardown(void **state);

/* Writes a new pair; `serial` is seen in the certificate. */
void house_certify(struct house *house, int serial);

/* Stops the loop's thread, so that the test is on the loop; and starts it again. */
void house_pause(struct house *house);
void house_resume(struct house *house);

/* Runs `fn(arg)` on the loop and waits for it. */
void house_call(struct house *house, call_fn *fn, void *arg);

/* Waits until `true_now(house)`, looked at on the loop, is true; fails after 20 s. */
void house_until(struct house *house, bool (*true_now)(struct house *house));
/* Moves both clocks on, on top of the machine's. */
void house_jump(int64_t us);

/* A token made by kengctl's socket; `body` as in docs/http.md. The caller frees. */
char *house_token(struct house *house, const char *body, char **id /* may be NULL */);

/* Publishes a fragment on the loop: `second` counts from the stream's begin. */
void house_feed(struct house *house, int camera, bool sub, const struct init *init,
                int64_t start_us, bool key, uint32_t size);
/* One of `size` bytes at `at_us`, on the camera's sub-stream. */
void house_show_debug(struct house *house, int64_t at_us, size_t size);
void house_show(struct house *house, int camera, int64_t at_us, size_t size);

struct answer {
    int status; /* 0: no whole answer came */
    char *head; /* status line and headers */
    struct bytes body;
};
void answer_clear(struct answer *answer);
/* NULL: the answer has no such header. Valid until the next call. */
const char *answer_header(const struct answer *answer, const char *name);

int house_dial(struct house *house);
int house_dial_control(struct house *house);
/* Sends all; false when the peer is gone. */
bool send_all(int fd, const void *bytes, size_t size);
void send_text(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Reads head and body (by Content-Length, chunks, or to the end). */
struct answer read_answer(int fd);
/* Only the head: what comes behind it is a stream. */
struct answer read_head(int fd);

/* One request on a connection of its own. `token` may be NULL; `more` are further
 * headers, each with its line end; `body` NULL: none. */
struct answer house_ask(struct house *house, const char *method, const char *target,
                        const char *token, const char *more, const char *body);
/* The same from an address of this machine's own. */
struct answer house_ask_from(struct house *house, const char *address, const char *method,
                             const char *target, const char *more, const char *body);
struct answer house_ask_control(struct house *house, const char *method,
                                const char *target, const char *body);

/*
 * The connections that are open: how many in all and from one address, and how long each
 * may take. A guest is known by its socket (descriptor and inode), never by evhttp's
 * memory, so that it does not matter when evhttp lets go of it. One that is over a
 * limit has its socket shut down; evhttp sees the end and tidies up by itself.
 * Thread: loop only. Times: monotonic microseconds.
 */
#pragma once
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stddef.h>

struct guests;
struct loop;
struct settings;
struct web_counts;

struct guest_limits {
    size_t all, per_address;
    int64_t idle_us;   /* until a request has come in whole, also between two */
    int64_t answer_us; /* until it is answered and sent; streams are exempt */
};

struct guests *guests_new(struct loop *loop, const struct guest_limits *limits,
                          struct web_counts *counts);
void guests_free(struct guests *guests);

/* Whose connections are of many (web.proxies) and not counted by address. Settings are counted. */
void guests_use(struct guests *guests, const struct settings *set);

/* A connection that evhttp is about to take; its descriptor is looked up a moment later.
 */
void guests_expect(struct guests *guests, struct bufferevent *bev);

/* The request has come in whole, is being answered, is a stream from now on. */
void guests_ask(struct guests *guests, struct evhttp_request *req);
void guests_answer(struct guests *guests, struct evhttp_request *req);
void guests_stream(struct guests *guests, struct evhttp_request *req);

size_t guests_count(struct guests *guests);

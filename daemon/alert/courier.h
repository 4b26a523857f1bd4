/*
 * Outgoing requests: libcurl's multi interface on the loop.
 * Thread: loop only. Errors: in the answer.
 */
#pragma once
#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/loop.h"

struct courier;

/* Whether who was asked at `url` answered at all, were it to refuse; or nobody was found
 * there, or there was no way. Not called where that cannot be told. */
typedef void courier_reach_fn(void *arg, const char *url, bool answered);
struct courier *courier_open(struct loop *loop, courier_reach_fn *on_reach /* may be NULL */,
                             void *arg);
/* What is on its way is dropped: no answer comes. NULL is allowed. */
void courier_close(struct courier *courier);

struct courier_answer {
    CURLcode code;
    const char *why;        /* libcurl's sentence; "" when well */
    int status;             /* of HTTP or SMTP; 0: none came */
    int64_t retry_after_us; /* 0: not said */
    const char *body;       /* at most 16 KB of it, with a 0 behind */
    size_t size;
};
typedef void courier_fn(void *arg, const struct courier_answer *answer);

struct courier_order {
    const char *url;
    bool dials;     /* nothing is sent: whether there is a way is the question */
    bool guarded;   /* only https, only public addresses, decided when connecting */
    struct curl_slist *headers; /* taken over; NULL: none */
    const void *body;           /* NULL: none; copied */
    size_t size;
    void (*prepare)(CURL *easy, void *arg); /* sets more options; NULL: none */
    void (*clear)(void *arg);               /* afterwards, in any case; NULL: none */
    void *prepare_arg;
};
void courier_send(struct courier *courier, const struct courier_order *order,
                  courier_fn *done, void *arg);

/* Whether a phone's push service may have this address: a public unicast one.
 * Source: IANA special-purpose address registries (RFC 6890). */
struct sockaddr;
bool courier_is_public(const struct sockaddr *address);

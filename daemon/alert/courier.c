#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "courier.h"

enum { ANSWER_BYTES_MAX = 16384, CONNECT_S = 10, WHOLE_S = 30, PARALLEL = 32 };

struct order {
    LIST_ENTRY(order) next;
    struct courier *courier;
    CURL *easy;
    struct curl_slist *headers;
    struct bytes answer;
    char why[CURL_ERROR_SIZE];
    courier_fn *done;
    void *arg;
    void (*clear)(void *arg);
    void *clear_arg;
};

struct courier {
    struct loop *loop;
    CURLM *multi;
    struct timer *timer;
    courier_reach_fn *on_reach;
    void *reach_arg;
    LIST_HEAD(, order) orders;
};

/* ---- addresses ---------------------------------------------------------------------- */

static bool is_public_v4(uint32_t a)
{
    static const struct {
        uint32_t net;
        int bits;
    } special[] = {
        { 0x00000000, 8 },  { 0x0a000000, 8 },  { 0x64400000, 10 }, { 0x7f000000, 8 },
        { 0xa9fe0000, 16 }, { 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 },
        { 0xc0586300, 24 }, { 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xc6336400, 24 },
        { 0xcb007100, 24 }, { 0xe0000000, 3 },
    };

    for (size_t i = 0; i < COUNT_OF(special); i++)
        if ((a ^ special[i].net) >> (32 - special[i].bits) == 0)
            return false;
    return true;
}

static bool is_public_v6(const uint8_t a[16])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    if (memcmp(a, mapped, sizeof mapped) == 0)
        return is_public_v4((uint32_t)a[12] << 24 | (uint32_t)a[13] << 16 |
                            (uint32_t)a[14] << 8 | a[15]);
    /* Global unicast is 2000::/3; of that, 2001::/23 (protocols, Teredo), 2001:db8::/32
     * (documentation), 2002::/16 (6to4) and 3fff::/20 are not plain hosts. */
    if (a[0] >> 5 != 1)
        return false;
    if (a[0] == 0x20 && a[1] == 0x01 &&
        (a[2] < 2 || (a[2] == 0x0d && a[3] == 0xb8)))
        return false;
    return !(a[0] == 0x20 && a[1] == 0x02) && !(a[0] == 0x3f && a[1] == 0xff);
}

bool courier_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public_v4(
            ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return is_public_v6(
            ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return false;
}

/* Only in builds for tests, and there only when asked for: a phone's push service on this
 * machine. */
static bool is_test_of_loopback(void)
{
#ifdef KENGD_SANITIZED
    return getenv("KENGD_TEST_LOOPBACK") != NULL;
#else
    return false;
#endif
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    if (!courier_is_public(&address->addr) && !is_test_of_loopback())
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- the loop ----------------------------------------------------------------------- */

static void order_free(struct order *order)
{
    LIST_REMOVE(order, next);
    curl_multi_remove_handle(order->courier->multi, order->easy);
    curl_easy_cleanup(order->easy);
    curl_slist_free_all(order->headers);
    if (order->clear)
        order->clear(order->clear_arg);
    bytes_free(&order->answer);
    free(order);
}

/* What the end of an order says of the way to its server; false: nothing. */
static bool tells_reach(CURL *easy, CURLcode code, bool *answered)
{
    curl_off_t connected_us = 0;
    long number = 0;

    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    *answered = code == CURLE_OK || connected_us > 0 ||
                (code == CURLE_COULDNT_CONNECT && number == ECONNREFUSED);
    return *answered || code == CURLE_COULDNT_RESOLVE_HOST ||
           code == CURLE_OPERATION_TIMEDOUT ||
           (code == CURLE_COULDNT_CONNECT &&
            (number == ENETUNREACH || number == EHOSTUNREACH || number == ETIMEDOUT ||
             number == ENETDOWN));
}

static void finish(struct order *order, CURLcode code)
{
    struct courier *courier = order->courier;
    char *url = NULL;
    bool answered;

    curl_easy_getinfo(order->easy, CURLINFO_EFFECTIVE_URL, &url);
    if (courier->on_reach && url && tells_reach(order->easy, code, &answered))
        courier->on_reach(courier->reach_arg, url, answered);
    long status = 0;
    curl_off_t after_s = 0;

    curl_easy_getinfo(order->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(order->easy, CURLINFO_RETRY_AFTER, &after_s);
    bytes_add(&order->answer, "", 1);
    struct courier_answer answer = {
        .code = code,
        .why = code == CURLE_OK ? "" : *order->why ? order->why : curl_easy_strerror(code),
        .status = (int)status,
        .retry_after_us = after_s > 0 && after_s < 86400 * 7 ? SECONDS_US(after_s) : 0,
        .body = (const char *)order->answer.at,
        .size = order->answer.size - 1,
    };
    order->done(order->arg, &answer);
    order_free(order);
}

static void take_finished(struct courier *courier)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(courier->multi, &left))) {
        struct order *order = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&order);
        finish(order, code);
    }
}

static void on_socket_ready(evutil_socket_t fd, short what, void *arg)
{
    struct courier *courier = arg;
    int running, action = (what & EV_READ ? CURL_CSELECT_IN : 0) |
                          (what & EV_WRITE ? CURL_CSELECT_OUT : 0);

    curl_multi_socket_action(courier->multi, fd, action, &running);
    take_finished(courier);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct courier *courier = arg;
    struct event *event = socket_arg;

    if (event)
        event_free(event);
    event = NULL;
    if (what != CURL_POLL_REMOVE) {
        short wanted = (short)((what & CURL_POLL_IN ? EV_READ : 0) |
                               (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
        event = event_new(loop_base(courier->loop), fd, wanted, on_socket_ready, courier);
        event_add(event, NULL);
    }
    curl_multi_assign(courier->multi, fd, event);
    return 0;
}

static void on_timer(void *arg)
{
    struct courier *courier = arg;
    int running;

    curl_multi_socket_action(courier->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_finished(courier);
}

static int on_timeout(CURLM *multi, long ms, void *arg)
{
    struct courier *courier = arg;

    if (ms < 0)
        timer_cancel(courier->timer);
    else
        timer_after(courier->timer, MILLIS_US(ms));
    return 0;
}

struct courier *courier_open(struct loop *loop, courier_reach_fn *on_reach, void *arg)
{
    struct courier *courier = xcalloc(1, sizeof *courier);

    curl_global_init(CURL_GLOBAL_DEFAULT);
    courier->loop = loop;
    courier->on_reach = on_reach;
    courier->reach_arg = arg;
    courier->multi = curl_multi_init();
    courier->timer = timer_new(loop, on_timer, courier);
    curl_multi_setopt(courier->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(courier->multi, CURLMOPT_SOCKETDATA, courier);
    curl_multi_setopt(courier->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(courier->multi, CURLMOPT_TIMERDATA, courier);
    curl_multi_setopt(courier->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)PARALLEL);
    curl_multi_setopt(courier->multi, CURLMOPT_MAXCONNECTS, 16L);
    return courier;
}

void courier_close(struct courier *courier)
{
    if (!courier)
        return;
    while (!LIST_EMPTY(&courier->orders))
        order_free(LIST_FIRST(&courier->orders));
    curl_multi_cleanup(courier->multi);
    timer_free(courier->timer);
    free(courier);
}

static size_t on_answer(char *bytes, size_t one, size_t count, void *arg)
{
    struct order *order = arg;
    size_t room = ANSWER_BYTES_MAX - order->answer.size;

    bytes_add(&order->answer, bytes, count < room ? count : room);
    return count;
}

static void set_options(struct order *order, const struct courier_order *what)
{
    CURL *easy = order->easy;

    curl_easy_setopt(easy, CURLOPT_URL, what->url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, order);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, order->why);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, order);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)WHOLE_S);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "kengd/" KENGD_VERSION);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                     what->guarded ? "https" : "http,https,smtp");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, what->headers);
#ifdef KENGD_SANITIZED
    if (getenv("KENGD_TEST_CA"))
        curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("KENGD_TEST_CA"));
#endif
    if (what->dials)
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    if (what->guarded)
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    if (what->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)what->size);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, what->body);
    }
    if (what->prepare)
        what->prepare(easy, what->prepare_arg);
}

void courier_send(struct courier *courier, const struct courier_order *what,
                  courier_fn *done, void *arg)
{
    struct order *order = xcalloc(1, sizeof *order);

    order->courier = courier;
    order->easy = curl_easy_init();
    order->headers = what->headers;
    order->done = done;
    order->arg = arg;
    order->clear = what->clear;
    order->clear_arg = what->prepare_arg;
    LIST_INSERT_HEAD(&courier->orders, order, next);
    set_options(order, what);
    curl_multi_add_handle(courier->multi, order->easy);
}

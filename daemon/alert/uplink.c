#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "courier.h"
#include "uplink.h"

enum {
    HOSTS_MOST = 32,
    /* Who answered so lately need not be asked again. */
    LATELY_US = 30000000,
};

/* "https://host:443" of whom was asked. */
struct host {
    char url[UPLINK_URL_MAX];
    bool answered;
    int64_t at_us;
};

struct uplink {
    struct host hosts[HOSTS_MOST];
    size_t count;
};

struct uplink *uplink_new(void)
{
    return xcalloc(1, sizeof(struct uplink));
}

void uplink_free(struct uplink *uplink)
{
    free(uplink);
}

static bool ends_with(const char *text, const char *end)
{
    size_t have = strlen(text), want = strlen(end);

    return have >= want && strcasecmp(text + have - want, end) == 0;
}

/* Names that only a house knows: RFC 6761, 6762, 8375. */
static bool is_of_the_house(const char *host)
{
    static const char *const ends[] = { ".local", ".localhost", ".lan", ".home.arpa",
                                        ".internal" };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    char bare[INET6_ADDRSTRLEN] = "";

    sscanf(host, "[%45[^]]", bare);
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
        return !courier_is_public((const struct sockaddr *)&v4);
    if (inet_pton(AF_INET6, bare, &v6.sin6_addr) == 1)
        return !courier_is_public((const struct sockaddr *)&v6);
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (ends_with(host, ends[i]))
            return true;
    return !strchr(host, '.');
}

/* Scheme, host and port; false: it is no address, or one in the house. */
static bool server_of(const char *url, char to[UPLINK_URL_MAX])
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL, *scheme = NULL;
    bool well = curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                !is_of_the_house(host);

    /* Dialled only: of what is not HTTP the port counts. */
    if (well)
        snprintf(to, UPLINK_URL_MAX, "%s://%s:%s",
                 strcmp(scheme, "https") == 0 ? "https" : "http", host, port);
    curl_free(host);
    curl_free(port);
    curl_free(scheme);
    curl_url_cleanup(parts);
    return well;
}

static struct host *host_of(struct uplink *uplink, const char *url)
{
    struct host *oldest = &uplink->hosts[0];

    for (size_t i = 0; i < uplink->count; i++) {
        struct host *host = &uplink->hosts[i];
        if (strcmp(host->url, url) == 0)
            return host;
        if (host->at_us < oldest->at_us)
            oldest = host;
    }
    if (uplink->count < HOSTS_MOST)
        oldest = &uplink->hosts[uplink->count++];
    snprintf(oldest->url, sizeof oldest->url, "%s", url);
    return oldest;
}

enum uplink_is uplink_heard(struct uplink *uplink, const char *url, bool answered,
                            int64_t now_us, char ask[UPLINK_URL_MAX])
{
    char server[UPLINK_URL_MAX];
    const struct host *last = NULL;

    bool outside = server_of(url, server);
    *ask = 0;
    if (!outside)
        return UPLINK_AS_BEFORE;
    struct host *host = host_of(uplink, server);
    host->answered = answered;
    host->at_us = now_us;
    if (answered)
        return UPLINK_THERE;
    for (size_t i = 0; i < uplink->count; i++) {
        const struct host *other = &uplink->hosts[i];
        if (other->answered && (!last || other->at_us > last->at_us))
            last = other;
    }
    if (!last)
        return UPLINK_CUT;
    if (now_us - last->at_us > LATELY_US)
        snprintf(ask, UPLINK_URL_MAX, "%s", last->url);
    return UPLINK_AS_BEFORE;
}

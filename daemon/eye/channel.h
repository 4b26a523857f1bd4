/*
 * One stream of a camera in its process: session -> cut -> link, and its measures. What
 * it sends home carries its number. Thread: the loop's.
 */
#pragma once
#include "link.h"
#include "packet.h"
#include "session/tls.h"

struct channel;

struct channel_setup {
    struct loop *loop;
    struct link *link;
    struct tls_trust *trust; /* NULL: an rtsps:// address cannot be trusted */
    const struct camera_orders *orders;
    int number; /* of the orders' url; "" there: it stays empty */
};

struct channel_listener {
    void (*on_video)(void *arg, int number, const struct packet *packet);
    void (*on_break)(void *arg, int number);
};

/* Lives as long as the process. */
struct channel *channel_new(const struct channel_setup *setup,
                            const struct channel_listener *listener, void *arg);
/* Cameras count sessions: takes leave of this one. Nothing is sent home any more. */
void channel_leave(struct channel *ch);

/* Whether there is such a stream at all. */
bool channel_has_stream(const struct channel *ch);
void channel_start(struct channel *ch);
/* Of the last picture, or of the beginning; monotonic. */
int64_t channel_picture_us(const struct channel *ch);
/* What was measured since the last call goes home. */
void channel_measure(struct channel *ch);

/* From kengd (link.h). */
void channel_dialled(struct channel *ch, int fd);
void channel_login(struct channel *ch, const struct camera_login *login);
void channel_ports(struct channel *ch, const struct camera_ports *ports);
void channel_socket(struct channel *ch, const struct camera_socket *socket, int fd);

bool url_is_tls(const char *url);

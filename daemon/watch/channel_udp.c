/* The UDP sockets of a channel: bound and connected here, handed over to its process. */
#include <stdio.h>

#include "core/log.h"
#include "inside.h"

static void send_ports(struct channel_watch *ch, int track, int rtp, const char *why)
{
    struct camera_ports ports = { .track = track, .rtp = rtp };
    struct bytes message = { 0 };

    snprintf(ports.why, sizeof ports.why, "%s", why);
    link_put_ports(&message, (int)ch->number, &ports);
    child_send(ch->cam, &message, -1);
    bytes_free(&message);
}

static void send_socket(struct channel_watch *ch, int track, bool rtcp, int fd)
{
    struct camera_socket socket = { .track = track, .rtcp = rtcp };
    struct bytes message = { 0 };

    link_put_socket(&message, (int)ch->number, &socket);
    child_send(ch->cam, &message, fd);
    bytes_free(&message);
}

bool channel_asks_ports(struct channel_watch *ch, const uint8_t *body, size_t size)
{
    struct camera_wish wish;
    struct error err;

    if (!link_read_wish(body, size, &wish, NULL))
        return false;
    if (ports_bind(&ch->ports[wish.track], &ch->here, &err)) {
        send_ports(ch, wish.track, ch->ports[wish.track].rtp_port, "");
        return true;
    }
    log_warning("no UDP ports for camera", "camera=%s why='%s'", ch->cam->camera->id,
                err.text);
    send_ports(ch, wish.track, 0, "machine");
    return true;
}

/* The camera chooses its ports, but never where they are: that is the address that the
 * configuration names, and nothing else is received or sent. */
bool channel_asks_sockets(struct channel_watch *ch, const uint8_t *body, size_t size)
{
    struct camera_wish wish;
    struct ports *ports;
    struct error err;

    if (!link_read_wish(body, size, &wish, NULL))
        return false;
    ports = &ch->ports[wish.track];
    if (wish.source[0] && !endpoint_is_at(&ch->there, wish.source)) {
        log_error("camera would send from another address and is refused",
                  "camera=%s source='%s'", ch->cam->camera->id, wish.source);
        ports_close(ports);
        send_ports(ch, wish.track, 0, "foreign");
    } else if (!ports_connect(ports, &ch->there, wish.rtp, wish.rtcp, &err)) {
        log_warning("no UDP sockets for camera", "camera=%s why='%s'",
                    ch->cam->camera->id, err.text);
        ports_close(ports);
        send_ports(ch, wish.track, 0, "machine");
    } else {
        send_socket(ch, wish.track, false, ports->rtp);
        send_socket(ch, wish.track, true, ports->rtcp);
        ch->udp = true;
        ports_close(ports);
    }
    return true;
}

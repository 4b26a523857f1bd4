/*
 * The link home, to kengd. Sending blocks: kengd takes everything at once, and one that
 * does not for 5 s is gone, which ends this process; until then the camera waits in the
 * kernel's buffers, and nothing needs a queue. Thread: the loop's.
 */
#pragma once
#include "core/bytes.h"
#include "core/loop.h"
#include "wire/camera_link.h"
#include "wire/onvif_link.h"

struct link;

/* How a camera's process ends. */
enum {
    END_WELL = 0,
    END_NO_SANDBOX = 3, /* it did not start */
    END_NOT_TAKEN = 4,  /* kengd did not take a message */
    END_BAD_ORDERS = 5, /* kengd said what cannot be understood */
};

struct link_listener {
    void (*on_dialled)(void *arg, int channel, int fd); /* owned from now on */
    void (*on_login)(void *arg, int channel, const struct camera_login *login);
    void (*on_ports)(void *arg, int channel, const struct camera_ports *ports);
    void (*on_socket)(void *arg, int channel, const struct camera_socket *socket,
                      int fd); /* owned from now on */
    void (*on_pictures)(void *arg, int channel, bool wanted);
    void (*on_debug_wanted)(void *arg, bool wanted);
    void (*on_orders)(void *arg, const struct motion_orders *orders);
    /* Of a process for ONVIF; fd: -1, or owned from now on. */
    void (*on_onvif)(void *arg, const struct onvif_ask *ask, int fd);
    void (*on_ended)(void *arg); /* kengd is gone, or wants this process to end */
};

/* The first message, waited for. False: there was none. */
bool link_read_start(int fd, struct camera_orders *out, struct error *err);

struct link *link_new(int fd, struct loop *loop, const struct link_listener *listener,
                      void *arg);

/* A message with its header, and nothing else; emptied. */
void link_send(struct link *link, struct bytes *message);

/* A message whose header is written to the WIRE_HEADER bytes before `body`. */
void link_send_in_place(struct link *link, const struct wire_header *h, uint8_t *body);

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/secret.h"
#include "inside.h"

/* A host that answers nothing is knocked at so often: that is no attempt yet. */
#define KNOCK_US SECONDS_US(2)

/* A pause is looked at again so often: it may have been forgotten. */
#define PAUSE_LOOK_US SECONDS_US(5)

/* Requests that a session signs before it plays: OPTIONS, DESCRIBE, SETUP twice, PLAY,
 * each at most three times. */
enum { ANSWERS_MAX = 15 };

static void dial_after(struct channel_watch *ch, int64_t us);

/* Only the main channel makes the camera's state; a sub-stream that is away is logged. */
static void has_trouble(struct channel_watch *ch, const char *code, const char *detail)
{
    struct camera_watch *cam = ch->cam;

    if (ch->number == CHANNEL_MAIN) {
        health_has_trouble(&cam->health, code, detail);
        camera_look(cam);
    } else if (strcmp(ch->trouble, code) != 0) {
        log_warning("sub-stream lost", "camera=%s code=%s why='%s'", cam->camera->id,
                    code, detail);
    }
    snprintf(ch->trouble, sizeof ch->trouble, "%s", code);
}

/* ---- dialling ---------------------------------------------------------------------- */

static void close_ports(struct channel_watch *ch)
{
    for (int i = 0; i < LINK_TRACKS; i++)
        ports_close(&ch->ports[i]);
}

static void hand_over(void *arg)
{
    struct channel_watch *ch = arg;
    struct bytes message = { 0 };
    int fd = ch->fd;

    ch->fd = -1;
    ch->asked = false;
    ch->playing = ch->proven = ch->answered = ch->udp = false;
    ch->answers = 0;
    ch->refused = NULL;
    if (ch->connections++ > 0 && ch->number == CHANNEL_MAIN)
        ch->cam->health.is.reconnects++;
    close_ports(ch);
    endpoint_of(fd, false, &ch->here);
    endpoint_of(fd, true, &ch->there);
    link_put_empty(&message, WIRE_DIALLED, (int)ch->number);
    child_send(ch->cam, &message, fd);
    bytes_free(&message);
    close(fd);
}

static void on_dialled(void *arg, enum dial_end end, int fd, const char *why)
{
    static const char *const codes[] = { [DIAL_UNKNOWN_HOST] = REASON_UNKNOWN_HOST,
                                         [DIAL_CLOSED] = REASON_PORT_CLOSED,
                                         [DIAL_NO_ANSWER] = REASON_NO_ANSWER,
                                         [DIAL_NO_ROUTE] = REASON_NO_ROUTE,
                                         [DIAL_FAILED] = REASON_MACHINE };
    struct channel_watch *ch = arg;

    ch->dial = NULL;
    if (end == DIAL_CONNECTED) {
        ch->fd = fd;
        opening_begin(&ch->opening, ch->cam->watch->opens, ch->number == CHANNEL_MAIN,
                      hand_over, ch);
        return;
    }
    has_trouble(ch, codes[end], why);
    bool silent = end == DIAL_NO_ANSWER || end == DIAL_NO_ROUTE;
    dial_after(ch, silent ? jittered_us(KNOCK_US) : backoff_next(&ch->backoff));
}

static void dial_now(void *arg)
{
    struct channel_watch *ch = arg;
    int64_t pause_us = ch->place ? place_pause_us(ch->place) : 0;

    if (!ch->asked || ch->dial || ch->fd >= 0)
        return;
    if (pause_us > 0) {
        has_trouble(ch, REASON_LOGIN_PAUSE, "");
        dial_after(ch, pause_us < PAUSE_LOOK_US ? pause_us : PAUSE_LOOK_US);
        return;
    }
    ch->dial = dial_start(ch->cam->watch->dialler, &ch->address, on_dialled, ch);
}

static void dial_after(struct channel_watch *ch, int64_t us)
{
    timer_after(ch->again, us);
}

/* Whatever login was under way has ended without an answer. A challenge that waits is
 * owed an answer all the same: the session counts them. */
static void end_login(struct channel_watch *ch);

void channel_asks(struct channel_watch *ch)
{
    end_login(ch);
    ch->playing = false;
    if (ch->asked || ch->dial || ch->fd >= 0 || !ch->has_address)
        return;
    opening_end(&ch->opening);
    ch->asked = true;
    dial_after(ch, ch->wait_us);
    ch->wait_us = 0;
}

/* ---- logging in -------------------------------------------------------------------- */

static void send_login(struct channel_watch *ch, const struct camera_login *login)
{
    struct bytes message = { 0 };

    ch->challenged = false;
    link_put_login(&message, (int)ch->number, login);
    child_send(ch->cam, &message, -1);
    if (message.at)
        secret_wipe(message.at, message.room);
    bytes_free(&message);
}

static void refuse_login(struct channel_watch *ch, const char *why)
{
    struct camera_login none = { .authorization = "" };

    ch->refused = why;
    send_login(ch, &none);
}

static void answer_challenge(struct channel_watch *ch)
{
    const struct camera_settings *camera = ch->cam->camera;
    struct camera_login login;
    struct error err;

    if (!login_answer(&ch->challenge, camera->user,
                      camera->password ? camera->password : "", &ch->nonce, &login,
                      &err)) {
        log_warning("camera login cannot be answered", "camera=%s why='%s'", camera->id,
                    err.text);
        try_cancel(&ch->try);
        refuse_login(ch, REASON_LOGIN_METHOD);
        return;
    }
    ch->answered = true;
    ch->answers++;
    send_login(ch, &login);
    secret_wipe(&login, sizeof login);
}

static void on_turn(void *arg, bool may)
{
    struct channel_watch *ch = arg;

    if (may)
        answer_challenge(ch);
    else
        refuse_login(ch, REASON_LOGIN_PAUSE);
}

static void end_login(struct channel_watch *ch)
{
    try_cancel(&ch->try);
    if (ch->challenged)
        refuse_login(ch, REASON_LOGIN_PAUSE);
}

static void was_right(struct channel_watch *ch)
{
    if (!ch->answered)
        return;
    ch->proven = true;
    try_was_right(&ch->try);
}

static bool is_same_request(const struct camera_challenge *a,
                            const struct camera_challenge *b)
{
    return strcmp(a->method, b->method) == 0 && strcmp(a->uri, b->uri) == 0;
}

bool channel_challenged(struct channel_watch *ch, const uint8_t *body, size_t size)
{
    const struct camera_settings *camera = ch->cam->camera;
    struct camera_challenge now;

    if (!link_read_challenge(body, size, &now, NULL) || ch->challenged || ch->asked)
        return false;
    /* Another request: the camera has taken the one before. */
    if (!now.stale && !is_same_request(&now, &ch->challenge))
        was_right(ch);
    ch->challenge = now;
    ch->challenged = true;

    if (!camera->user)
        refuse_login(ch, REASON_NO_PASSWORD);
    else if (!now.digest && ch->digest_seen && !ch->address.tls)
        refuse_login(ch, REASON_LOGIN_WEAKER);
    else if (!now.digest && camera->login == LOGIN_DIGEST)
        refuse_login(ch, REASON_LOGIN_CLEAR);
    else if (ch->refused || (!ch->playing && ch->answers >= ANSWERS_MAX))
        refuse_login(ch, REASON_LOGIN_PAUSE);
    else if (ch->proven || ch->try.place)
        answer_challenge(ch);
    else
        try_begin(&ch->try, ch->place, camera->password ? camera->password : "", on_turn,
                  ch);
    return true;
}

/* ---- what its process says --------------------------------------------------------- */

static void set_playing(struct channel_watch *ch, bool playing)
{
    struct channel_facts *facts = &ch->cam->health.is.channels[ch->number];
    const char *way = ch->udp ? "udp" : ch->address.tls ? "tls" : "tcp";

    ch->playing = playing;
    snprintf(facts->transport, sizeof facts->transport, "%s", playing ? way : "");
}

static void on_playing(struct channel_watch *ch)
{
    was_right(ch);
    try_cancel(&ch->try);
    opening_end(&ch->opening);
    set_playing(ch, true);
    ch->digest_seen |= ch->answered && ch->challenge.digest;
    if (ch->trouble[0] && ch->number == CHANNEL_SUB)
        log_info("sub-stream back", "camera=%s", ch->cam->camera->id);
    ch->trouble[0] = 0;
    ch->played_us = clock_mono_us();
    if (ch->number == CHANNEL_MAIN) {
        health_is_playing(&ch->cam->health);
        camera_look(ch->cam);
    }
}

/* A session that stood for a while begins anew at once; one that never stands waits
 * longer each time. One that hangs, with its port still open, has cost five seconds
 * already and is knocked at like a silent host - unless a login may be what it did not
 * like. */
static void choose_wait(struct channel_watch *ch, bool is_silent)
{
    if (ch->playing && clock_mono_us() - ch->played_us > SECONDS_US(10))
        backoff_reset(&ch->backoff);
    ch->wait_us =
        is_silent && !ch->answered ? jittered_us(KNOCK_US) : backoff_next(&ch->backoff);
}

bool channel_state(struct channel_watch *ch, const uint8_t *body, size_t size)
{
    struct camera_trouble said;
    const char *code = said.code;

    if (!link_read_trouble(body, size, &said, NULL))
        return false;
    if (strcmp(said.code, "playing") == 0) {
        on_playing(ch);
        return true;
    }
    if (strcmp(said.code, "wrong_password") == 0) {
        if (ch->refused)
            code = ch->refused;
        else if (ch->answered && !ch->proven)
            try_was_wrong(&ch->try);
    }
    choose_wait(ch, strcmp(code, "silent") == 0);
    end_login(ch);
    set_playing(ch, false);
    has_trouble(ch, code, said.detail);
    return true;
}

bool channel_measured(struct channel_watch *ch, const uint8_t *body, size_t size)
{
    struct camera_health *health = &ch->cam->health.is;
    struct channel_facts *facts = &health->channels[ch->number];
    struct camera_measured in;

    if (!link_read_measured(body, size, &in, NULL))
        return false;
    _Static_assert(sizeof facts->codec == sizeof in.codec, "as long");
    memcpy(facts->codec, in.codec, sizeof facts->codec);
    memcpy(facts->audio, in.audio, sizeof facts->audio);
    facts->width = in.width;
    facts->height = in.height;
    facts->fps = in.fps;
    facts->bits_per_s = in.bits_per_s;
    facts->gop_s = in.gop_s;
    facts->declared_fps = in.declared_fps;
    facts->clock_known = in.clock_known;
    facts->clock_ahead_ms = in.clock_ahead_ms;
    facts->reorder = in.reorder;
    _Static_assert(sizeof facts->audio_refused == sizeof in.audio_refused, "as long");
    memcpy(facts->audio_refused, in.audio_refused, sizeof facts->audio_refused);
    /* Counted by each process from 0 on. */
    if (in.lost_packets > ch->lost_packets)
        health->lost_packets += in.lost_packets - ch->lost_packets;
    if (in.damaged_frames > ch->damaged_frames)
        health->damaged_frames += in.damaged_frames - ch->damaged_frames;
    ch->lost_packets = in.lost_packets;
    ch->damaged_frames = in.damaged_frames;
    return true;
}

void channel_wants_pictures(struct channel_watch *ch)
{
    struct bytes message = { 0 };

    link_put_pictures(&message, (int)ch->number, ch->pictures_wanted);
    child_send(ch->cam, &message, -1);
    bytes_free(&message);
}

/* ---- life -------------------------------------------------------------------------- */

void channel_open(struct channel_watch *ch, struct camera_watch *cam, enum channel number)
{
    const struct camera_settings *camera = cam->camera;
    char place[PLACE_MAX];

    *ch = (struct channel_watch){ .cam = cam, .number = number, .fd = -1 };
    for (int i = 0; i < LINK_TRACKS; i++)
        ch->ports[i] = NO_PORTS;
    ch->url = number == CHANNEL_MAIN ? camera->url : camera->sub_url;
    ch->again = timer_new(cam->watch->loop, dial_now, ch);
    if (!ch->url)
        return;
    ch->has_address = address_read(ch->url, &ch->address);
    if (!ch->has_address) {
        has_trouble(ch, REASON_ADDRESS, "");
    } else if (camera->user) {
        address_place(&ch->address, camera->user, place);
        ch->place = tries_place(cam->watch->tries, place,
                                camera->password ? camera->password : "");
    }
}

/* Of a connection that was not handed over. */
static void forget_dial(struct channel_watch *ch)
{
    opening_end(&ch->opening);
    dial_stop(ch->dial);
    ch->dial = NULL;
    if (ch->fd >= 0)
        close(ch->fd);
    ch->fd = -1;
}

void channel_lost(struct channel_watch *ch)
{
    ch->challenged = false; /* nobody is owed an answer */
    try_cancel(&ch->try);
    forget_dial(ch);
    timer_cancel(ch->again);
    ch->asked = false;
    set_playing(ch, false);
    ch->lost_packets = ch->damaged_frames = 0;
    close_ports(ch);
    /* A process that dies of what its camera sends must not knock the camera over. */
    if (ch->url)
        ch->wait_us = ch->wait_us ? ch->wait_us : MILLIS_US(200);
    take_broken(ch);
}

void channel_close(struct channel_watch *ch)
{
    ch->challenged = false;
    try_cancel(&ch->try);
    forget_dial(ch);
    close_ports(ch);
    place_let_go(ch->place, ch->cam->camera->password ? ch->cam->camera->password : "");
    timer_free(ch->again);
    init_unref(ch->init);
    secret_wipe(&ch->nonce, sizeof ch->nonce);
}

/*
 * A keng-camera that plays a part: it is started as one, and each camera's process does
 * what the camera's id says. For the tests of watch/.
 */
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cut.h"
#include "link.h"
#include "nursery.h"
#include "sandbox.h"
#include "wire/debug_link.h"
#include "wire/pass_fd.h"

static int link_fd;
static struct bytes message;
static bool overlapping; /* each fragment says that it lasts 50 s */

static void say(void)
{
    if (send(link_fd, message.at, message.size, MSG_NOSIGNAL) != (ssize_t)message.size)
        _exit(0);
    message.size = 0;
}

static void say_raw(enum wire_kind kind, const void *body, uint32_t size, uint32_t told)
{
    struct wire_header h = { .size = told, .kind = (uint8_t)kind };

    wire_write_header(bytes_reserve(&message, WIRE_HEADER), &h);
    message.size += WIRE_HEADER;
    bytes_add(&message, body, size);
    say();
}

static void say_state(const char *code)
{
    struct camera_trouble trouble = { .detail = "as told" };

    strcpy(trouble.code, code);
    link_put_trouble(&message, 0, &trouble);
    say();
}

/* Until kengd closes the link. */
static _Noreturn void wait_for_end(void)
{
    char byte[256];

    while (recv(link_fd, byte, sizeof byte, 0) > 0)
        continue;
    _exit(0);
}

/* ---- parts ------------------------------------------------------------------------- */

static void on_init(void *arg, const char *codecs, const uint8_t *bytes, size_t size,
                    int64_t run_wall_us)
{
    uint8_t length = (uint8_t)strlen(codecs);
    struct wire_header h = { .size = (uint32_t)(1 + length + size),
                             .kind = WIRE_INIT,
                             .time_us = run_wall_us };

    wire_write_header(bytes_reserve(&message, WIRE_HEADER), &h);
    message.size += WIRE_HEADER;
    bytes_add(&message, &length, 1);
    bytes_add(&message, codecs, length);
    bytes_add(&message, bytes, size);
    say();
}

static void on_fragment(void *arg, uint8_t *bytes, size_t size, int64_t first_wall_us,
                        bool keyframe, bool damaged)
{
    struct wire_header h = { .size = (uint32_t)size,
                             .kind = WIRE_FRAGMENT,
                             .flags = damaged ? WIRE_DAMAGED : 0,
                             .time_us = first_wall_us };

    if (overlapping) { /* behind trun: flags, count, offset, first flags */
        static const uint8_t lasts[] = { 0, 0x44, 0xaa, 0x20 };
        memcpy((uint8_t *)memmem(bytes, size, "trun", 4) + 20, lasts, sizeof lasts);
    }
    wire_write_header(bytes - WIRE_HEADER, &h);
    bytes_add(&message, bytes - WIRE_HEADER, WIRE_HEADER + size);
    say();
}

static const struct cut_listener cuts = { .on_init = on_init,
                                          .on_fragment = on_fragment };

/* H.264 of 320 x 180, and one slice of it: nobody decodes it here. */
static const struct track track = {
    .codec = CODEC_H264,
    .clock = 90000,
    .parameters_size = 34,
    .parameters = { 0,    24,   0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41,
                    0x9f, 0x9e, 0x10, 0,    0,    0x03, 0,    0x10, 0,
                    0,    0x03, 0x01, 0xe0, 0xf1, 0x42, 0xa4, 0x80, 0,
                    6,    0x68, 0xcb, 0x83, 0xcb, 0x20, 0x00 },
};

static const uint8_t slice[] = {
    0, 0, 0, 8, 0x65, 0x88, 0x84, 0, 0x10, 0xff, 0xfe, 0xf6
};

/* `step`: clock units from one picture to the next, 1/10 s of real time apart. */
static void play(int64_t wall_us, int64_t step)
{
    struct cutter *cutter = cut_new("peer", &cuts, NULL);

    say_state("playing");
    for (int i = 0;; i++) {
        struct packet p = { .track = &track,
                            .run = 1,
                            .pts = i * step,
                            .dts = i * step,
                            .arrived_us = i * 100000,
                            .wall_us = wall_us + i * 100000,
                            .key = true,
                            .damaged = i == 1,
                            .bytes = slice,
                            .size = sizeof slice };
        cut_packet(cutter, &p);
        usleep(20000);
    }
}

/* Dials, says over the connection what login it was given, and then that it was wrong. */
static void log_in(void)
{
    struct camera_challenge c = { .digest = true,
                                  .realm = "gate",
                                  .nonce = "once",
                                  .method = "DESCRIBE",
                                  .uri = "rtsp://gate/" };
    uint8_t raw[LINK_SMALL_MAX];
    struct iovec where = { raw, WIRE_HEADER };
    struct wire_header h;
    struct camera_login login;
    int fd;

    for (;;) {
        link_put_empty(&message, WIRE_DIAL, 0);
        say();
        if (pass_fd_receive(link_fd, &where, 1, &fd, MSG_WAITALL) != WIRE_HEADER ||
            fd < 0)
            _exit(0);
        link_put_challenge(&message, 0, &c);
        say();
        if (recv(link_fd, raw, WIRE_HEADER, MSG_WAITALL) != WIRE_HEADER)
            _exit(0);
        wire_read_header(raw, &h);
        if (recv(link_fd, raw, h.size, MSG_WAITALL) != (ssize_t)h.size ||
            !link_read_login(raw, h.size, &login, NULL))
            _exit(9);
        send(fd, login.authorization, strlen(login.authorization) + 1, MSG_NOSIGNAL);
        close(fd);
        say_state("wrong_password");
    }
}

/* As fast as it is taken, a tick of the clock apart. */
static _Noreturn void play_fast(bool anew, size_t picture)
{
    struct cutter *cutter = cut_new("peer", &cuts, NULL);
    uint8_t *bytes = calloc(1, picture);

    memcpy(bytes, slice, sizeof slice);
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)((picture - 4) >> (24 - 8 * i));
    for (int64_t i = 0;; i++) {
        struct packet p = { .track = &track,
                            .run = anew ? (uint32_t)i + 1 : 1,
                            .pts = i,
                            .dts = i,
                            .wall_us = 1700000000000000,
                            .key = true,
                            .bytes = bytes,
                            .size = picture };
        cut_packet(cutter, &p);
    }
}

static _Noreturn void talk(void)
{
    for (;;) {
        say_state("wrong_path");
        say_state("busy");
    }
}

static void report_motion(void)
{
    static const uint8_t jpeg[] = { 0xff, 0xd8, 0xff, 0xc0, 0, 11, 8,
                                    0,    90,   0,    160,  1, 1,  0 };
    struct camera_motion motion = { .phase = CAMERA_MOTION_BEGAN,
                                    .number = 7,
                                    .score = 55,
                                    .box = { 0, 0, 1, 1 },
                                    .zone = "cong" };
    struct wire_header h = { .size = sizeof jpeg,
                             .kind = WIRE_JPEG,
                             .flags = WIRE_SNAPSHOT };

    wire_write_header(bytes_reserve(&message, WIRE_HEADER), &h);
    message.size += WIRE_HEADER;
    bytes_add(&message, jpeg, sizeof jpeg);
    link_put_motion(&message, 0, &motion);
    say();
}

/* What the detector sees, of one cell with one trail, which may lie beside the picture. */
static void report_debug(bool lies)
{
    static const uint8_t cell[1] = { 200 };
    struct debug_view view = { .at_us = 1700000000000000,
                               .width = 1,
                               .height = 1,
                               .now = cell,
                               .background = cell,
                               .marks = cell,
                               .trail_count = 1,
                               .trails = { { .box = { 0, 0, lies, 0 } } } };

    for (int i = 0; i < 2; i++) {
        link_put_debug(&message, 0, &view);
        say();
    }
}

static void report_activity(int64_t at_us)
{
    const uint8_t cells[LINK_ACTIVITY] = { [17] = 0x80 };

    link_put_activity(&message, 0, at_us, cells);
    say();
}

/* A system call from inside the real sandbox. */
static _Noreturn void call(const char *name)
{
    int number = seccomp_syscall_resolve_name(name);

    sandbox_prepare();
    sandbox_shut_files();
    if (number < 0 || !sandbox_close(NULL))
        _exit(END_NO_SANDBOX);
    syscall(number, 0, 0, 0, 0, 0, 0);
    _exit(0);
}

static _Noreturn void ping(void)
{
    for (;;) {
        link_put_empty(&message, WIRE_PING, 0);
        say();
        usleep(200000);
    }
}

static void run_child(int link)
{
    struct camera_orders orders;
    struct error err;

    link_fd = link;
    if (!link_read_start(link, &orders, &err))
        _exit(END_BAD_ORDERS);
    const char *part = orders.camera;
    if (!strncmp(part, "calls-", 6)) {
        for (char *at = orders.camera + 6; (at = strchr(at, '-'));)
            *at = '_'; /* an identifier has none */
        call(orders.camera + 6);
    }
    if (!strcmp(part, "pings"))
        ping();
    if (!strcmp(part, "plays"))
        play(1700000000000000, 9000);
    if (!strcmp(part, "plays-wild-times"))
        play(1, 9000);
    if (!strcmp(part, "plays-ahead"))
        play(1700000000000000, 90000 * 10);
    if (!strcmp(part, "logs-in"))
        log_in();
    if (!strcmp(part, "moves"))
        report_motion();
    if (!strcmp(part, "stirs")) {
        report_activity(5000000);
        report_activity(1700000000500000);
    }
    if (!strncmp(part, "shows", 5))
        report_debug(!strcmp(part, "shows-a-lie"));
    if (!strcmp(part, "stirs-too-much"))
        for (;;)
            report_activity(1700000000500000);
    if (!strcmp(part, "moves-too-much"))
        for (;;)
            report_motion();
    overlapping = !strcmp(part, "overlaps");
    if (!strcmp(part, "talks-too-much"))
        talk();
    if (!strcmp(part, "begins-anew"))
        play_fast(true, 100);
    if (!strcmp(part, "too-many") || overlapping)
        play_fast(false, 100);
    if (!strcmp(part, "too-fat"))
        play_fast(false, 1 << 20);
    if (!strcmp(part, "crashes"))
        abort();
    if (!strcmp(part, "forbidden"))
        raise(SIGSYS);
    if (!strcmp(part, "no-sandbox"))
        _exit(END_NO_SANDBOX);
    if (!strcmp(part, "too-large"))
        say_raw(WIRE_FRAGMENT, "", 0, WIRE_BODY_MAX + 1);
    if (!strcmp(part, "no-init"))
        say_raw(WIRE_FRAGMENT, "moof", 4, 4);
    if (!strcmp(part, "no-mp4"))
        say_raw(WIRE_INIT, "\4avc1moov", 9, 9);
    if (!strcmp(part, "unknown-kind"))
        say_raw((enum wire_kind)200, "", 0, 0);
    if (!strcmp(part, "says-refused"))
        say_state("wrong_path");
    if (!strcmp(part, "spins")) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* its nursery may be killed by the test */
        for (;;)
            pause();
    }
    wait_for_end();
}

int main(int argc, char **argv)
{
    signal(SIGSYS, SIG_DFL);
    return nursery_run(3, (void (*const[NURSERY_ROLES])(int)){ run_child, run_child });
}

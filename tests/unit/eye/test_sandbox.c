#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audio.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/memory.h"
#include "core/worker.h"
#include "cut.h"
#include "film.h"
#include "sandbox.h"

/* What is tried inside, in a process of its own; it ends with 0 if it was let. */
typedef void deed_fn(void);

static void open_a_file(void)
{
    if (open("/etc/passwd", O_RDONLY) < 0)
        _exit(1);
}

static void open_a_socket(void)
{
    if (socket(AF_INET, SOCK_STREAM, 0) < 0)
        _exit(1);
}

static void execute(void)
{
    char *const arguments[] = { (char *)"/bin/true", NULL };
    execv("/bin/true", arguments);
    _exit(1);
}

static void make_a_process(void)
{
    if (fork() < 0)
        _exit(1);
}

static void signal_another(void)
{
    kill(getppid(), 0);
}

static void map_code(void)
{
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
        MAP_FAILED)
        _exit(1);
}

/* Open before the sandbox is. */
static int udp_fd, file_fd, event_fd, done_fd, pair[2];

static void send_to_an_address(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(9),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    sendto(udp_fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
}

static void write_to_a_file_that_is_open(void)
{
    if (write(file_fd, "x", 1) < 0)
        _exit(1);
}

static void duplicate_a_descriptor(void)
{
    if (fcntl(udp_fd, F_DUPFD, 10) < 0)
        _exit(1);
}

static void filter_a_socket(void)
{
    setsockopt(udp_fd, SOL_SOCKET, SO_ATTACH_FILTER, NULL, 0);
}

/* What the work needs. */
static void work(void)
{
    char byte;
    eventfd_t count;
    void *p = malloc(64 << 20), *q = malloc(100);
    p = realloc(p, 80 << 20);
    memset(p, 1, 80 << 20);
    free(p);
    free(q);
    if (send(pair[0], "x", 1, MSG_NOSIGNAL) != 1 || recv(pair[1], &byte, 1, 0) != 1 ||
        eventfd_write(event_fd, 1) != 0 || eventfd_read(event_fd, &count) != 0 ||
        clock_mono_us() <= 0 || write(STDERR_FILENO, "", 0) != 0)
        _exit(1);
}

static void log_a_line(void)
{
    log_warning("pictures cannot be used", "camera=gate");
}

static void on_thread(void *arg)
{
    deed_fn *deed = *(deed_fn **)arg;
    deed();
    eventfd_write(done_fd, 1);
}

static void wait_for_thread(void)
{
    eventfd_t count;

    if (eventfd_read(done_fd, &count) != 0)
        _exit(1);
}

/* The status of a process that closes the sandbox and then does it, on the first thread
 * or on one that began before. */
static int status_of(deed_fn *deed, bool threaded)
{
    int status;

    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        sandbox_prepare();
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
        udp_fd = socket(AF_INET, SOCK_DGRAM, 0);
        file_fd = open("/dev/null", O_WRONLY);
        event_fd = eventfd(0, 0);
        done_fd = eventfd(0, 0);
        struct worker *worker = worker_start("other", 2, NULL);
        if (!sandbox_close(NULL))
            _exit(100);
        if (threaded) {
            worker_post(worker, on_thread, &deed);
            wait_for_thread();
        } else {
            deed();
        }
        _exit(0);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void assert_killed(deed_fn *deed)
{
    for (int threaded = 0; threaded < 2; threaded++) {
        int status = status_of(deed, threaded);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static void a_file_cannot_be_opened(void **state)
{
    assert_killed(open_a_file);
}

static void a_socket_cannot_be_made(void **state)
{
    assert_killed(open_a_socket);
}

static void a_program_cannot_be_executed(void **state)
{
    assert_killed(execute);
}

static void a_process_cannot_be_made(void **state)
{
    assert_killed(make_a_process);
}

static void another_process_cannot_be_signalled(void **state)
{
    assert_killed(signal_another);
}

static void code_cannot_be_mapped(void **state)
{
    assert_killed(map_code);
}

static void nothing_is_sent_but_to_the_peer(void **state)
{
    assert_killed(send_to_an_address);
}

static void a_file_that_is_open_cannot_be_written(void **state)
{
    assert_killed(write_to_a_file_that_is_open);
}

static void descriptors_cannot_be_duplicated_nor_filtered(void **state)
{
    assert_killed(duplicate_a_descriptor);
    assert_killed(filter_a_socket);
}

static void sockets_clocks_memory_and_the_loop_work(void **state)
{
    assert_int_equal(status_of(work, false), 0);
    assert_int_equal(status_of(work, true), 0);
}

static void the_first_line_of_a_log_can_be_written(void **state)
{
    assert_int_equal(status_of(log_a_line, false), 0);
    assert_int_equal(status_of(log_a_line, true), 0);
}

static void a_thread_may_end(void **state)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        sandbox_prepare();
        struct worker *worker = worker_start("other", 2, NULL);
        if (!sandbox_close(NULL))
            _exit(100);
        worker_stop(worker);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* ---- what holds without the filter ------------------------------------------------- */

static void on_open(void *arg)
{
    bool *shut = arg;

    *shut = open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES;
    eventfd_write(done_fd, 1);
}

static void connect_somewhere(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(9),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno != EACCES)
        _exit(5);
}

/* 0: everything that this kernel's Landlock knows is shut, in every thread. */
static void try_with_landlock_alone(void)
{
    bool shut = false;

    done_fd = eventfd(0, 0);
    sandbox_shut_files();
    if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
        _exit(1);
    if (open("/tmp/kengd-sandbox", O_CREAT | O_WRONLY, 0600) >= 0)
        _exit(2);
    struct worker *worker = worker_start("other", 2, NULL);
    worker_post(worker, on_open, &shut);
    wait_for_thread();
    if (!shut)
        _exit(3);
    if (sandbox_landlock() >= 4)
        connect_somewhere();
    if (sandbox_landlock() >= 6 && kill(getppid(), 0) == 0)
        _exit(6);
    _exit(0);
}

static void landlock_shuts_files_by_itself(void **state)
{
    int status;

    if (!sandbox_landlock()) {
        print_message("this kernel has no Landlock\n");
        return;
    }
    pid_t pid = fork();
    if (pid == 0)
        try_with_landlock_alone();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void limits_are_low_and_nobody_looks_in(void **state)
{
    static const int none[] = { RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_MEMLOCK,
                                RLIMIT_MSGQUEUE };
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct rlimit is;
        sandbox_limit();
        for (size_t i = 0; i < COUNT_OF(none); i++)
            if (getrlimit((__rlimit_resource_t)none[i], &is) < 0 || is.rlim_max != 0)
                _exit(10 + (int)i);
        if (getrlimit(RLIMIT_NOFILE, &is) < 0 || is.rlim_max > 64)
            _exit(2);
        _exit(prctl(PR_GET_DUMPABLE) ? 3 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* ---- the libraries ----------------------------------------------------------------- */

static struct film *films[2];
static int made;

static void on_init(void *arg, const char *codecs, const uint8_t *bytes, size_t size,
                    int64_t run_wall_us)
{
    made++;
}

static void on_fragment(void *arg, uint8_t *bytes, size_t size, int64_t first_wall_us,
                        bool keyframe, bool damaged)
{
    made++;
}

/* Pictures and G.711 into fragments: parser, muxer, resampler and AAC encoder. */
static void cut(const struct film *film)
{
    static const struct cut_listener listener = { .on_init = on_init,
                                                  .on_fragment = on_fragment };
    static const struct track pcma = { .codec = CODEC_PCMA,
                                       .clock = 8000,
                                       .channels = 1 };
    static const uint8_t silence[800];
    struct cutter *c = cut_new("gate", &listener, NULL);

    for (int i = 0; i < film->count; i++) {
        struct packet sound = { .which = TRACK_AUDIO,
                                .track = &pcma,
                                .bytes = silence,
                                .size = sizeof silence,
                                .pts = i * 800,
                                .key = true };
        sound.arrived_us = film->packets[i].arrived_us = film->packets[i].dts * 100 / 9;
        cut_packet(c, &sound);
        cut_packet(c, &film->packets[i]);
    }
    cut_free(c);
    if (made < 3)
        _exit(2);
}

/* A decoder, opened inside, on one thread. */
static void decode(const struct film *film)
{
    const AVCodec *codec = avcodec_find_decoder(
        film->track.codec == CODEC_H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC);
    AVCodecContext *c = avcodec_alloc_context3(codec);
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    int pictures = 0;

    c->thread_count = 1;
    if (avcodec_open2(c, codec, NULL) < 0)
        _exit(3);
    for (int i = 0; i < film->count; i++) {
        const struct packet *p = &film->packets[i];
        size_t sets = i ? 0 : film->track.parameters_size + 64;
        av_new_packet(packet, (int)(sets + p->size));
        uint8_t *to = packet->data;
        for (size_t at = 0; sets && at < film->track.parameters_size;) {
            size_t size = (size_t)(film->track.parameters[at] << 8 |
                                   film->track.parameters[at + 1]);
            memcpy(to, "\0\0\0\1", 4);
            memcpy(to + 4, film->track.parameters + at + 2, size);
            to += 4 + size;
            at += 2 + size;
        }
        memcpy(to, p->bytes, p->size);
        for (size_t at = 0; at + 4 < p->size;) {
            size_t size = (size_t)to[at] << 24 | (size_t)to[at + 1] << 16 |
                          (size_t)to[at + 2] << 8 | to[at + 3];
            memcpy(to + at, "\0\0\0\1", 4);
            at += 4 + size;
        }
        av_shrink_packet(packet, (int)(to + p->size - packet->data));
        avcodec_send_packet(c, packet);
        while (avcodec_receive_frame(c, frame) >= 0)
            pictures++;
        av_packet_unref(packet);
    }
    avcodec_free_context(&c);
    if (pictures < 10)
        _exit(4);
}

static void use_the_libraries(void)
{
    for (int i = 0; i < 2; i++) {
        if (films[i]) {
            cut(films[i]);
            decode(films[i]);
        }
    }
}

static void cutting_and_decoding_need_no_more(void **state)
{
    struct film_wish wish = { .codec = CODEC_H264,
                              .width = 320,
                              .height = 180,
                              .fps = 10,
                              .seconds = 3,
                              .gop = 20 };
    films[0] = film_new(&wish);
    wish.codec = CODEC_H265;
    films[1] = film_new(&wish);
    if (!films[0] && !films[1])
        skip();
    assert_int_equal(status_of(use_the_libraries, false), 0);
    assert_int_equal(status_of(use_the_libraries, true), 0);
    film_free(films[0]);
    film_free(films[1]);
}

int main(void)
{
    av_log_set_level(AV_LOG_QUIET);
    sandbox_prepare(); /* before the encoders of the films make threads, and arenas */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_cannot_be_opened),
        cmocka_unit_test(a_socket_cannot_be_made),
        cmocka_unit_test(a_program_cannot_be_executed),
        cmocka_unit_test(a_process_cannot_be_made),
        cmocka_unit_test(another_process_cannot_be_signalled),
        cmocka_unit_test(code_cannot_be_mapped),
        cmocka_unit_test(nothing_is_sent_but_to_the_peer),
        cmocka_unit_test(a_file_that_is_open_cannot_be_written),
        cmocka_unit_test(descriptors_cannot_be_duplicated_nor_filtered),
        cmocka_unit_test(sockets_clocks_memory_and_the_loop_work),
        cmocka_unit_test(the_first_line_of_a_log_can_be_written),
        cmocka_unit_test(a_thread_may_end),
        cmocka_unit_test(landlock_shuts_files_by_itself),
        cmocka_unit_test(limits_are_low_and_nobody_looks_in),
        cmocka_unit_test(cutting_and_decoding_need_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

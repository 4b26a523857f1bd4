#include "house.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../media/make_mp4.h"
#include "core/memory.h"

static const char configuration[] =
    "site: {name: Dong Xanh, language: en, time_zone: Asia/Ho_Chi_Minh}\n"
    "paths: {state: %s/state, runtime: %s/run}\n"
    "storage: {recordings: %s/recordings}\n"
    "web:\n"
    "  listen: [\"127.0.0.1:%d\"]\n"
    "  public_url: \"https://cam.example\"\n"
    "%s"
    "areas:\n"
    "  xa: {name: Xa}\n"
    "  thon-dong: {name: Thon Dong, within: xa, quiet: \"23:00-04:00\"}\n"
    "  thon-tay: {name: Thon Tay, within: xa}\n"
    "cameras:\n"
    "  gate: {name: Gate, area: thon-dong, url: \"rtsp://192.0.2.1/1\","
    " sub_url: \"rtsp://192.0.2.1/2\"}\n"
    "  lane: {name: Lane, area: thon-tay, url: \"rtsp://192.0.2.2/1\","
    " sub_url: \"rtsp://192.0.2.2/2\"}\n"
    "people:\n"
    "  head-dong: {name: Head of Dong, role: official, areas: [thon-dong], rank: 1,"
    " quiet: {hours: \"22:00-05:00\", days: mon-fri}}\n"
    "  duty: {name: Duty, role: staff, areas: [xa], rank: 2}\n"
    "  boss: {name: Boss, role: admin, areas: [xa], rank: 3}\n"
    "screens:\n"
    "  screen-dong: {name: House of Dong, area: thon-dong, layout: auto}\n"
    "  screen-tay: {name: House of Tay, area: thon-tay, layout: auto}\n";

static _Atomic int64_t jumped_us;

static int64_t machine_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return SECONDS_US(now.tv_sec) + now.tv_nsec / 1000 + jumped_us;
}

static int64_t wall_us(void)
{
    return machine_us(CLOCK_REALTIME);
}
static int64_t mono_us(void)
{
    return machine_us(CLOCK_MONOTONIC);
}
static bool is_synchronised(void)
{
    return true;
}

void house_jump(int64_t us)
{
    jumped_us += us;
}

/* ---- doors ----------------------------------------------------------------------------
 */

static struct stream *door_stream(void *arg, const char *camera, bool sub)
{
    struct house *house = arg;
    int which = strcmp(camera, "gate") == 0 ? GATE : LANE;

    return sub ? house->sub[which] : house->main[which];
}

static struct stream *door_debug(void *arg, const char *camera)
{
    return strcmp(camera, "gate") == 0 ? ((struct house *)arg)->debug : NULL;
}

static json_t *door_camera(void *arg, const char *camera)
{
    return json_pack("{s:s, s:s, s:i}", "id", "forged", "state", "recording",
                     "reconnects", 3);
}

static json_t *door_health(void *arg)
{
    return json_pack("{s:{s:b, s:s, s:i, s:i, s:[{s:s, s:s}]}, s:b}", "disk", "ok", 1, "why",
                     "", "free_bytes", 10, "size_bytes", 20, "volumes", "id", "dia-hai",
                     "path", "/srv/hai", "clock_trusted", 1);
}

static void remember(struct house *house, const char *door, const char *object,
                     const char *who, const char *note)
{
    snprintf(house->door, sizeof house->door, "%s", door);
    snprintf(house->object, sizeof house->object, "%s", object ? object : "");
    snprintf(house->who, sizeof house->who, "%s", who ? who : "");
    snprintf(house->note, sizeof house->note, "%s", note ? note : "");
}

static void door_answer(void *arg, const char *alert, const char *answer, const char *who,
                        const char *note, door_done_fn *done, void *done_arg)
{
    struct house *house = arg;
    int status = house->door_status ? house->door_status : 200;

    remember(house, answer, alert, who, note);
    done(done_arg, status, json_pack("{s:s}", "id", alert));
}

static void door_raise(void *arg, const char *area, const char *camera, const char *who,
                       const char *note, door_done_fn *done, void *done_arg)
{
    remember(arg, "raise", area ? area : camera, who, note);
    done(done_arg, 200, json_pack("{s:s}", "id", "new"));
}

static void door_test(void *arg, const char *area, const char *channel, const char *person,
                      const char *who, door_done_fn *done, void *done_arg)
{
    remember(arg, "test", area, who, person);
    done(done_arg, 200, json_pack("{s:s}", "id", "new"));
}

static void door_delivered(void *arg, const char *alert, const char *recipient)
{
    remember(arg, "delivered", alert, recipient, NULL);
}

static const char *door_push_key(void *arg)
{
    return "BPk";
}

static json_t *door_holds(void *arg)
{
    return json_pack("[{s:s, s:s}, {s:s, s:s}]", "id", "01G", "camera", "gate", "id", "01L",
                     "camera", "lane");
}

static void door_hold_add(void *arg, const struct hold_wish *wish, door_done_fn *done,
                          void *done_arg)
{
    remember(arg, "hold", wish->camera, wish->who, wish->reason);
    done(done_arg, 201,
         json_pack("{s:I, s:I, s:I}", "from", (json_int_t)wish->from_us, "to",
                   (json_int_t)wish->to_us, "until", (json_int_t)wish->until_us));
}

static void door_hold_release(void *arg, const char *id, door_done_fn *done, void *done_arg)
{
    remember(arg, "release", id, NULL, NULL);
    done(done_arg, 200, json_pack("{s:s}", "id", id));
}

static bool door_reload(void *arg, const char *who, char **report)
{
    *report = xstrdup("camera gate: changed\n");
    return true;
}

/* ---- a house --------------------------------------------------------------------------
 */

struct call {
    call_fn *fn;
    void *arg;
    sem_t done;
};

static void on_call(void *arg)
{
    struct call *call = arg;

    call->fn(call->arg);
    sem_post(&call->done);
}

void house_call(struct house *house, call_fn *fn, void *arg)
{
    struct call call = { .fn = fn, .arg = arg };

    sem_init(&call.done, 0, 0);
    loop_post(house->loop, on_call, &call);
    while (sem_wait(&call.done) != 0 && errno == EINTR)
        ;
    sem_destroy(&call.done);
}

struct watch {
    struct house *house;
    bool (*true_now)(struct house *house);
    struct timer *timer;
    sem_t done;
};

static void on_watch(void *arg)
{
    struct watch *watch = arg;

    if (!watch->true_now(watch->house))
        return;
    timer_cancel(watch->timer);
    sem_post(&watch->done);
}

static void begin_watch(void *arg)
{
    struct watch *watch = arg;

    watch->timer = timer_new(watch->house->loop, on_watch, watch);
    timer_every(watch->timer, MILLIS_US(5));
}

static void end_watch(void *arg)
{
    timer_free(((struct watch *)arg)->timer);
}

void house_until(struct house *house, bool (*true_now)(struct house *house))
{
    struct watch watch = { .house = house, .true_now = true_now };
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 20;
    sem_init(&watch.done, 0, 0);
    house_call(house, begin_watch, &watch);
    int failed = sem_timedwait(&watch.done, &end);
    house_call(house, end_watch, &watch);
    sem_destroy(&watch.done);
    assert_int_equal(failed, 0);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void house_certify(struct house *house, int serial)
{
    char *certificate = xformat("%s/cert.pem", house->dir);
    char *key_path = xformat("%s/key.pem", house->dir);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    FILE *file;

    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400L * 365);
    X509_set_pubkey(x509, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test",
                               -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_sign(x509, key, EVP_sha256());
    file = fopen(certificate, "w");
    PEM_write_X509(file, x509);
    fclose(file);
    file = fopen(key_path, "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    chmod(key_path, 0600);
    X509_free(x509);
    EVP_PKEY_free(key);
    free(certificate);
    free(key_path);
}

/* A port that nobody has now. */
static int free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    getsockname(fd, (struct sockaddr *)&at, &size);
    close(fd);
    return ntohs(at.sin_port);
}

static const struct settings *load(struct house *house)
{
    struct faults faults = { 0 };
    char *more = house->with_tls ? xformat("  certificate: %s/cert.pem\n  key: %s/key.pem\n",
                                           house->dir, house->dir)
                 : house->behind_proxy ? xstrdup("  proxies: [127.0.0.1, \"::1\"]\n")
                                       : xstrdup("");
    char *text = xformat(configuration, house->dir, house->dir, house->dir,
                         house->port = free_port(), more);
    char *path = xformat("%s/kengd.yaml", house->dir);

    write_file(path, text);
    const struct settings *set = settings_load(path, &faults);
    if (!set)
        fail_msg("%s", faults_text(&faults));
    free(text);
    free(more);
    free(path);
    return set;
}

static void *run(void *arg)
{
    struct house *house = arg;

    loop_run(house->loop);
    return NULL;
}

static void on_pause(void *arg)
{
    loop_stop(arg);
}

/* By a post: a stop before the thread has begun to run the loop would be lost. */
void house_pause(struct house *house)
{
    loop_post(house->loop, on_pause, house->loop);
    pthread_join(house->thread, NULL);
}

void house_resume(struct house *house)
{
    pthread_create(&house->thread, NULL, run, house);
}

static void open_web(struct house *house)
{
    struct error err = { 0 };
    struct web_setup setup = {
        .settings = house->settings,
        .loop = house->loop,
        .duties = house->duties,
        .reads = house->reads,
        .doors = { .arg = house,
                   .stream = door_stream,
                   .debug = door_debug,
                   .camera = door_camera,
                   .health = door_health,
                   .answer = door_answer,
                   .raise = door_raise,
                   .test = door_test,
                   .delivered = door_delivered,
                   .push_key = door_push_key,
                   .holds = door_holds,
                   .hold_add = door_hold_add,
                   .hold_release = door_hold_release,
                   .reload = door_reload },
    };

    house->web = web_open(&setup, &err);
    if (!house->web)
        fail_msg("%s", err.text);
}

static struct desk *open_desk(struct house *house, enum store_use use, const char *name)
{
    struct error err = { 0 };
    struct desk *desk =
        desk_open(house->settings->paths.state, use, name, house->loop, NULL, &err);

    if (!desk)
        fail_msg("%s", err.text);
    return desk;
}

static int setup(void **state, bool with_tls, bool behind_proxy)
{
    struct house *house = xcalloc(1, sizeof *house);
    static const char *const folders[] = { "state", "run", "recordings" };

    static const struct clock_source clock = { wall_us, mono_us, is_synchronised };

    clock_use(&clock);
    signal(SIGPIPE, SIG_IGN); /* as kengd's main does */
    house->with_tls = with_tls;
    house->behind_proxy = behind_proxy;
    strcpy(house->dir, "/tmp/kengd-web-XXXXXX");
    assert_non_null(mkdtemp(house->dir));
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        char *path = xformat("%s/%s", house->dir, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
        free(path);
    }
    if (with_tls)
        house_certify(house, 1);
    house->settings = load(house);
    house->loop = loop_new();
    house->records = open_desk(house, STORE_RECORDS, "records");
    house->duties = open_desk(house, STORE_DUTIES, "duties");
    house->reads = open_desk(house, STORE_READS, "reads");
    house->debug = stream_new("debug", 0, 0);
    for (int i = 0; i < CAMERAS; i++) {
        house->main[i] = stream_new("main", SECONDS_US(10), 8 << 20);
        house->sub[i] = stream_new("sub", SECONDS_US(10), 8 << 20);
    }
    open_web(house); /* before the thread: nobody else is on the loop */
    house_resume(house);
    *state = house;
    return 0;
}

int house_setup(void **state)
{
    return setup(state, false, false);
}

int house_setup_tls(void **state)
{
    return setup(state, true, false);
}

int house_setup_proxy(void **state)
{
    return setup(state, false, true);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    return remove(path);
}

int house_teardown(void **state)
{
    struct house *house = *state;

    house_pause(house);
    web_close(house->web);
    desk_close(house->reads);
    desk_close(house->duties);
    desk_close(house->records);
    for (int i = 0; i < CAMERAS; i++) {
        stream_free(house->main[i]);
        stream_free(house->sub[i]);
    }
    stream_free(house->debug);
    loop_free(house->loop);
    settings_unref(house->settings);
    nftw(house->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(house);
    return 0;
}

struct feed_call {
    struct stream *stream;
    const struct fragment *frag;
};

static void on_feed(void *arg)
{
    struct feed_call *call = arg;

    stream_publish(call->stream, call->frag);
}

void house_feed(struct house *house, int camera, bool sub, const struct init *init,
                int64_t start_us, bool key, uint32_t size)
{
    struct feed_call call = {
        .stream = sub ? house->sub[camera] : house->main[camera],
        .frag = make_fragment(init, start_us, MILLIS_US(500), key, size),
    };

    house_call(house, on_feed, &call);
}

struct show_call {
    struct stream *stream;
    const struct picture *picture;
};

static void on_show(void *arg)
{
    struct show_call *call = arg;

    stream_publish_picture(call->stream, call->picture);
}

static void show(struct house *house, struct stream *stream, int64_t at_us, size_t size)
{
    struct picture *picture = picture_new(size);
    struct show_call call = { stream, picture };

    memset(picture->bytes, 0x5a, size);
    picture->at_us = at_us;
    house_call(house, on_show, &call);
}

void house_show(struct house *house, int camera, int64_t at_us, size_t size)
{
    show(house, house->sub[camera], at_us, size);
}

void house_show_debug(struct house *house, int64_t at_us, size_t size)
{
    show(house, house->debug, at_us, size);
}

/* ---- the client -----------------------------------------------------------------------
 */

void answer_clear(struct answer *answer)
{
    free(answer->head);
    bytes_free(&answer->body);
    *answer = (struct answer){ 0 };
}

const char *answer_header(const struct answer *answer, const char *name)
{
    static char value[1024];
    size_t length = strlen(name);

    for (const char *p = answer->head; p && (p = strstr(p, "\r\n"));) {
        p += 2;
        if (strncasecmp(p, name, length) != 0 || p[length] != ':')
            continue;
        p += length + 1;
        p += strspn(p, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(p, "\r"), p);
        return value;
    }
    return NULL;
}

static int dialled(int fd, const void *to, socklen_t size)
{
    struct timeval patience = { .tv_sec = 20 };

    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, to, size), 0);
    return fd;
}

int house_dial(struct house *house)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)house->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    return dialled(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &to, sizeof to);
}

int house_dial_control(struct house *house)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };

    snprintf(to.sun_path, sizeof to.sun_path, "%s/run/kengctl.sock", house->dir);
    return dialled(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), &to, sizeof to);
}

bool send_all(int fd, const void *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(fd, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

void send_text(int fd, const char *format, ...)
{
    char *line;
    va_list args;

    va_start(args, format);
    assert_true(vasprintf(&line, format, args) >= 0);
    va_end(args);
    send_all(fd, line, strlen(line));
    free(line);
}

static bool read_byte(int fd, struct bytes *to)
{
    bytes_reserve(to, 1);
    if (recv(fd, to->at + to->size, 1, 0) != 1)
        return false;
    to->size++;
    return true;
}

static bool read_line(int fd, struct bytes *line)
{
    line->size = 0;
    while (read_byte(fd, line))
        if (line->size >= 2 && memcmp(line->at + line->size - 2, "\r\n", 2) == 0)
            return true;
    return false;
}

static bool read_many(int fd, struct bytes *to, size_t size)
{
    while (size > 0) {
        bytes_reserve(to, size);
        ssize_t n = recv(fd, to->at + to->size, size, 0);
        if (n <= 0)
            return false;
        to->size += (size_t)n;
        size -= (size_t)n;
    }
    return true;
}

struct answer read_head(int fd)
{
    struct answer answer = { 0 };
    struct bytes head = { 0 };

    while (read_byte(fd, &head))
        if (head.size >= 4 && memcmp(head.at + head.size - 4, "\r\n\r\n", 4) == 0)
            break;
    answer.head = bytes_take(&head);
    sscanf(answer.head, "HTTP/1.%*d %d", &answer.status);
    return answer;
}

static void read_chunks(int fd, struct bytes *body)
{
    struct bytes line = { 0 };

    while (read_line(fd, &line)) {
        size_t size = strtoul((char *)line.at, NULL, 16);
        if (!read_many(fd, body, size) || !read_line(fd, &line) || size == 0)
            break;
    }
    bytes_free(&line);
}

struct answer read_answer(int fd)
{
    struct answer answer = read_head(fd);
    const char *length = answer_header(&answer, "Content-Length");

    if (length)
        read_many(fd, &answer.body, strtoul(length, NULL, 10));
    else if (answer_header(&answer, "Transfer-Encoding"))
        read_chunks(fd, &answer.body);
    bytes_reserve(&answer.body, 1)[0] = 0;
    return answer;
}

static struct answer ask_on(int fd, const char *method, const char *target,
                            const char *token, const char *more, const char *body)
{
    send_text(fd, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s", method, target,
              more ? more : "");
    if (token)
        send_text(fd, "Authorization: Bearer %s\r\n", token);
    if (body)
        send_text(fd, "Content-Length: %zu\r\n", strlen(body));
    send_text(fd, "\r\n%s", body ? body : "");
    struct answer answer = strcmp(method, "HEAD") == 0 ? read_head(fd) : read_answer(fd);
    close(fd);
    return answer;
}

struct answer house_ask(struct house *house, const char *method, const char *target,
                        const char *token, const char *more, const char *body)
{
    return ask_on(house_dial(house), method, target, token, more, body);
}

struct answer house_ask_from(struct house *house, const char *address, const char *method,
                             const char *target, const char *more, const char *body)
{
    struct sockaddr_in from = { .sin_family = AF_INET };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)house->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(inet_pton(AF_INET, address, &from.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    return ask_on(dialled(fd, &to, sizeof to), method, target, NULL, more, body);
}

struct answer house_ask_control(struct house *house, const char *method,
                                const char *target, const char *body)
{
    return ask_on(house_dial_control(house), method, target, NULL,
                  "Content-Type: application/json\r\n", body);
}

char *house_token(struct house *house, const char *body, char **id)
{
    struct answer answer = house_ask_control(house, "POST", "/api/control/tokens", body);
    json_t *object = json_loadb((char *)answer.body.at, answer.body.size, 0, NULL);

    if (answer.status != 200)
        fail_msg("%d %s", answer.status, (char *)answer.body.at);
    char *token = xstrdup(json_string_value(json_object_get(object, "token")));
    if (id)
        *id = xstrdup(json_string_value(json_object_get(object, "id")));
    json_decref(object);
    answer_clear(&answer);
    return token;
}

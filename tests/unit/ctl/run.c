/* kengctl as a whole, against a kengd that answers what the test wants. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/text.h"
#include "ctl/run.h"

struct peer {
    char dir[64], path[96];
    int listener;
    const char *reply; /* all of it, head and body; NULL: the connection is closed */
    char asked[4096];  /* head and body, as they came */
};

static int peer_start(void **state)
{
    struct peer *peer = xcalloc(1, sizeof *peer);
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(peer->dir, sizeof peer->dir, "/tmp/kengctl-XXXXXX");
    assert_non_null(mkdtemp(peer->dir));
    assert_int_equal(chmod(peer->dir, 0755), 0);
    snprintf(peer->path, sizeof peer->path, "%s/kengctl.sock", peer->dir);
    memcpy(address.sun_path, peer->path, sizeof peer->path);
    peer->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(peer->listener, (struct sockaddr *)&address, sizeof address),
                     0);
    assert_int_equal(listen(peer->listener, 4), 0);
    *state = peer;
    return 0;
}

static int peer_stop(void **state)
{
    struct peer *peer = *state;

    close(peer->listener);
    unlink(peer->path);
    rmdir(peer->dir);
    free(peer);
    return 0;
}

/* Whether head and body are there. */
static bool is_whole(const char *asked)
{
    const char *end = strstr(asked, "\r\n\r\n"),
               *length = strcasestr(asked, "content-length:");

    if (!end)
        return false;
    return !length || strlen(end + 4) >= (size_t)atoi(length + strlen("content-length:"));
}

static void *answer_one(void *arg)
{
    struct peer *peer = arg;
    size_t size = 0;
    ssize_t got = 1;
    int fd = accept(peer->listener, NULL, NULL);

    while (got > 0 && !is_whole(peer->asked) && size + 1 < sizeof peer->asked) {
        got = read(fd, peer->asked + size, sizeof peer->asked - 1 - size);
        size += got > 0 ? (size_t)got : 0;
    }
    if (peer->reply && write(fd, peer->reply, strlen(peer->reply)) < 0)
        peer->asked[0] = 0; /* the test fails */
    close(fd);
    return NULL;
}

static char *http(int status, const char *body)
{
    return xformat("HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                   status, strlen(body), body);
}

struct said {
    int status;
    char *out, *err;
};

static struct said run(const char *socket, const char *line)
{
    char *copy = xstrdup(line),
         *argv[16] = { (char *)"kengctl", (char *)"--socket", (char *)socket };
    int argc = 3;
    size_t out_size, err_size;
    struct said said;

    for (char *word = strtok(copy, " "); word && argc < 15; word = strtok(NULL, " "))
        argv[argc++] = word;
    FILE *out = open_memstream(&said.out, &out_size),
         *err = open_memstream(&said.err, &err_size);
    said.status = ctl_run(argc, argv, out, err);
    fclose(out);
    fclose(err);
    free(copy);
    return said;
}

static struct said ask(struct peer *peer, const char *line, int status, const char *body)
{
    pthread_t thread;
    char *reply = body ? http(status, body) : NULL;

    memset(peer->asked, 0, sizeof peer->asked);
    peer->reply = reply;
    assert_int_equal(pthread_create(&thread, NULL, answer_one, peer), 0);
    struct said said = run(peer->path, line);
    pthread_join(thread, NULL);
    free(reply);
    return said;
}

static void expect(struct said said, int status, const char *out, const char *err)
{
    assert_string_equal(said.err, err);
    assert_string_equal(said.out, out);
    assert_int_equal(said.status, status);
    free(said.out);
    free(said.err);
}

/* ---- what is asked ------------------------------------------------------------------
 */

static void every_word_asks_at_its_address(void **state)
{
    static const struct {
        const char *line, *head, *body;
    } rows[] = {
        { "status", "GET /api/control/status HTTP/1.1\r\n", "" },
        { "cameras", "GET /api/cameras HTTP/1.1\r\n", "" },
        { "cameras cong-lang", "GET /api/cameras/cong-lang HTTP/1.1\r\n", "" },
        { "camera learn cong-lang", "POST /api/control/cameras/cong-lang/learn HTTP/1.1\r\n",
          "{}" },
        { "reload", "POST /api/control/reload HTTP/1.1\r\n", "{}" },
        { "token new --person a --days 3", "POST /api/control/tokens HTTP/1.1\r\n",
          "{\"person\":\"a\",\"days\":3}" },
        { "token new --role staff --area b --name c",
          "POST /api/control/tokens HTTP/1.1\r\n",
          "{\"role\":\"staff\",\"area\":\"b\",\"name\":\"c\"}" },
        { "token list", "GET /api/control/tokens HTTP/1.1\r\n", "" },
        { "token revoke 12", "DELETE /api/control/tokens/12 HTTP/1.1\r\n", "" },
        { "token revoke ../x?y", "DELETE /api/control/tokens/..%2Fx%3Fy HTTP/1.1\r\n",
          "" },
        { "pair a", "POST /api/pairings HTTP/1.1\r\n", "{\"person\":\"a\"}" },
        { "device list", "GET /api/devices HTTP/1.1\r\n", "" },
        { "device revoke 3", "DELETE /api/devices/3 HTTP/1.1\r\n", "" },
        { "screen approve 482913 s", "POST /api/control/screens/approve HTTP/1.1\r\n",
          "{\"code\":\"482913\",\"screen\":\"s\"}" },
        { "alert list", "GET /api/alerts?open=1 HTTP/1.1\r\n", "" },
        { "alert list --all", "GET /api/alerts HTTP/1.1\r\n", "" },
        { "alert test b", "POST /api/control/test-alert HTTP/1.1\r\n",
          "{\"area\":\"b\"}" },
        { "hold add gate a b --reason r --until c", "POST /api/holds HTTP/1.1\r\n",
          "{\"camera\":\"gate\",\"from\":\"a\",\"to\":\"b\",\"reason\":\"r\",\"until\":\"c\"}" },
        { "hold list", "GET /api/holds HTTP/1.1\r\n", "" },
        { "hold release 7/8", "DELETE /api/holds/7%2F8 HTTP/1.1\r\n", "" },
        { "rebuild --no-wait", "POST /api/control/rebuild HTTP/1.1\r\n", "{}" },
        { "access verify", "GET /api/control/access-log HTTP/1.1\r\n", "" },
        { "clock trust", "POST /api/control/clock/trust HTTP/1.1\r\n", "{}" },
    };
    struct peer *peer = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct said said = ask(peer, rows[i].line, 200, "{}");
        assert_memory_equal(peer->asked, rows[i].head, strlen(rows[i].head));
        assert_string_equal(strstr(peer->asked, "\r\n\r\n") + 4, rows[i].body);
        assert_non_null(strstr(peer->asked, "\r\nAccept-Language: en\r\n"));
        if (*rows[i].body)
            assert_non_null(
                strstr(peer->asked, "\r\nContent-Type: application/json\r\n"));
        assert_int_equal(said.status, EXIT_WELL);
        free(said.out);
        free(said.err);
    }
}

/* ---- what is shown ------------------------------------------------------------------
 */

#define SINCE "\"since\": \"2026-11-21T13:41:00.000Z\""

static void status_tells_how_everything_is(void **state)
{
    struct said said = ask(
        *state, "status", 200,
        "{\"version\": \"0.1.0\", \"uptime_s\": 93600, \"pid\": 77, \"health\": {\"recording\": 1,"
        " \"cameras\": 2, \"clock_trusted\": false, \"disk\": {\"ok\": true, \"why\": \"\","
        " \"free_bytes\": 120400000000, \"size_bytes\": 500000000000, \"days\": 12.4}},"
        " \"cameras\": [{\"id\": \"cong-lang\", \"state\": \"recording\", " SINCE
        ", \"reason\": \"\"}, {\"id\": \"ao\", \"state\": \"refused\", " SINCE
        ", \"reason\": \"Wrong password.\"}]}");

    expect(said, EXIT_WELL,
           "kengd 0.1.0 has run for 1 d 2 h (pid 77)\n"
           "Cameras: 1 of 2 recording\n"
           "Disk: 120.4 GB free of 500.0 GB, 12.4 days of recordings\n"
           "Clock: not trusted; it is not synchronised (see timedatectl, and kengctl clock trust)\n"
           "\n"
           "Camera     State      Since\n"
           "cong-lang  recording  21/11/2026 20:41:00\n"
           "ao         refused    21/11/2026 20:41:00\n"
           "    Wrong password.\n",
           "");
}

static void a_clock_that_is_trusted_on_a_persons_word_is_told_so(void **state)
{
    struct said said = ask(*state, "status", 200,
                           "{\"version\": \"0.1.0\", \"uptime_s\": 1, \"pid\": 7, \"clock_said\": true,"
                           " \"health\": {\"recording\": 0, \"cameras\": 0, \"clock_trusted\": true}}");

    expect(said, EXIT_WELL,
           "kengd 0.1.0 has run for 1 s (pid 7)\nCameras: 0 of 0 recording\n"
           "Clock: trusted because somebody said so; it is not synchronised\n",
           "");
}

static void trusting_the_clock_tells_what_it_says_or_that_it_was_trusted(void **state)
{
    expect(ask(*state, "clock trust", 200,
               "{\"already\": false, \"synchronised\": false, \"now\":"
               " \"2026-11-21T13:41:00.000Z\"}"),
           EXIT_WELL,
           "It is 21/11/2026 20:41:00, and the clock is trusted until this machine is started"
           " anew or its clock is set.\n",
           "");
    expect(ask(*state, "clock trust", 200,
               "{\"already\": true, \"synchronised\": true, \"now\":"
               " \"2026-11-21T13:41:00.000Z\"}"),
           EXIT_WELL,
           "The clock is trusted already: it is synchronised (21/11/2026 20:41:00).\n", "");
}

static void what_is_held_is_listed_with_its_reason(void **state)
{
    expect(ask(*state, "hold list", 200, "{\"holds\": []}"), EXIT_WELL, "Nothing is held.\n",
           "");
    expect(ask(*state, "hold list", 200,
               "{\"holds\": [{\"id\": \"01J\", \"camera\": \"ao\", \"from\": \"2026-11-21T01:00:00Z\","
               " \"to\": \"2026-11-21T02:00:00Z\", \"until\": \"2026-12-01T00:00:00Z\","
               " \"by\": \"kengctl\", \"reason\": \"A theft.\"}]}"),
           EXIT_WELL,
           "Hold  Camera  From                 To                   Until                By\n"
           "01J   ao      21/11/2026 08:00:00  21/11/2026 09:00:00  01/12/2026 07:00:00  "
           "kengctl\n"
           "    A theft.\n",
           "");
}

static void a_disk_without_recordings_has_no_days(void **state)
{
    struct said said = ask(
        *state, "status", 200,
        "{\"version\": \"0.1.0\", \"uptime_s\": 1, \"pid\": 7, \"health\": {\"recording\": 0,"
        " \"cameras\": 0, \"clock_trusted\": true, \"disk\": {\"ok\": false, \"why\": \"It is"
        " full.\", \"free_bytes\": 0, \"size_bytes\": 5000000, \"days\": null}}}");

    expect(said, EXIT_WELL,
           "kengd 0.1.0 has run for 1 s (pid 7)\nCameras: 0 of 0 recording\n"
           "Disk: It is full.\nDisk: 0.0 kB free of 5.0 MB\n",
           "");
}

static void one_camera_is_told_with_its_advice(void **state)
{
    struct said said = ask(
        *state, "cameras cong-lang", 200,
        "{\"id\": \"cong-lang\", \"name\": \"Cổng làng\", \"area_name\": \"Thôn Đông\","
        " \"state\": \"covered\", " SINCE ", \"reason\": \"Its lens is covered.\","
        " \"reconnects\": 2, \"lost_packets\": 3, \"damaged_frames\": 4,"
        " \"clock_ahead_s\": -7205.5, \"main\": {\"transport\": \"udp\", \"codec\": \"h264\", \"width\": 1920,"
        " \"height\": 1080, \"fps\": 10.0, \"declared_fps\": 25.0, \"bits_per_s\": 2000000,"
        " \"gop_s\": 62.0, \"b_frames\": true, \"audio\": \"aac\"}, \"sub\": null,"
        " \"advice\": [{\"code\": \"smart_codec\", \"text\": \"Switch it off.\"}]}");

    expect(said, EXIT_WELL,
           "cong-lang: Cổng làng, Thôn Đông\n"
           "State: covered or blurred since 21/11/2026 20:41:00\n"
           "  Its lens is covered.\n"
           "Main stream: h264 1920x1080, 10.0 fps, 2.0 Mbit/s, it says 25.0 fps, a keyframe "
           "every 62.0 s, B-frames, sound aac, over udp\n"
           "Sub-stream: none\n"
           "Its clock: 2 h 0 min behind\n"
           "Reconnected: 2; packets lost: 3; pictures damaged: 4\n"
           "Advice:\n"
           "- Switch it off.\n",
           "");
}

static void cameras_tells_what_each_one_sends(void **state)
{
    struct said said = ask(
        *state, "cameras", 200,
        "{\"cameras\": [{\"id\": \"cong-lang\", \"name\": \"Cổng làng\", \"area_name\": \"Thôn "
        "Đông\", \"state\": \"recording\", " SINCE ", \"reason\": \"\", \"days\": 12.4,"
        " \"main\": {\"transport\": \"tls\", \"codec\": \"h264\", \"width\": 1920, \"height\": 1080, \"fps\": 15.0,"
        " \"bits_per_s\": 2000000}, \"sub\": null}, {\"id\": \"ao\", \"name\": \"Ao\","
        " \"area_name\": \"Thôn Đông\", \"state\": \"sleeping\", \"main\": null}]}");

    expect(
        said, EXIT_WELL,
        "Camera     Name       Area       State      Since                Picture         "
        "Rate                  Transport  Days kept\n"
        "cong-lang  Cổng làng  Thôn Đông  recording  21/11/2026 20:41:00  h264 1920x1080  "
        "15.0 fps, 2.0 Mbit/s  tls        12.4\n"
        "ao         Ao         Thôn Đông  sleeping\n",
        "");
}

static void a_new_token_is_shown_with_its_link(void **state)
{
    struct said said =
        ask(*state, "token new --person a", 200,
            "{\"id\": \"3\", \"token\": \"T0\", \"url\": \"https://c/enter#T0\"}");

    expect(
        said, EXIT_WELL,
        "Token 3. It is shown only now; whoever has it comes in.\nT0\nhttps://c/enter#T0\n",
        "");
}

static void a_phones_code_is_a_picture_a_link_and_its_end(void **state)
{
    static const char answer[] =
        "{\"person\": \"a\", \"name\": \"Trưởng thôn\", \"url\": \"http://c/pair#T0\","
        " \"expires\": \"2026-11-21T13:41:00.000Z\", \"public\": false}";
    struct said said = ask(*state, "pair a", 200, answer);

    assert_int_equal(said.status, EXIT_WELL);
    assert_memory_equal(said.out, "\033[40;97m█", strlen("\033[40;97m█"));
    assert_non_null(strstr(said.out, "▄"));
    assert_non_null(strstr(said.out, "For the phone of Trưởng thôn, once, until 21/11/2026 "
                                     "20:41:00:\nhttp://c/pair#T0\nNo web.public_url is set"));
    free(said.out);
    free(said.err);
}

static void devices_are_listed_with_whose_they_are(void **state)
{
    expect(ask(*state, "device list", 200,
               "{\"devices\": [{\"id\": \"2\", \"kind\": \"phone\", \"person\": \"an\", \"screen\":"
               " null, \"name\": \"Android\", \"paired\": \"2026-11-21T13:41:00.000Z\", \"seen\":"
               " null, \"push\": {\"state\": \"gone\"}}, {\"id\": \"3\", \"kind\": \"screen\","
               " \"person\": null, \"screen\": \"nvh\", \"name\": \"Tivi\", \"paired\":"
               " \"2026-11-21T13:42:00.000Z\", \"seen\": null, \"push\": {\"state\": \"none\"}}]}"),
           EXIT_WELL,
           "Device  Name     Whose  Paired               Last used  Notifications\n"
           "2       Android  an     21/11/2026 20:41:00             must be turned on again\n"
           "3       Tivi     nvh    21/11/2026 20:42:00\n",
           "");
}

static void revoked_tokens_are_listed_when_all_are_wanted(void **state)
{
    static const char tokens[] =
        "{\"tokens\": [{\"id\": \"2\", \"person\": \"p\", \"role\": null, \"area\": null, \"name\":"
        " \"P\", \"session_of\": \"1\", \"created\": \"2026-11-21T13:41:00.000Z\", \"last\": null,"
        " \"expires\": null, \"revoked\": null}, {\"id\": \"1\", \"person\": null, \"role\":"
        " \"staff\", \"area\": \"a\", \"name\": \"Q\", \"session_of\": null, \"created\":"
        " \"2026-11-21T13:41:00.000Z\", \"last\": null, \"expires\": null, \"revoked\":"
        " \"2026-11-21T13:42:00.000Z\"}]}";

    expect(ask(*state, "token list", 200, tokens), EXIT_WELL,
           "Token  Name  Who  Area  Created              Last used  Expires\n"
           "2      P     p          21/11/2026 20:41:00\n"
           "    session of token 1\n",
           "");
    expect(ask(*state, "token list --all", 200, tokens), EXIT_WELL,
           "Token  Name  Who    Area  Created              Last used  Expires\n"
           "2      P     p            21/11/2026 20:41:00\n"
           "    session of token 1\n"
           "1      Q     staff  a     21/11/2026 20:41:00\n"
           "    revoked 21/11/2026 20:42:00\n",
           "");
}

static void alerts_are_shown_with_who_answered(void **state)
{
    expect(ask(*state, "alert list", 200, "{\"alerts\": []}"), EXIT_WELL,
           "There is no alert.\n", "");
    expect(
        ask(*state, "alert list", 200,
            "{\"alerts\": [{\"id\": \"01J\", \"kind\": \"motion\", \"state\": \"acknowledged\","
            " \"raised\": \"2026-11-21T13:41:00.000Z\", \"answered_by\": \"Trưởng thôn\","
            " \"event\": {\"camera_name\": \"Cổng làng\", \"area_name\": \"Thôn Đông\"}}]}"),
        EXIT_WELL,
        "Alert  Raised               Kind    Where      State         Answered by\n"
        "01J    21/11/2026 20:41:00  motion  Cổng làng  acknowledged  Trưởng thôn\n",
        "");
}

static void times_are_shown_in_the_sites_zone_when_it_is_told(void **state)
{
    static const struct {
        const char *zone, *shown;
    } rows[] = {
        { "Europe/Berlin", "21/11/2026 14:41:00" },
        { "Asia/Tokyo", "21/11/2026 22:41:00" },
        { "/etc/passwd", "21/11/2026 20:41:00" }, /* no name of a zone */
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *told = xformat("{\"time_zone\": \"%s\", \"alerts\": [{\"id\": \"01J\","
                             " \"raised\": \"2026-11-21T13:41:00.000Z\"}]}",
                             rows[i].zone);
        struct said said = ask(*state, "alert list", 200, told);
        assert_non_null(strstr(said.out, rows[i].shown));
        free(said.out);
        free(said.err);
        free(told);
        setenv("TZ", "Asia/Ho_Chi_Minh", 1);
        tzset();
    }
}

static void a_reload_tells_what_changed(void **state)
{
    expect(ask(*state, "reload", 200,
               "{\"changed\": [\"a\"], \"report\": \"camera a: new\\n\"}"),
           EXIT_WELL, "camera a: new\n", "");
    expect(ask(*state, "reload", 200, "{\"changed\": [], \"report\": \"\"}"), EXIT_WELL,
           "taken up; no camera had to start anew\n", "");
}

static void json_is_printed_as_it_came(void **state)
{
    expect(ask(*state, "--json cameras", 200, "{ \"cameras\":[ ] }"), EXIT_WELL,
           "{ \"cameras\":[ ] }\n", "");
    expect(ask(*state, "--json cameras", 422, "{\"error\": {}}"), EXIT_FAILED,
           "{\"error\": {}}\n", "");
    expect(ask(*state, "--json token revoke 3", 204, ""), EXIT_WELL, "", "");
}

/* ---- what goes wrong ----------------------------------------------------------------
 */

static void a_refusal_is_told_and_the_status_is_1(void **state)
{
    expect(ask(*state, "reload", 422,
               "{\"error\": {\"code\": \"config\", \"message\": \"it has faults\"},"
               " \"report\": \"k.yaml:1:2: x: y\\n\"}"),
           EXIT_FAILED, "", "k.yaml:1:2: x: y\nkengctl: it has faults\n");
    expect(
        ask(*state, "token revoke 9", 404, "{\"error\": {\"message\": \"not found\"}}"),
        EXIT_FAILED, "", "kengctl: there is no token 9; see kengctl token list\n");
    expect(ask(*state, "status", 503, "busy"), EXIT_FAILED, "",
           "kengctl: kengd refused with HTTP 503\n");
    expect(ask(*state, "token revoke 9", 204, ""), EXIT_WELL, "Token 9 is revoked.\n",
           "");
}

static void an_answer_that_is_no_json_is_a_failure(void **state)
{
    static const char says[] =
        "kengctl: kengd's answer cannot be read; is it of the same version?\n";

    expect(ask(*state, "status", 200, "<html>"), EXIT_FAILED, "", says);
    expect(ask(*state, "status", 200, "[1]"), EXIT_FAILED, "", says);
    expect(ask(*state, "status", 200, ""), EXIT_FAILED, "", says);
}

static void a_kengd_that_breaks_off_is_told(void **state)
{
    struct said said = ask(*state, "status", 0, NULL);

    assert_int_equal(said.status, EXIT_FAILED);
    assert_non_null(strstr(said.err, "kengd broke the answer off"));
    free(said.out);
    free(said.err);
}

static void a_kengd_that_does_not_run_is_told(void **state)
{
    struct peer *peer = *state;
    char *says =
        xformat("kengctl: kengd is not running, or its socket is not %s; see systemctl "
                "status kengd, or say --socket PATH\n",
                peer->path);

    close(peer->listener); /* a socket that a dead kengd left behind */
    expect(run(peer->path, "status"), EXIT_FAILED, "", says);
    unlink(peer->path);
    expect(run(peer->path, "status"), EXIT_FAILED, "", says);
    free(says);
    peer->listener = -1;
}

static void a_socket_of_somebody_else_is_told(void **state)
{
    struct peer *peer = *state;
    uid_t self = geteuid();
    char *says = xformat("kengctl: this user may not open %s; run kengctl with sudo\n",
                         peer->path);

    assert_int_equal(chmod(peer->path, 0), 0);
    if (self == 0)
        assert_int_equal(seteuid(65534), 0); /* root may open anything */
    struct said said = run(peer->path, "status");
    if (self == 0)
        assert_int_equal(seteuid(0), 0);
    expect(said, EXIT_FAILED, "", says);
    free(says);
}

static void a_socket_path_that_cannot_be_is_told(void **state)
{
    char path[200];

    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = 0;
    expect(run(path, "status"), EXIT_FAILED, "",
           "kengctl: the path of the socket is too long\n");
}

static void a_wrong_command_line_has_status_2(void **state)
{
    struct said said = run("/nowhere", "frob");

    assert_int_equal(said.status, EXIT_USAGE);
    free(said.out);
    free(said.err);
}

/* ---- without kengd ------------------------------------------------------------------
 */

static void check_needs_no_kengd(void **state)
{
    struct peer *peer = *state;
    char *file = xformat("%s/k.yaml", peer->dir), *line = xformat("check %s", file);
    char *json = xformat("check --json %s", file);

    FILE *to = fopen(file, "w");
    fputs("site: {name: X}\n", to);
    fclose(to);
    char *well = xformat("%s is well: 0 cameras, 0 areas, 0 people, 0 screens\n", file);
    expect(run("/nowhere", line), EXIT_WELL, well, "");
    expect(run("/nowhere", json), EXIT_WELL,
           "{\n  \"well\": true,\n  \"faults\": []\n}\n", "");

    to = fopen(file, "w");
    fputs("site: {nmae: X}\n", to);
    fclose(to);
    char *faults =
        xformat("%s:1:1: site.name: this is missing; write for example 'name: Xã Đồng "
                "Xanh'\n%s:1:8: site.nmae: this setting is not known; 'name' may be "
                "meant\n",
                file, file);
    expect(run("/nowhere", line), EXIT_FAILED, "", faults);
    struct said said = run("/nowhere", json);
    assert_int_equal(said.status, EXIT_FAILED);
    assert_non_null(strstr(said.out, "\"column\": 8"));
    free(said.out);
    free(said.err);
    unlink(file);
    free(file);
    free(line);
    free(json);
    free(well);
    free(faults);
}

static void the_access_log_is_whole_or_a_failure(void **state)
{
    expect(ask(*state, "access verify", 200, "{\"entries\": 12, \"chain\": \"ab01\"}"), EXIT_WELL,
           "The access log is as it was written: 12 entries, the last with the chain\nab01\n", "");
    expect(ask(*state, "access verify", 409,
               "{\"error\": {\"code\": \"broken\", \"message\": \"entry 3 was changed\"}}"),
           EXIT_FAILED, "", "kengctl: entry 3 was changed\n");
}

static void nothing_in_an_answer_steers_the_terminal(void **state)
{
    struct said said =
        ask(*state, "cameras a", 200,
            "{\"id\": \"a\", \"name\": \"A\\u001b[2J\", \"reason\": \"it said: \\u009b2J\"}");

    assert_int_equal(said.status, EXIT_WELL);
    assert_non_null(strstr(said.out, "a: A [2J,"));
    assert_null(strchr(said.out, '\033'));
    assert_null(strstr(said.out, "\xc2\x9b"));
    free(said.out);
    free(said.err);
    expect(ask(*state, "reload", 422, "{\"report\": \"f:1: x\\u001b\\nf:2: y\\n\"}"), EXIT_FAILED, "",
           "f:1: x \nf:2: y\nkengctl: kengd refused with HTTP 422\n");
}

static void help_and_version_are_no_failure(void **state)
{
    struct said said = run("/nowhere", "--help");

    assert_int_equal(said.status, EXIT_WELL);
    assert_non_null(strstr(said.out, "token revoke ID"));
    free(said.out);
    free(said.err);
    expect(run("/nowhere", "--version"), EXIT_WELL, "kengctl " KENGD_VERSION "\n", "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, peer_start, peer_stop)
    const struct CMUnitTest tests[] = {
        TEST(every_word_asks_at_its_address),
        TEST(status_tells_how_everything_is),
        TEST(a_clock_that_is_trusted_on_a_persons_word_is_told_so),
        TEST(trusting_the_clock_tells_what_it_says_or_that_it_was_trusted),
        TEST(what_is_held_is_listed_with_its_reason),
        TEST(a_disk_without_recordings_has_no_days),
        TEST(cameras_tells_what_each_one_sends),
        TEST(one_camera_is_told_with_its_advice),
        TEST(a_new_token_is_shown_with_its_link),
        TEST(a_phones_code_is_a_picture_a_link_and_its_end),
        TEST(devices_are_listed_with_whose_they_are),
        TEST(revoked_tokens_are_listed_when_all_are_wanted),
        TEST(alerts_are_shown_with_who_answered),
        TEST(times_are_shown_in_the_sites_zone_when_it_is_told),
        TEST(a_reload_tells_what_changed),
        TEST(json_is_printed_as_it_came),
        TEST(a_refusal_is_told_and_the_status_is_1),
        TEST(an_answer_that_is_no_json_is_a_failure),
        TEST(a_kengd_that_breaks_off_is_told),
        TEST(a_kengd_that_does_not_run_is_told),
        TEST(a_socket_of_somebody_else_is_told),
        TEST(a_socket_path_that_cannot_be_is_told),
        TEST(a_wrong_command_line_has_status_2),
        TEST(check_needs_no_kengd),
        TEST(the_access_log_is_whole_or_a_failure),
        TEST(nothing_in_an_answer_steers_the_terminal),
        TEST(help_and_version_are_no_failure),
    };

    setenv("TZ", "Asia/Ho_Chi_Minh", 1);
    tzset();
    text_open(LANGUAGE_EN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

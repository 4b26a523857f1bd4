#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "backoff.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "nursery.h"
#include "patience.h"
#include "wire/pass_fd.h"

/* Where keng-camera finds its end. */
enum { CONTROL_FD = 3 };

#define LEAVE_US  SECONDS_US(3)
#define STEADY_US SECONDS_US(60) /* one that lived so long is started again at once */

struct nursery {
    char *program;
    struct loop *loop;
    const struct nursery_listener *listener;
    void *arg;
    pid_t pid;   /* 0: none */
    int control; /* -1: none */
    struct event *readable;
    struct timer *again;
    int owed;           /* orders without an answer yet */
    struct timer *look; /* set while there are such */
    struct patience patience;
    struct backoff backoff;
    int64_t began_us;
};

/* What a child may see of kengd's environment: nothing that is secret. */
static char **make_environment(void)
{
    static const char *const names[] = { "JOURNAL_STREAM", "KENGD_LOCALE_DIR",
                                         "ASAN_OPTIONS",   "UBSAN_OPTIONS",
                                         "LSAN_OPTIONS",   "TZ",
                                         "SSL_CERT_FILE" };
    char **all = xcalloc(COUNT_OF(names) + 1, sizeof *all);
    size_t used = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (getenv(names[i]))
            all[used++] = xformat("%s=%s", names[i], getenv(names[i]));
    return all;
}

static void free_environment(char **all)
{
    for (char **at = all; *at; at++)
        free(*at);
    free(all);
}

/* Everything of kengd's is close-on-exec; dup2 makes the one copy that is not. */
static int spawn(struct nursery *n, int control)
{
    char *arguments[] = { n->program, (char *)"--nursery", NULL };
    char **environment = make_environment();
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;

    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGCHLD);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, 2, 1);
    posix_spawn_file_actions_adddup2(&files, control, CONTROL_FD);
    /* Also what whoever started kengd had left open: it is none of a camera's business.
     */
    posix_spawn_file_actions_addclosefrom_np(&files, CONTROL_FD + 1);
    int failed =
        posix_spawn(&n->pid, n->program, &files, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    free_environment(environment);
    if (failed)
        n->pid = 0;
    return failed;
}

static void on_readable(evutil_socket_t fd, short what, void *arg);

static bool start(struct nursery *n, struct error *err)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_set(err, ERR_BUSY, _("cannot start %s: %s"), n->program,
                         strerrordesc_np(errno));
    /* dup2() to itself would leave it close-on-exec. */
    int other = pair[1] == CONTROL_FD ? fcntl(pair[1], F_DUPFD_CLOEXEC, 10) : pair[1];
    int failed = other < 0 ? errno : spawn(n, other);
    close(pair[1]);
    if (other >= 0 && other != pair[1])
        close(other);
    if (failed) {
        close(pair[0]);
        return error_set(err, ERR_BUSY, _("cannot start %s: %s"), n->program,
                         strerrordesc_np(failed));
    }
    n->control = pair[0];
    n->began_us = clock_mono_us();
    patience_start(&n->patience);
    n->readable =
        event_new(loop_base(n->loop), n->control, EV_READ | EV_PERSIST, on_readable, n);
    event_add(n->readable, NULL);
    return true;
}

static void on_again(void *arg)
{
    struct nursery *n = arg;
    struct error err;

    if (start(n, &err)) {
        log_info("nursery started again", "pid=%d", (int)n->pid);
        return;
    }
    log_error("nursery cannot be started", "why='%s'", err.text);
    timer_after(n->again, backoff_next(&n->backoff));
}

/* It has closed its end: it is dead or about to be. */
static void bury(struct nursery *n)
{
    int status = 0;

    event_free(n->readable);
    n->readable = NULL;
    close(n->control);
    n->control = -1;
    kill(n->pid, SIGKILL);
    while (waitpid(n->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    log_error("nursery died", "pid=%d status=%d signal=%d", (int)n->pid,
              WIFEXITED(status) ? WEXITSTATUS(status) : -1,
              WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    n->pid = 0;
    n->owed = 0;
    timer_cancel(n->look);
    if (clock_mono_us() - n->began_us > STEADY_US) {
        backoff_reset(&n->backoff);
        timer_after(n->again, 0);
    } else {
        timer_after(n->again, backoff_next(&n->backoff));
    }
}

/* Its processor time; one that is gone has none. */
static int64_t worked_us(const struct nursery *n)
{
    struct timespec used;
    clockid_t its;

    if (clock_getcpuclockid(n->pid, &its) != 0 || clock_gettime(its, &used) < 0)
        return 0;
    return SECONDS_US((int64_t)used.tv_sec) + used.tv_nsec / 1000;
}

/* One that stands still would keep every camera that needs a process from coming back. */
static void on_look(void *arg)
{
    struct nursery *n = arg;

    if (patience_lasts(&n->patience, worked_us(n)))
        return;
    log_error("nursery hangs and is ended", "pid=%d orders=%d", (int)n->pid, n->owed);
    bury(n);
}

/* Each order is answered by a birth, or by an end without a process. */
static void count_answer(struct nursery *n, const struct nursery_news *news)
{
    if (n->owed == 0 || (news->ended && news->pid != 0))
        return;
    patience_answered(&n->patience);
    if (--n->owed == 0)
        timer_cancel(n->look);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct nursery *n = arg;
    struct nursery_news news;
    struct iovec where = { &news, sizeof news };
    int pidfd;
    ssize_t size = pass_fd_receive(fd, &where, 1, &pidfd, MSG_DONTWAIT);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        bury(n);
    } else if ((size_t)size != sizeof news) {
        log_error("nursery is not understood", "bytes=%zd", size);
        if (pidfd >= 0)
            close(pidfd);
    } else {
        news.camera[sizeof news.camera - 1] = 0;
        count_answer(n, &news);
        n->listener->on_news(n->arg, &news, pidfd);
    }
}

struct nursery *nursery_open(const char *program, struct loop *loop,
                             const struct nursery_listener *listener, void *arg,
                             struct error *err)
{
    struct nursery *n = xcalloc(1, sizeof *n);

    *n =
        (struct nursery){ .loop = loop, .listener = listener, .arg = arg, .control = -1 };
    n->program = xstrdup(program);
    n->again = timer_new(loop, on_again, n);
    n->look = timer_new(loop, on_look, n);
    if (start(n, err))
        return n;
    nursery_close(n);
    return NULL;
}

bool nursery_ask(struct nursery *n, enum nursery_role role, const char *camera, int link)
{
    struct nursery_order order = { .role = (int32_t)role };

    if (n->control < 0)
        return false;
    snprintf(order.camera, sizeof order.camera, "%s", camera);
    if (pass_fd_send(n->control, &order, sizeof order, link, MSG_DONTWAIT) !=
        (ssize_t)sizeof order)
        return false;
    if (n->owed++ == 0) {
        patience_wait(&n->patience, worked_us(n));
        timer_every(n->look, PATIENCE_LOOK_US);
    }
    return true;
}

void nursery_close(struct nursery *n)
{
    if (!n)
        return;
    if (n->readable)
        event_free(n->readable);
    if (n->control >= 0)
        close(n->control);
    int64_t until_us = clock_mono_us() + LEAVE_US;
    while (n->pid && waitpid(n->pid, NULL, WNOHANG) == 0) {
        if (clock_mono_us() >= until_us)
            kill(n->pid, SIGKILL);
        poll(NULL, 0, 10);
    }
    timer_free(n->again);
    timer_free(n->look);
    free(n->program);
    free(n);
}

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "nursery.h"
#include "voice.h"
#include "wire/camera_link.h"
#include "wire/pass_fd.h"

enum { CHILDREN_MAX = 1024, HUSHED_MS = 1000 };
#define LEAVE_US SECONDS_US(2)

struct child {
    pid_t pid; /* 0: this place is free */
    char camera[LINK_ID];
    int32_t role;
    struct voice voice;
};

struct nursery {
    int control, signals;
    void (*const *run_child)(int link); /* by role */
    struct child children[CHILDREN_MAX];
    struct pollfd fds[2 + CHILDREN_MAX];      /* as last waited for */
    struct child *speakers[2 + CHILDREN_MAX]; /* whose they are, from 2 on */
};

static void tell(const struct nursery *n, const struct child *child, bool ended,
                 int status, int fd)
{
    struct nursery_news news = {
        .role = child->role, .pid = child->pid, .ended = ended, .status = status
    };

    memcpy(news.camera, child->camera, sizeof news.camera);
    pass_fd_send(n->control, &news, sizeof news, fd, 0);
}

static struct child *find_child(struct nursery *n, pid_t pid)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (n->children[i].pid == pid)
            return &n->children[i];
    return NULL;
}

/* Standard output and error; without a voice what it says is lost. */
static void give_voice(int mouth)
{
    if (mouth < 0)
        mouth = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(mouth, STDOUT_FILENO);
    dup2(mouth, STDERR_FILENO);
    close(mouth);
}

/* In the child: nothing of the nursery's is left open. */
static _Noreturn void begin_child(struct nursery *n, int32_t role, int link, int mouth)
{
    void (*run)(int link) = n->run_child[role];
    sigset_t none;

    close(n->control);
    close(n->signals);
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (n->children[i].pid && n->children[i].voice.fd >= 0)
            close(n->children[i].voice.fd);
    give_voice(mouth);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* The others' names and words; to overwrite them would make a copy of them first. */
    munmap(n, sizeof *n);
    run(link);
    _exit(0);
}

static void bear(struct nursery *n, const struct nursery_order *order, int link)
{
    struct child *place = find_child(n, 0), none = { 0 };

    memcpy(none.camera, order->camera, sizeof none.camera);
    none.camera[sizeof none.camera - 1] = 0;
    none.role = order->role;
    int mouth = voice_open(&none.voice, clock_mono_us());
    pid_t pid = place ? fork() : -1;
    int why = place ? errno : EAGAIN;
    if (pid == 0) {
        if (mouth >= 0)
            close(none.voice.fd);
        begin_child(n, order->role, link, mouth);
    }
    if (mouth >= 0)
        close(mouth);
    if (pid < 0) {
        voice_close(&none.voice, STDERR_FILENO);
        log_error("camera process cannot be made", "camera=%s why='%s'", none.camera,
                  strerror(why));
        tell(n, &none, true, why, -1);
        return;
    }
    *place = none;
    place->pid = pid;
    /* The child is not waited for yet, so that the pid is still its own. */
    int pidfd = pidfd_open(pid, 0);
    tell(n, place, false, 0, pidfd);
    if (pidfd >= 0)
        close(pidfd);
}

/* False: kengd is gone. */
static bool take_order(struct nursery *n)
{
    struct nursery_order order;
    struct iovec where = { &order, sizeof order };
    int link;
    ssize_t size = pass_fd_receive(n->control, &where, 1, &link, 0);

    if (size < 0 && errno == EINTR)
        return true;
    if (size <= 0)
        return false;
    if ((size_t)size == sizeof order && link >= 0 && order.role >= 0 &&
        order.role < NURSERY_ROLES)
        bear(n, &order, link);
    else
        log_error("nursery: an order is not understood", "bytes=%zd", size);
    if (link >= 0)
        close(link);
    return true;
}

static void bury(struct nursery *n)
{
    struct signalfd_siginfo seen;
    int status;
    pid_t pid;

    if (read(n->signals, &seen, sizeof seen) < 0 && errno != EAGAIN)
        return;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = find_child(n, pid);
        if (!child)
            continue;
        voice_close(&child->voice, STDERR_FILENO);
        tell(n, child, true, status, -1);
        *child = (struct child){ 0 };
    }
}

/* What came: an order, a signal, or words of a child. */
struct wake {
    bool order, signal;
};

static struct wake wait_for_all(struct nursery *n)
{
    struct pollfd *fds = n->fds;
    int64_t now = clock_mono_us();
    nfds_t count = 2;
    bool hushed = false;

    fds[0] = (struct pollfd){ .fd = n->control, .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = n->signals, .events = POLLIN };
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct child *child = &n->children[i];
        if (!child->pid || child->voice.fd < 0)
            continue;
        if (!voice_may_speak(&child->voice, now)) {
            hushed = true;
            continue;
        }
        n->speakers[count] = child;
        fds[count++] = (struct pollfd){ .fd = child->voice.fd, .events = POLLIN };
    }
    if (poll(fds, count, hushed ? HUSHED_MS : -1) <= 0)
        return (struct wake){ 0 };
    for (nfds_t i = 2; i < count; i++)
        if (fds[i].revents)
            voice_pass_on(&n->speakers[i]->voice, STDERR_FILENO);
    return (struct wake){ .order = fds[0].revents, .signal = fds[1].revents };
}

static bool wait_for_signal(const struct nursery *n, int64_t us)
{
    struct pollfd fd = { .fd = n->signals, .events = POLLIN };

    return poll(&fd, 1, (int)(us / 1000)) > 0;
}

static bool any_child(const struct nursery *n)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (n->children[i].pid)
            return true;
    return false;
}

/* Their links are closed: they take leave and end by themselves. */
static void part(struct nursery *n)
{
    int64_t until_us = clock_mono_us() + LEAVE_US, left_us;

    while (any_child(n) && (left_us = until_us - clock_mono_us()) > 0)
        if (wait_for_signal(n, left_us))
            bury(n);
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (n->children[i].pid)
            kill(n->children[i].pid, SIGKILL);
}

int nursery_run(int control, void (*const run_child[NURSERY_ROLES])(int link))
{
    struct nursery *n = mmap(NULL, sizeof *n, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigset_t ends;

    if (n == MAP_FAILED) {
        log_error("nursery cannot start", "why='%s'", strerror(errno));
        return 1;
    }
    prctl(PR_SET_NAME, "keng-nursery");
    /* One that was stopped must see that kengd is gone. */
    prctl(PR_SET_PDEATHSIG, SIGCONT);
    /* A terminal and a service manager send these to every process of the group: kengd
     * decides, and its end ends us. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    *n = (struct nursery){ .control = control, .run_child = run_child };
    n->signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    if (n->signals < 0) {
        log_error("nursery cannot start", "why='%s'", strerror(errno));
        munmap(n, sizeof *n);
        return 1;
    }
    for (bool open = true; open;) {
        struct wake wake = wait_for_all(n);
        if (wake.order)
            open = take_order(n);
        if (wake.signal)
            bury(n);
    }
    part(n);
    close(n->signals);
    munmap(n, sizeof *n);
    return 0;
}

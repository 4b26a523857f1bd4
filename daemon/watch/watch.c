#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "detection.h"
#include "inside.h"
#include "onvif.h"

#define TICK_US  SECONDS_US(1)
#define LEAVE_US SECONDS_US(3)

/* A tick that comes so late tells of a machine that stood still: what the processes said
 * meanwhile has not been read yet. */
#define LATE_US SECONDS_US(4)

struct parting {
    struct parting *next;
    int pidfd; /* -1: the kernel has none */
    pid_t pid; /* 0: its birth has not been told yet */
    int64_t until_us;
    char camera[ID_MAX];
};

/* ---- partings ---------------------------------------------------------------------- */

void watch_part(struct watch *watch, int pidfd, pid_t pid, const char *camera)
{
    struct parting *p;

    if (pidfd < 0)
        return;
    p = xcalloc(1, sizeof *p);
    *p = (struct parting){ .next = watch->partings,
                           .pidfd = pidfd,
                           .pid = pid,
                           .until_us = clock_mono_us() + LEAVE_US };
    snprintf(p->camera, sizeof p->camera, "%s", camera);
    watch->partings = p;
}

static void end_parting(struct parting **at)
{
    struct parting *p = *at;

    *at = p->next;
    close(p->pidfd);
    free(p);
}

static void end_late_partings(struct watch *watch, int64_t now_us)
{
    for (struct parting **at = &watch->partings; *at;) {
        if ((*at)->until_us > now_us) {
            at = &(*at)->next;
            continue;
        }
        if (pidfd_send_signal((*at)->pidfd, SIGKILL, NULL, 0) == 0)
            log_warning("camera process did not end and is killed", "camera=%s pid=%d",
                        (*at)->camera, (int)(*at)->pid);
        end_parting(at);
    }
}

static void forget_parting(struct watch *watch, pid_t pid)
{
    for (struct parting **at = &watch->partings; *at; at = &(*at)->next) {
        if ((*at)->pid == pid) {
            end_parting(at);
            return;
        }
    }
}

/* ---- news of the nursery ----------------------------------------------------------- */

static struct camera_watch *find_camera(const struct watch *watch, const char *id)
{
    struct camera_watch *cam = watch->cameras;

    while (cam && strcmp(cam->camera->id, id) != 0)
        cam = cam->next;
    return cam;
}

static void log_end(const struct nursery_news *news)
{
    int status = news->status;

    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        log_error("camera process killed by its sandbox", "camera=%s pid=%d",
                  news->camera, news->pid);
    else if (WIFSIGNALED(status))
        log_error("camera process crashed", "camera=%s pid=%d signal=%d what='%s'",
                  news->camera, news->pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        log_error("camera process failed", "camera=%s pid=%d status=%d", news->camera,
                  news->pid, WEXITSTATUS(status));
}

/* A camera that was let go before the birth of its process was told. */
static void on_born(struct watch *watch, const struct nursery_news *news, int pidfd)
{
    if (news->role == NURSERY_ONVIF) {
        onvif_born(watch, news, pidfd);
        return;
    }
    struct camera_watch *cam = find_camera(watch, news->camera);

    if (cam && cam->pid == 0 && cam->link >= 0)
        camera_born(cam, news, pidfd);
    else
        watch_part(watch, pidfd, news->pid, news->camera);
}

static void on_news(void *arg, const struct nursery_news *news, int pidfd)
{
    struct watch *watch = arg;
    struct camera_watch *cam = find_camera(watch, news->camera);

    if (!news->ended) {
        on_born(watch, news, pidfd);
        return;
    }
    if (pidfd >= 0)
        close(pidfd);
    if (news->pid)
        log_end(news);
    forget_parting(watch, news->pid);
    if (cam && news->role == NURSERY_CAMERA)
        camera_ended(cam, news);
}

static const struct nursery_listener nursery_listener = { .on_news = on_news };

/* ---- life -------------------------------------------------------------------------- */

static void on_tick(void *arg)
{
    struct watch *watch = arg;
    int64_t now_us = clock_mono_us();
    bool late = now_us - watch->ticked_us > LATE_US;

    watch->ticked_us = now_us;
    end_late_partings(watch, now_us);
    for (struct camera_watch *cam = watch->cameras, *next; cam; cam = next) {
        next = cam->next;
        if (late)
            cam->heard_us = now_us;
        camera_tick(cam, now_us);
    }
}

struct watch *watch_open(const char *program, struct loop *loop, struct desk *duties,
                         struct error *err)
{
    struct watch *watch = xcalloc(1, sizeof *watch);

    watch->loop = loop;
    watch->dialler = dialler_new(loop, err);
    if (!watch->dialler)
        goto fail;
    watch->nursery = nursery_open(program, loop, &nursery_listener, watch, err);
    if (!watch->nursery)
        goto fail;
    watch->tries = tries_new(loop, duties);
    watch->opens = opens_new(loop);
    watch->tick = timer_new(loop, on_tick, watch);
    watch->ticked_us = clock_mono_us();
    timer_every(watch->tick, TICK_US);
    return watch;

fail:
    watch_close(watch);
    return NULL;
}

void watch_by_hand(struct watch *watch)
{
    tries_by_hand(watch->tries);
}

void watch_login_failed(struct watch *watch, const char *place, int mark)
{
    tries_failed_elsewhere(watch->tries, place, mark);
}

void watch_close(struct watch *watch)
{
    if (!watch)
        return;
    detections_close(watch);
    timer_free(watch->tick);
    nursery_close(watch->nursery);
    while (watch->partings)
        end_parting(&watch->partings);
    tries_free(watch->tries);
    opens_free(watch->opens);
    dialler_free(watch->dialler);
    free(watch);
}

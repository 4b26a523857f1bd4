#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "camera.h"
#include "core/log.h"
#include "motion_replay.h"
#include "core/memory.h"
#include "nursery.h"
#include "orders.h"
#include "onvif.h"
#include "sandbox.h"

/* kengd puts its end of the socket here. */
enum { CONTROL_FD = 3 };

static const char what_it_is[] =
    "keng-camera reads cameras for kengd, each in a sandboxed process, and is started by it.\n";

static int say(FILE *to, int status)
{
    fputs(what_it_is, to);
    return status;
}

static bool is_started_by_kengd(void)
{
    int type = 0;
    socklen_t size = sizeof type;

    return getsockopt(CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

/* The clip is standard input, the answer goes to the pipe that is standard output. */
static _Noreturn void replay(const char *name, const char *orders)
{
    static char room[BUFSIZ]; /* stdio would ask what kind of file its output is */
    struct motion_orders *read = xcalloc(1, sizeof *read);
    struct error err;
    bool well;

    setvbuf(stdout, room, _IOFBF, sizeof room);
    setvbuf(stderr, NULL, _IONBF, 0);
    json_object_seed(0);
    sandbox_prepare();
    sandbox_shut_files();
    well = link_read_motion_orders((const uint8_t *)orders, strlen(orders), read, &err) &&
           sandbox_close_around(STDIN_FILENO, STDOUT_FILENO, &err);
    if (!well)
        fprintf(stderr, "%s\n", err.text);
    struct motion_setup setup = orders_setup(read);
    int status = well ? motion_replay_open(STDIN_FILENO, name, &setup, REPLAY_AS_CAMERA,
                                           stdout)
                      : 1;
    if (fflush(stdout) != 0)
        status = 1;
    _exit(status); /* what libraries do at an end of their own is not allowed here */
}

int main(int argc, char **argv)
{
    static void (*const roles[NURSERY_ROLES])(int link) = {
        [NURSERY_CAMERA] = camera_run, [NURSERY_ONVIF] = onvif_run
    };

    if (argc == 4 && !strcmp(argv[1], "--replay"))
        replay(argv[2], argv[3]);
    if (argc != 2)
        return say(stderr, 2);
    if (!strcmp(argv[1], "--version")) {
        puts("keng-camera " KENGD_VERSION);
        return 0;
    }
    if (!strcmp(argv[1], "--help"))
        return say(stdout, 0);
    if (strcmp(argv[1], "--nursery") != 0 || !is_started_by_kengd())
        return say(stderr, 2);

    log_open("keng-camera", LOG_LEVEL_INFO);
    if (!sandbox_landlock())
        log_info("the kernel has no Landlock: camera processes are shut in by seccomp alone",
                 "mend='none is needed'");
    json_object_seed(0); /* it would open a file for it later */
    /* No exit(): a leak checker waits there for a process of its own, for ever if whoever ends
     * us has ended that one too. */
    _exit(nursery_run(CONTROL_FD, roles));
}

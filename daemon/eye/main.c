#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "camera.h"
#include "core/log.h"
#include "nursery.h"
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

int main(int argc, char **argv)
{
    static void (*const roles[NURSERY_ROLES])(int link) = {
        [NURSERY_CAMERA] = camera_run, [NURSERY_ONVIF] = onvif_run
    };

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
    return nursery_run(CONTROL_FD, roles);
}

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
    "keng-camera reads what cameras send, for kengd, which starts it.\n"
    "  --nursery              makes a process for each camera, forked, as one of the next two\n"
    "  --camera               talks with one camera, in a sandbox\n"
    "  --onvif                asks one ONVIF device and reads its answers, in a sandbox\n"
    "  --replay NAME ORDERS   for kengctl motion replay\n"
    "  --help, --version\n"
    "The first three want kengd's end of a socket as descriptor 3. See keng-camera(8).\n";

static int say(FILE *to, int status)
{
    fputs(what_it_is, to);
    return status;
}

static bool is_started_by_kengd(int wanted_type)
{
    int type = 0;
    socklen_t size = sizeof type;

    return getsockopt(CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == wanted_type;
}

/* ---- what one process is, by a word of the command line ---------------------------- */

static char *own_word; /* as ps(1) shows it */

static void show_as(const char *word)
{
    size_t room = strlen(own_word);

    if (strlen(word) > room)
        return;
    memset(own_word, 0, room);
    memcpy(own_word, word, strlen(word));
}

/* A child of the nursery becomes the same as one that was started by its word. */
static void run_camera(int link)
{
    show_as("--camera");
    camera_run(link);
}

static void run_onvif(int link)
{
    show_as("--onvif");
    onvif_run(link);
}

static void (*const roles[NURSERY_ROLES])(int link) = {
    [NURSERY_CAMERA] = run_camera, [NURSERY_ONVIF] = run_onvif
};

static void run_nursery(int control)
{
    if (!sandbox_landlock())
        log_info(
            "the kernel has no Landlock: camera processes are shut in by seccomp alone",
            "mend='none is needed'");
    /* No exit(): a leak checker waits there for a process of its own, for ever if whoever
     * ends us has ended that one too. */
    _exit(nursery_run(control, roles));
}

static const struct entrance {
    const char *word;
    int link_type; /* of CONTROL_FD */
    void (*run)(int link);
} entrances[] = {
    { "--nursery", SOCK_SEQPACKET, run_nursery },
    { "--camera", SOCK_STREAM, run_camera },
    { "--onvif", SOCK_STREAM, run_onvif },
};

static const struct entrance *find_entrance(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(entrances); i++)
        if (strcmp(entrances[i].word, word) == 0)
            return &entrances[i];
    return NULL;
}

/* ---- by hand ------------------------------------------------------------------------
 */

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
    int status =
        well ? motion_replay_open(STDIN_FILENO, name, &setup, REPLAY_AS_CAMERA, stdout)
             : 1;
    if (fflush(stdout) != 0)
        status = 1;
    _exit(status); /* what libraries do at an end of their own is not allowed here */
}

int main(int argc, char **argv)
{
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
    const struct entrance *in = find_entrance(argv[1]);
    if (!in || !is_started_by_kengd(in->link_type))
        return say(stderr, 2);

    own_word = argv[1];
    log_open("keng-camera", LOG_LEVEL_INFO);
    json_object_seed(0); /* it would open a file for it later */
    in->run(CONTROL_FD);
}

/*
 * Asks a camera what it is: by ONVIF, else by the paths that makers are known to use; then
 * plays its streams for some seconds and measures them, in the same sandboxed processes
 * that kengd uses. At most three failed logins in all.
 * Thread: main; returns when it is done. Errors: in the sentences of the findings.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "args.h"
#include "onvif.h"

enum { URL_ROOM = 512, HOST_ROOM = 256, WARNINGS_MAX = 12 };

struct seen_stream {
    bool there;
    struct channel_facts facts;
    int declared_fps, declared_gop; /* by ONVIF; 0: not told */
};

/* What was found out. Texts "" : not known. */
struct findings {
    char host[HOST_ROOM];
    const char *make_of_path; /* of a known path; NULL: by ONVIF */
    bool found, onvif;
    int onvif_port, failed_logins;
    char make[ONVIF_TEXT], model[ONVIF_TEXT], firmware[ONVIF_TEXT];
    bool clock_known;
    double clock_offset_s;
    char url[URL_ROOM], sub_url[URL_ROOM];
    bool password_in_url;
    struct seen_stream main, sub;
    char *warnings[WARNINGS_MAX]; /* sentences */
    size_t warning_count;
    char reason[400]; /* when nothing was found: a sentence */
};

void findings_warn(struct findings *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void findings_clear(struct findings *f);

/* ---- what a probe runs on ---- */

struct prober {
    struct loop *loop;
    struct watch *watch;
    struct desk *desk;  /* NULL: kengd counts the failed logins, or nobody */
    int lock;           /* of the state directory; -1 */
    const char *socket; /* of the kengd that runs; NULL: none runs */
    FILE *progress;
    const char *user, *password;
    int failed, allowed; /* logins */
};

/* False: told on `err`. */
bool prober_open(struct prober *p, const struct args *args, FILE *err);
void prober_close(struct prober *p);

/* Tells kengd of a failed login there, or asks: how many there were in ten minutes. */
int prober_failed_logins(struct prober *p, const char *host, int port, bool one_more);

/* One call, waited for. NULL: it went well; else a code (onvif.h). */
const char *prober_ask(struct prober *p, struct onvif *device, struct onvif_ask *ask,
                       struct onvif_said *said);

/* The password without echo from the terminal, else a line of standard input; wiped and
 * freed by the caller. NULL: none came. */
char *prober_read_password(FILE *err, const char *user, const char *where);

/* Plays: until the first picture when `measure_us` is 0, else so long. False: no picture
 * came; `code` and `reason` say why. */
bool prober_play(struct prober *p, const char *url, const char *sub_url,
                 int64_t measure_us, struct findings *f, char code[32],
                 char reason[400]);

/* ---- words of kengctl ---- */

int camera_probe(const struct args *args, FILE *out, FILE *err);
int camera_discover(const struct args *args, FILE *out, FILE *err);

/* ---- findings.c ---- */

/* Warnings that the measures give. */
void findings_judge(struct findings *f);
void findings_print(const struct findings *f, const struct args *args, FILE *out);
json_t *findings_json(const struct findings *f, const struct args *args);

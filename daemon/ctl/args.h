/*
 * What was asked of kengctl on its command line.
 * Thread: main. Errors: ERR_CONFIG, what is wrong and how to see the right.
 */
#pragma once
#include <stdbool.h>

#include "core/error.h"
#include "core/text.h"

enum word {
    WORD_HELP,
    WORD_VERSION,
    WORD_STATUS,
    WORD_CAMERAS,
    WORD_CAMERA_LEARN,
    WORD_CHECK,
    WORD_RELOAD,
    WORD_TOKEN_NEW,
    WORD_TOKEN_LIST,
    WORD_TOKEN_REVOKE,
    WORD_ALERT_LIST,
    WORD_ALERT_TEST,
    WORD_PAIR,
    WORD_DEVICE_LIST,
    WORD_DEVICE_REVOKE,
    WORD_SCREEN_APPROVE,
    WORD_CAMERA_PROBE,
    WORD_CAMERA_DISCOVER,
    WORD_MOTION_REPLAY,
    WORD_EXPORT,
    WORD_EXPORT_KEY,
    WORD_VERIFY,
    WORD_CLOCK_TRUST,
    WORD_ACCESS_VERIFY,
    WORD_REBUILD,
    WORD_HOLD_ADD,
    WORD_HOLD_LIST,
    WORD_HOLD_RELEASE,
    WORD_ALERT_EXPLAIN,
    WORD_BACKUP,
    WORD_SCRUB,
    WORD_RESTORE,
};

/* Texts are argv's or the environment's; NULL: not said. */
struct args {
    enum word word;
    const char *socket;  /* never NULL */
    const char *operand; /* of check a file, of revoke a token, of test an area, of a probe an address,
                          * of export cameras, of verify a path, of explain an alert */
    const char *from, *to, *reason, *document, *output, *key, *until;
    const char *second;  /* of approve the screen */
    const char *person, *screen, *role, *area, *name;
    const char *user, *id, *config;
    int onvif_port; /* 0: not said */
    const char *camera, *sensitivity, *at; /* of replaying, of explaining */
    const char *const *clips;                       /* of replaying; clip_count of them */
    int clip_count;
    const char *severity, *channel;
    const char *passphrase_file, *passphrase_fd, *state; /* of a backup */
    bool look, no_wait;
    int days; /* 0: not said */
    bool json, all;
};

/* The language to speak, also about a wrong command line: --lang, else the environment's,
 * else Vietnamese. */
enum language args_language(int argc, char **argv);

bool args_read(int argc, char **argv, struct args *to, struct error *err);

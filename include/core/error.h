/*
 * What went wrong: the kind is for the program, the sentence for the admin. Whoever
 * decides what happens next logs it; layers in between add what they know.
 * Thread: the owner's of the struct. `err` may be NULL where nobody wants the sentence.
 */
#pragma once
#include <stdbool.h>

enum error_kind {
    ERR_NONE,
    ERR_CONFIG,  /* the admin wrote something that cannot be */
    ERR_NETWORK, /* a peer is away, slow or wrong */
    ERR_LOGIN,   /* a peer refuses our user or password */
    ERR_DISK,    /* a file or a file system */
    ERR_MEDIA,   /* what a camera sent cannot be used */
    ERR_STORE,   /* the catalogue */
    ERR_BUSY,    /* a limit of ours is reached; later it may go */
    ERR_OWNED,   /* another kengd owns the directory */
};

struct error {
    enum error_kind kind;
    char text[240]; /* UTF-8, one sentence without a full stop, in the site's language */
};

/* Always false, so that failing is one line. */
bool error_set(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<context>: " before the sentence. Always false. */
bool error_context(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What an errno says, in the thread's language; lent for ever. strerror() answers in the
 * language of the process, whatever the sentence around it is in. */
const char *error_of_system(int number);

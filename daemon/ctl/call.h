/*
 * Asks the running kengd, over its socket.
 * Thread: main. Errors: ERR_NETWORK, with what the admin can do about it.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/error.h"
#include "core/text.h"

struct answer {
    long status;  /* of HTTP */
    char *body;   /* as it came, with a 0 behind it; "" when there is none */
    json_t *json; /* NULL: the body is none */
};

struct question {
    const char *socket, *method, *address; /* "/api/control/status" */
    json_t *body;                          /* borrowed; NULL: none */
    enum language language;                /* of the sentences in the answer */
};

/* True: there is an answer, whatever its status. answer_clear() it. */
bool call(const struct question *question, struct answer *to, struct error *err);
/* The same, but a body of 200 goes into the file as it comes, however long it is. */
bool call_download(const struct question *question, FILE *file, struct answer *to,
                   struct error *err);
void answer_clear(struct answer *answer);

/*
 * An answer on its way from another room back to the web room. Thread: loop only.
 */
#pragma once
#include "core/text.h"
#include "web/web.h"

struct kengd;

/* Freed by whoever calls `done`. */
struct asked {
    struct kengd *k;
    door_done_fn *done;
    void *done_arg;
    enum language language; /* of who asks */
};
struct asked *asked_new(struct kengd *k, door_done_fn *done, void *done_arg);

/* {"error": {"code", "message"}}, a new reference. */
json_t *error_json(const char *code, const char *message);

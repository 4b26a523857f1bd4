/*
 * Answers with a file below a folder, with Range: short stretches in one piece, long ones as
 * a reel. Thread: loop only; the file is read by the worker for files.
 */
#pragma once
#include "inside.h"
#include "range.h"

struct file_answer {
    const char *root, *path; /* copied */
    const char *type;        /* lent for ever */
    const char *camera;      /* whose footage it is; copied */
    bool final;              /* its bytes will not change: it may be cached */
};

/* Accept-Ranges, and Content-Range where it belongs. */
void answer_stretch_headers(struct ask *ask, enum range_kind kind, uint64_t first,
                            uint64_t last, uint64_t size);

/* All of an open file, which is closed in any case; nobody's footage. */
void answer_open_file(struct ask *ask, int fd, const char *type);

/* Takes the place of the ask's job. Headers of the route's own are set before. */
void answer_file(struct ask *ask, const struct file_answer *what);

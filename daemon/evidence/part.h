/*
 * One camera's part of an export: its footage as MP4 files in the package, and what is to be
 * said of it in the manifest and on the record.
 * Thread: the exports' desk. Times: microseconds since 1970, UTC.
 */
#pragma once
#include <stdatomic.h>

#include "config/settings.h"
#include "package.h"
#include "store/segment_rows.h"
#include "store/tiling.h"

/* A stretch of a file that is played without a break. */
struct take_piece {
    int64_t from_us, to_us; /* wall time */
    int64_t at_us;          /* of its first frame, in the file */
};

/* One MP4 file; another begins where the camera sent another codec or size. */
struct take {
    char name[MEMBER_NAME_MAX], sha256[SHA256_TEXT_MAX];
    char codecs[80];
    uint64_t bytes;
    int64_t from_us, to_us;
    bool clock_trusted;
    size_t damaged;  /* fragments in which packets were lost on the way from the camera */
    size_t left_out; /* fragments whose checksum was wrong */
    struct take_piece *pieces;
    size_t piece_count;
};

/* A segment file that frames were taken from, as it was then. */
struct source {
    const struct segment_row *row;
    int64_t bytes; /* whole fragments only, when it was still being written */
    char sha256[SHA256_TEXT_MAX];
};

struct part {
    char camera[ID_MAX];
    const char *name;         /* NULL: it is configured no more */
    const struct area *area;  /* NULL: not known any more */
    int64_t from_us, to_us; /* asked for */
    struct segment_list segments;
    struct gap_list gaps;
    struct tiling tiling;
    int64_t *shifts_us; /* by segment */
    int64_t bytes;      /* of all segments: no file will be larger */
    struct take *takes;
    size_t take_count;
    struct source *sources;
    size_t source_count;
};

/* How far an export is; read on the loop while it runs. */
struct progress {
    atomic_bool stop;
    atomic_llong done, total; /* bytes */
};

/* Looks up what there is. */
bool part_find(struct store *store, struct part *part, struct error *err);
/* Writes the files. Nothing recorded is no failure: then there is no take. */
bool part_write(struct part *part, const struct settings *set,
                   struct package *package, struct progress *progress, struct error *err);
/* What it is called: by its id, when it is configured no more. */
const char *part_name(const struct part *part);
void part_free(struct part *part);

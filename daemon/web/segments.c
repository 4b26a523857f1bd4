/* The bytes of a segment file, for playlists. */
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "file_answer.h"
#include "rights.h"
#include "store/segment_rows.h"

struct segment_query {
    int64_t id;
    struct segment_row row;
    bool failed;
    struct error err;
};

static void drop_query(void *job)
{
    struct segment_query *query = job;

    segment_row_clear(&query->row);
}

static void read_row(struct store *store, void *job)
{
    struct segment_query *query = job;

    query->failed = !segment_get(store, query->id, &query->row, &query->err);
}

/* All of it for who may look back; its last minutes for who may look. */
static bool is_for(const struct who *who, const struct segment_row *row)
{
    return who_may(who, RIGHT_PLAYBACK) || row->open ||
           row->end_us > clock_wall_us() - LIVE_LIST_US;
}

static void on_row(struct ask *ask)
{
    struct segment_query *query = ask->job;
    const char *root = settings_volume_path(ask->settings, query->row.volume);
    const struct camera_settings *camera =
        query->row.camera ? settings_find_camera(ask->settings, query->row.camera) : NULL;

    if (query->failed)
        answer_failure(ask, &query->err);
    else if (query->row.id == 0 || query->row.lost || !root ||
             !is_for(ask->who, &query->row) ||
             !who_may_see_footage(ask->who, camera))
        answer_not_found(ask);
    else {
        access_note_going_on(ask->web, ask->who,
                             who_may(ask->who, RIGHT_PLAYBACK) ? "playback" : "live",
                             query->row.camera);
        answer_file(ask, &(struct file_answer){ .root = root,
                                                .path = query->row.path,
                                                .type = "video/mp4",
                                                .camera = query->row.camera,
                                                .final = !query->row.open });
    }
}

void segment_bytes(struct ask *ask)
{
    struct segment_query *query = ask_job(ask, sizeof *query, drop_query);

    if (ask_number(ask, &query->id))
        ask_desk(ask, ask->web->reads, read_row, on_row);
}

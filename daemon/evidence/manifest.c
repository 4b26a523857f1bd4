#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/time_text.h"
#include "local_time.h"
#include "papers.h"

/* One moment twice: for programs, and as the clocks of the place showed it. */
static void add_time(json_t *to, const struct settings *set, const char *name, int64_t us)
{
    char utc[TIME_TEXT_MAX], local[LOCAL_TIME_MAX];
    char *local_name = xformat("%s_local", name);

    json_object_set_new(to, name, json_string(time_text(us, utc)));
    json_object_set_new(to, local_name, json_string(local_rfc3339(set, us, local)));
    free(local_name);
}

static json_t *span(const struct settings *set, int64_t from_us, int64_t to_us)
{
    json_t *object = json_object();

    add_time(object, set, "from", from_us);
    add_time(object, set, "to", to_us);
    return object;
}

static json_t *shape_take(const struct settings *set, const struct take *take)
{
    json_t *object = span(set, take->from_us, take->to_us), *pieces = json_array();

    json_object_set_new(object, "name", json_string(take->name));
    json_object_set_new(object, "bytes", json_integer((json_int_t)take->bytes));
    json_object_set_new(object, "sha256", json_string(take->sha256));
    json_object_set_new(object, "codecs", json_string(take->codecs));
    json_object_set_new(object, "clock_trusted", json_boolean(take->clock_trusted));
    json_object_set_new(object, "damaged_fragments", json_integer((json_int_t)take->damaged));
    json_object_set_new(object, "fragments_left_out",
                        json_integer((json_int_t)take->left_out));
    for (size_t i = 0; i < take->piece_count; i++) {
        const struct take_piece *piece = &take->pieces[i];
        json_t *one = span(set, piece->from_us, piece->to_us);
        json_object_set_new(one, "at_s", json_real((double)piece->at_us / 1e6));
        json_array_append_new(pieces, one);
    }
    json_object_set_new(object, "pieces", pieces);
    return object;
}

static json_t *shape_source(const struct settings *set, const struct source *source)
{
    const struct segment_row *row = source->row;
    json_t *object = span(set, row->start_us, row->end_us);

    json_object_set_new(object, "path", json_string(row->path));
    json_object_set_new(object, "bytes", json_integer((json_int_t)source->bytes));
    json_object_set_new(object, "sha256", json_string(source->sha256));
    json_object_set_new(object, "clock_trusted", json_boolean(row->clock_trusted));
    json_object_set_new(object, "still_growing", json_boolean(row->open));
    return object;
}

static json_t *shape_gap(const struct settings *set, const struct stretch *gap)
{
    json_t *object = span(set, gap->from_us, gap->to_us);

    json_object_set_new(object, "cause", json_string(gap_cause_word(gap->cause)));
    json_object_set_new(object, "detail", json_string(gap->detail));
    json_object_set_new(object, "ended", json_string(gap_end_word(gap->ended)));
    json_object_set_new(object, "ended_by", json_string(gap->ended_by));
    return object;
}

static char *place_of(const struct area *area)
{
    char *place = xstrdup(area ? area->name : "");

    for (const struct area *a = area ? area->within : NULL; a; a = a->within) {
        char *wider = xformat("%s – %s", a->name, place);
        free(place);
        place = wider;
    }
    return place;
}

static json_t *shape_part(const struct settings *set, const struct part *f)
{
    json_t *object = json_object(), *files = json_array(), *gaps = json_array(),
           *sources = json_array();
    char *place = place_of(f->area);

    for (size_t i = 0; i < f->take_count; i++)
        json_array_append_new(files, shape_take(set, &f->takes[i]));
    for (size_t i = 0; i < f->tiling.count; i++)
        if (!f->tiling.list[i].recording)
            json_array_append_new(gaps, shape_gap(set, &f->tiling.list[i]));
    for (size_t i = 0; i < f->source_count; i++)
        json_array_append_new(sources, shape_source(set, &f->sources[i]));
    json_object_set_new(object, "id", json_string(f->camera));
    json_object_set_new(object, "name", json_string(part_name(f)));
    json_object_set_new(object, "place", json_string(place));
    json_object_set_new(object, "configured", json_boolean(f->name != NULL));
    json_object_set_new(object, "files", files);
    json_object_set_new(object, "gaps", gaps);
    json_object_set_new(object, "sources", sources);
    free(place);
    return object;
}

char *papers_manifest(const struct papers *p)
{
    json_t *object = json_object(), *cameras = json_array();

    for (size_t i = 0; i < p->count; i++)
        json_array_append_new(cameras, shape_part(p->set, &p->parts[i]));
    json_object_set_new(object, "format", json_string("kengd-export-1"));
    json_object_set_new(object, "id", json_string(p->row->id));
    json_object_set_new(object, "kengd", json_string(KENGD_VERSION));
    json_object_set_new(object, "site", json_string(p->set->site.name));
    json_object_set_new(object, "time_zone", json_string(p->set->site.time_zone));
    json_object_set_new(object, "by", json_string(p->row->who));
    json_object_set_new(object, "reason", json_string(p->row->reason));
    json_object_set_new(object, "document", json_string(p->row->document));
    json_object_set_new(object, "asked", span(p->set, p->row->from_us, p->row->to_us));
    add_time(object, p->set, "made", p->made_us);
    json_object_set_new(object, "clock_trusted", json_boolean(p->clock_trusted));
    json_object_set_new(object, "key_sha256", json_string(p->fingerprint));
    json_object_set_new(object, "cameras", cameras);
    char *text = json_dumps(object, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(object);
    if (!text)
        abort(); /* no memory: every text in it is UTF-8 */
    return text;
}

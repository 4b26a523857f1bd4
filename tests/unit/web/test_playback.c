/* Looking back over real segment files: what there is, bytes, playlists, clips, events.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../media/make_mp4.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "house.h"
#include "media/mp4.h"
#include "store/access_rows.h"
#include "store/alert_rows.h"
#include "store/segment_rows.h"

static const int64_t BEGIN_US = SECONDS_US(1700000000);
enum { FRAGMENT_BYTES = 20000 };

/* ---- footage --------------------------------------------------------------------------
 */

struct row_call {
    struct house *house;
    struct segment_row *segment;
    struct gap_row *gap;
    struct event_row *event;
    struct event_row *better;
    bool well;
};

static void insert_row(struct store *store, void *arg)
{
    struct row_call *call = arg;

    if (call->segment)
        call->well = segment_insert(store, call->segment, NULL);
    if (call->gap)
        call->well = gap_begin(store, call->gap, NULL);
    if (call->event)
        call->well = event_insert(store, call->event, NULL);
    if (call->better)
        call->well = event_better(store, call->better, NULL);
}

static bool done;

static void on_inserted(void *arg)
{
    done = true;
}

static bool is_done(struct house *house)
{
    return done;
}

static void ask_for_it(void *arg)
{
    struct row_call *call = arg;

    done = false;
    desk_ask(call->event || call->better ? call->house->duties : call->house->records, insert_row,
             on_inserted, call);
}

static void insert(struct row_call *call)
{
    house_call(call->house, ask_for_it, call);
    house_until(call->house, is_done);
    assert_true(call->well);
}

/* `count` fragments of half a second from `from_s` on; the fragment `key` has the first
 * keyframe, and from then on there is one every second. */
static int64_t record_keys(struct house *house, const char *camera, double from_s,
                           int count, int key, bool open)
{
    char *folder = xformat("%s/recordings/%s", house->dir, camera);
    char *name = xformat("%s/%d.mp4", camera, (int)from_s);
    char *path = xformat("%s/recordings/%s", house->dir, name);
    const struct init *init = make_init(false, 30, BEGIN_US);
    int64_t start_us = BEGIN_US + (int64_t)(from_s * 1e6);
    FILE *file;

    mkdir(folder, 0700);
    file = fopen(path, "w");
    assert_non_null(file);
    fwrite(init->bytes, 1, init->size, file);
    for (int i = 0; i < count; i++) {
        uint8_t head[MP4_FRAGMENT_HEAD];
        struct fragment *frag = make_fragment(init, start_us + i * MILLIS_US(500),
                                              MILLIS_US(500), i >= key && (i - key) % 2 == 0,
                                              FRAGMENT_BYTES);
        fwrite(head, 1, mp4_write_head(head, frag), file);
        fwrite(frag->bytes, 1, frag->size, file);
        fragment_unref(frag);
    }
    long size = ftell(file);
    fclose(file);
    struct segment_row row = { .camera = (char *)camera,
                               .run_us = BEGIN_US,
                               .start_us = start_us,
                               .end_us = start_us + count * MILLIS_US(500),
                               .path = name,
                               .bytes = size,
                               .codecs = (char *)init->codecs,
                               .open = open,
                               .clock_trusted = true };
    struct row_call call = { .house = house, .segment = &row };
    insert(&call);
    init_unref(init);
    free(folder);
    free(name);
    free(path);
    return row.id;
}

static int64_t record(struct house *house, const char *camera, double from_s, int count,
                      bool open)
{
    return record_keys(house, camera, from_s, count, 0, open);
}

static char *spell(const char *pattern, double from_s, double to_s)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

    time_text(BEGIN_US + (int64_t)(from_s * 1e6), from);
    time_text(BEGIN_US + (int64_t)(to_s * 1e6), to);
    return xformat("%s?from=%s&to=%s", pattern, from, to);
}

static struct answer get(struct house *house, const char *token, char *target,
                         const char *more)
{
    struct answer answer = house_ask(house, "GET", target, token, more, NULL);

    free(target);
    return answer;
}

/* ---- what there is --------------------------------------------------------------------
 */

static void stretches_tile_what_was_asked_for(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"duty\"}", NULL);
    struct gap_row gap = { .camera = (char *)"gate",
                           .start_us = BEGIN_US + SECONDS_US(10),
                           .end_us = BEGIN_US + SECONDS_US(20),
                           .cause = GAP_NETWORK,
                           .detail = (char *)"no answer",
                           .ended = GAP_END_VIDEO };
    struct row_call call = { .house = house, .gap = &gap };

    record(house, "gate", 0, 20, false);
    record(house, "gate", 20, 20, false);
    insert(&call);
    struct answer answer =
        get(house, token, spell("/api/cameras/gate/recordings", 0, 40), NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(
        (char *)answer.body.at,
        "{\"camera\":\"gate\",\"from\":\"2023-11-14T22:13:20.000Z\","
        "\"to\":\"2023-11-14T22:14:00.000Z\",\"stretches\":["
        "{\"kind\":\"recording\",\"from\":\"2023-11-14T22:13:20.000Z\","
        "\"to\":\"2023-11-14T22:13:30.000Z\",\"clock_trusted\":true},"
        "{\"kind\":\"gap\",\"from\":\"2023-11-14T22:13:30.000Z\","
        "\"to\":\"2023-11-14T22:13:40.000Z\",\"cause\":\"network\",\"detail\":\"no answer\","
        "\"ended\":\"video\",\"ended_by\":\"\"},"
        "{\"kind\":\"recording\",\"from\":\"2023-11-14T22:13:40.000Z\","
        "\"to\":\"2023-11-14T22:13:50.000Z\",\"clock_trusted\":true},"
        "{\"kind\":\"gap\",\"from\":\"2023-11-14T22:13:50.000Z\","
        "\"to\":\"2023-11-14T22:14:00.000Z\",\"cause\":\"unknown\",\"detail\":\"\","
        "\"ended\":null,\"ended_by\":\"\"}]}");
    answer_clear(&answer);
    free(token);
}

static void a_time_that_makes_no_sense_is_refused_with_its_field(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"duty\"}", NULL);
    static const struct {
        const char *query, *field;
    } rows[] = {
        { "", "from" },
        { "?from=now&to=1700000000", "from" },
        { "?from=1700000000", "to" },
        { "?from=1700000000&to=1700000000", "to" },
        { "?from=1700000001&to=1700000000", "to" },
        { "?from=1600000000&to=1700000000", "to" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *field = xformat("\"field\":\"%s\"", rows[i].field);
        struct answer answer = get(
            house, token, xformat("/api/cameras/gate/recordings%s", rows[i].query), NULL);
        assert_int_equal(answer.status, 400);
        assert_non_null(strstr((char *)answer.body.at, field));
        answer_clear(&answer);
        free(field);
    }
    struct answer zone =
        get(house, token,
            xstrdup("/api/cameras/gate/recordings?from=2023-11-15T05:13:20"
                    "+07:00&to=1700000001"),
            NULL);
    assert_int_equal(zone.status, 200);
    answer_clear(&zone);
    free(token);
}

/* ---- bytes ----------------------------------------------------------------------------
 */

static void a_segment_is_given_by_ranges(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"duty\"}", NULL);
    int64_t id = record(house, "gate", 0, 60, false); /* 1.2 MB: more than goes at once */
    char *target = xformat("/api/segments/%lld.mp4", (long long)id);
    struct answer whole = get(house, token, xstrdup(target), NULL);
    struct answer part = get(house, token, xstrdup(target), "Range: bytes=4-7\r\n");
    struct answer large =
        get(house, token, xstrdup(target), "Range: bytes=10-800009\r\n");
    struct answer beyond =
        get(house, token, xstrdup(target), "Range: bytes=9999999-\r\n");

    assert_int_equal(whole.status, 200);
    assert_true(whole.body.size > 1200000);
    assert_string_equal(answer_header(&whole, "Accept-Ranges"), "bytes");
    assert_int_equal(part.status, 206);
    assert_int_equal(part.body.size, 4);
    assert_memory_equal(part.body.at, "ftyp", 4);
    assert_int_equal(large.status, 206);
    assert_int_equal(large.body.size, 800000);
    assert_memory_equal(large.body.at, whole.body.at + 10, 800000);
    assert_int_equal(beyond.status, 416);
    char *length = xformat("bytes */%zu", whole.body.size);
    assert_string_equal(answer_header(&beyond, "Content-Range"), length);
    answer_clear(&whole);
    answer_clear(&part);
    answer_clear(&large);
    answer_clear(&beyond);
    free(length);
    free(target);
    free(token);
}

static void a_segment_of_another_hamlet_does_not_exist(void **state)
{
    struct house *house = *state;
    char *token =
        house_token(house, "{\"role\": \"staff\", \"area\": \"thon-dong\"}", NULL);
    int64_t id = record(house, "lane", 0, 2, false);
    static const char *const other[] = { "999", "x", "1x", "99999999999999999999",
                                         "-1",  "0" };
    struct answer answer =
        get(house, token, xformat("/api/segments/%lld.mp4", (long long)id), NULL);

    assert_int_equal(answer.status, 404);
    answer_clear(&answer);
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        answer = get(house, token, xformat("/api/segments/%s.mp4", other[i]), NULL);
        assert_int_equal(answer.status, 404);
        answer_clear(&answer);
    }
    free(token);
}

static void a_row_that_points_outside_gives_nothing(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"duty\"}", NULL);
    char *link = xformat("%s/recordings/link.mp4", house->dir);
    static const char *const paths[] = { "../kengd.yaml", "/etc/passwd", "link.mp4", "" };

    assert_int_equal(symlink("/etc/passwd", link), 0);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct segment_row row = { .camera = (char *)"gate",
                                   .run_us = BEGIN_US,
                                   .start_us = BEGIN_US,
                                   .end_us = BEGIN_US + 1,
                                   .path = (char *)paths[i],
                                   .codecs = (char *)"avc1" };
        struct row_call call = { .house = house, .segment = &row };
        insert(&call);
        struct answer answer =
            get(house, token, xformat("/api/segments/%lld.mp4", (long long)row.id), NULL);
        assert_int_equal(answer.status, 404);
        answer_clear(&answer);
    }
    free(link);
    free(token);
}

static void playlists_lead_to_the_bytes(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"duty\"}", NULL);
    int64_t id = record(house, "gate", 0, 20, false);
    struct answer hls =
        get(house, token, spell("/api/cameras/gate/playback.m3u8", 2.2, 8), NULL);
    struct answer list =
        get(house, token, spell("/api/cameras/gate/fragments", 2.2, 4), NULL);
    char *url = xformat("/api/segments/%lld.mp4", (long long)id);
    json_t *body = json_loadb((char *)list.body.at, list.body.size, 0, NULL);
    json_t *runs = json_object_get(body, "runs");
    json_t *run = json_array_get(runs, 0);
    json_t *fragments = json_object_get(run, "fragments"),
           *first = json_array_get(fragments, 0);

    assert_int_equal(hls.status, 200);
    assert_memory_equal(hls.body.at, "#EXTM3U\n", 8);
    assert_non_null(strstr((char *)hls.body.at, url));
    assert_int_equal(json_array_size(runs), 1);
    assert_int_equal(json_array_size(fragments), 4); /* 2.0, 2.5, 3.0, 3.5 */
    assert_string_equal(json_string_value(json_object_get(first, "url")), url);
    assert_string_equal(json_string_value(json_object_get(first, "from")),
                        "2023-11-14T22:13:22.000Z");
    assert_true(json_is_true(json_object_get(first, "keyframe")));
    assert_int_equal(json_integer_value(json_object_get(first, "dts")), 2 * 90000);
    char *range = xformat("Range: bytes=%lld-%lld\r\n",
                          json_integer_value(json_object_get(first, "at")),
                          json_integer_value(json_object_get(first, "at")) +
                              json_integer_value(json_object_get(first, "size")) - 1);
    struct answer bytes = get(house, token, xstrdup(url), range);
    struct mp4_fragment frag;
    assert_true(mp4_read_fragment(NULL, bytes.body.at, bytes.body.size, &frag, NULL));
    assert_int_equal(frag.dts, 2 * 90000);
    json_t *empty_runs;
    struct answer empty =
        get(house, token, spell("/api/cameras/gate/fragments", 500, 600), NULL);
    empty_runs = json_loadb((char *)empty.body.at, empty.body.size, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(empty_runs, "runs")), 0);
    json_decref(empty_runs);
    json_decref(body);
    answer_clear(&empty);
    answer_clear(&hls);
    answer_clear(&list);
    answer_clear(&bytes);
    free(range);
    free(url);
    free(token);
}

/* ---- clips ----------------------------------------------------------------------------
 */

static size_t init_size(void)
{
    const struct init *init = make_init(false, 30, BEGIN_US);
    size_t size = init->size;

    init_unref(init);
    return size;
}

static void a_clip_begins_at_a_keyframe_and_time_zero(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"duty\"}", NULL);
    const struct init *init = make_init(false, 30, BEGIN_US);
    struct fragment *like =
        make_fragment(init, BEGIN_US, MILLIS_US(500), true, FRAGMENT_BYTES);
    struct mp4_fragment frag;

    record(house, "gate", 0, 60, false);
    record(house, "gate", 30, 60, false);
    struct answer clip =
        get(house, token, spell("/api/cameras/gate/clip.mp4", 10.7, 50), NULL);
    assert_int_equal(clip.status, 200);
    assert_string_equal(answer_header(&clip, "Content-Type"), "video/mp4");
    assert_string_equal(answer_header(&clip, "Content-Disposition"),
                        "inline; filename=\"gate-20231114T221330Z.mp4\"");
    assert_int_equal(clip.body.size, init->size + 80 * like->size);
    assert_true(
        mp4_read_fragment(NULL, clip.body.at + init->size, like->size, &frag, NULL));
    assert_int_equal(frag.dts, 0);
    assert_true(frag.keyframe);

    /* Safari plays only what it can ask for in parts. */
    struct answer part = get(house, token, spell("/api/cameras/gate/clip.mp4", 10.7, 50),
                             "Range: bytes=100-299\r\n");
    assert_int_equal(part.status, 206);
    char *range = xformat("bytes 100-299/%zu", clip.body.size);
    assert_string_equal(answer_header(&part, "Content-Range"), range);
    assert_int_equal(part.body.size, 200);
    assert_memory_equal(part.body.at, clip.body.at + 100, 200);
    answer_clear(&part);
    part = get(house, token, spell("/api/cameras/gate/clip.mp4", 10.7, 50),
               "Range: bytes=99999999-\r\n");
    assert_int_equal(part.status, 416);
    answer_clear(&part);
    free(range);
    answer_clear(&clip);

    clip = get(house, token, spell("/api/cameras/gate/clip.mp4", 500, 510), NULL);
    assert_int_equal(clip.status, 404);
    assert_non_null(strstr((char *)clip.body.at, "\"code\":\"no_footage\""));
    answer_clear(&clip);
    clip = get(house, token, spell("/api/cameras/gate/clip.mp4", 0, 1900), NULL);
    assert_int_equal(clip.status, 400);
    answer_clear(&clip);
    fragment_unref(like);
    init_unref(init);
    free(token);
}

/* ---- a segment that begins without a keyframe -----------------------------------------
 */

static json_t *fragments_of(struct house *house, const char *token, double from, double to,
                            size_t run_count)
{
    struct answer answer =
        get(house, token, spell("/api/cameras/gate/fragments", from, to), NULL);
    json_t *body = json_loadb((char *)answer.body.at, answer.body.size, 0, NULL);
    json_t *runs = json_object_get(body, "runs");

    assert_int_equal(answer.status, 200);
    assert_int_equal(json_array_size(runs), run_count);
    json_t *list =
        json_incref(json_object_get(json_array_get(runs, 0), "fragments"));
    json_decref(body);
    answer_clear(&answer);
    return list;
}

static void playback_begins_in_the_segment_before_when_its_keyframe_is_there(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"duty\"}", NULL);
    int64_t id = record(house, "gate", 0, 20, false);
    static const struct {
        double from;
        const char *begin; /* seconds after 22:13 */
        size_t count;
    } rows[] = {
        { 11, "29.000", 8 },   /* 9, 9.5; 10, 10.5, 11, 11.5, 12, 12.5 */
        { 12.7, "32.000", 2 }, /* has a keyframe of its own */
        { 9.7, "29.000", 8 },
    };
    char *before = xformat("/api/segments/%lld.mp4", (long long)id);

    record_keys(house, "gate", 10, 20, 4, false);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *begin = xformat("2023-11-14T22:13:%sZ", rows[i].begin);
        json_t *list = fragments_of(house, token, rows[i].from, 13, 1);
        json_t *first = json_array_get(list, 0);
        assert_int_equal(json_array_size(list), rows[i].count);
        assert_string_equal(json_string_value(json_object_get(first, "from")), begin);
        assert_true(json_is_true(json_object_get(first, "keyframe")));
        struct answer clip =
            get(house, token, spell("/api/cameras/gate/clip.mp4", rows[i].from, 13), NULL);
        assert_int_equal(clip.status, 200);
        assert_string_equal(answer_header(&clip, "X-Clip-Start"), begin);
        struct answer hls = get(
            house, token, spell("/api/cameras/gate/playback.m3u8", rows[i].from, 13), NULL);
        assert_int_equal(strstr((char *)hls.body.at, before) != NULL, rows[i].from < 12);
        assert_non_null(strstr((char *)hls.body.at, begin));
        json_decref(list);
        answer_clear(&clip);
        answer_clear(&hls);
        free(begin);
    }
    free(before);
    free(token);
}

static void silence_within_a_run_does_not_part_pictures_from_their_keyframe(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"duty\"}", NULL);
    static const double from[] = { 15, 20.2, 21 };

    record(house, "gate", 0, 20, false);
    record_keys(house, "gate", 20, 20, 4, false);
    for (size_t i = 0; i < COUNT_OF(from); i++) {
        json_t *list = fragments_of(house, token, from[i], 21.5, 1);
        json_t *first = json_array_get(list, 0);
        assert_int_equal(json_array_size(list), 5); /* 9, 9.5; 20, 20.5, 21 */
        assert_string_equal(json_string_value(json_object_get(first, "from")),
                            "2023-11-14T22:13:29.000Z");
        json_decref(list);
    }
    json_t *list = fragments_of(house, token, 12, 15, 0); /* nothing but silence */
    assert_null(list);
    free(token);
}

static struct event_row event_at(const char *camera, const char *area, double from_s)
{
    struct event_row event = { .kind = EVENT_MOTION,
                               .camera = (char *)camera,
                               .area = (char *)area,
                               .start_us = BEGIN_US + (int64_t)(from_s * 1e6),
                               .end_us = BEGIN_US + (int64_t)((from_s + 5) * 1e6),
                               .score = 62,
                               .box = { 0.41f, 0.3f, 0.55f, 0.8f } };

    row_id_new(event.start_us, event.id);
    return event;
}

static void put_picture(struct house *house, const char *content)
{
    char *folder = xformat("%s/state/pictures", house->dir);
    char *path = xformat("%s/one.jpg", folder);

    mkdir(folder, 0700);
    FILE *file = fopen(path, "w");
    fputs(content, file);
    fclose(file);
    free(folder);
    free(path);
}

static void an_event_has_a_clip_and_a_snapshot_for_its_own_hamlet(void **state)
{
    struct house *house = *state;
    char *own = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *other = house_token(house, "{\"screen\": \"screen-tay\"}", NULL);
    struct event_row event = event_at("gate", "thon-dong", 10);
    struct row_call call = { .house = house, .event = &event };
    static const char *const tails[] = { "", "/snapshot.jpg", "/clip.mp4" };
    put_picture(house, "\xff\xd8picture");
    event.picture = (char *)"one.jpg";
    record(house, "gate", 0, 60, false);
    insert(&call);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        char *target = xformat("/api/events/%s%s", event.id, tails[i]);
        struct answer yes = get(house, own, xstrdup(target), NULL);
        struct answer no = get(house, other, xstrdup(target), NULL);
        assert_int_equal(yes.status, 200);
        assert_int_equal(no.status, 404);
        if (i == 1)
            assert_string_equal((char *)yes.body.at, "\xff\xd8picture");
        if (i == 2) /* from 5 to 20 s */
            assert_true(yes.body.size > init_size() + 30 * FRAGMENT_BYTES);
        answer_clear(&yes);
        answer_clear(&no);
        free(target);
    }
    struct answer list = get(house, own, xstrdup("/api/events"), NULL);
    struct answer none = get(house, other, xstrdup("/api/events"), NULL);
    struct answer elsewhere = get(house, other, xstrdup("/api/events?camera=gate"), NULL);
    assert_non_null(strstr((char *)list.body.at, "\"box\":[0.41,0.3,0.55,0.8]"));
    assert_non_null(strstr((char *)list.body.at, "\"area_name\":\"Thon Dong\""));
    assert_string_equal((char *)none.body.at, "{\"events\":[],\"next\":null}");
    assert_int_equal(elsewhere.status, 404);
    answer_clear(&list);
    answer_clear(&none);
    answer_clear(&elsewhere);
    free(own);
    free(other);
}

/* A link of `token` for the event; its token's text. The caller frees. */
static char *share(struct house *house, const char *token, const char *event, char **id)
{
    char *target = xformat("/api/events/%s/share", event);
    struct answer answer = house_ask(house, "POST", target, token,
                                     "Content-Type: application/json\r\n", "{}");
    json_t *body = json_loadb((const char *)answer.body.at, answer.body.size, 0, NULL);
    const char *mark = strchr(json_string_value(json_object_get(body, "url")), '#');
    char *text = xstrdup(mark + 1);

    assert_int_equal(answer.status, 200);
    *id = xstrdup(json_string_value(json_object_get(body, "id")));
    json_decref(body);
    answer_clear(&answer);
    free(target);
    return text;
}

static int shared_status(struct house *house, const char *guest, const char *tail)
{
    char *target = xformat("/api/shared/%s%s", guest, tail);
    struct answer answer = get(house, NULL, target, NULL);
    int status = answer.status;

    answer_clear(&answer);
    return status;
}

static void a_link_that_was_passed_on_shows_one_event_for_a_day(void **state)
{
    struct house *house = *state;
    char *own_id, *id, *second, *third;
    char *own = house_token(house, "{\"person\": \"head-dong\"}", &own_id);
    struct event_row event = event_at("gate", "thon-dong", 10);
    struct row_call call = { .house = house, .event = &event };
    static const char *const tails[] = { "/snapshot.jpg", "/clip.mp4" };

    put_picture(house, "\xff\xd8picture");
    event.picture = (char *)"one.jpg";
    record(house, "gate", 0, 60, false);
    insert(&call);
    char *guest = share(house, own, event.id, &id);
    char *body = xformat("{\"token\": \"%s\"}", guest);
    struct answer seen = house_ask(house, "POST", "/api/shared", NULL,
                                   "Content-Type: application/json\r\n", body);
    assert_int_equal(seen.status, 200);
    assert_non_null(strstr((char *)seen.body.at, "\"by\":\"Head of Dong\""));
    answer_clear(&seen);
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        assert_int_equal(shared_status(house, guest, tails[i]), 200);

    /* With everything else it is nobody's, and lets nobody in. */
    seen = house_ask(house, "POST", "/api/session", NULL,
                     "Content-Type: application/json\r\n", body);
    assert_int_equal(seen.status, 401);
    answer_clear(&seen);
    for (size_t i = 0; i < route_count; i++) {
        if (routes[i].right == RIGHT_OPEN || routes[i].right == RIGHT_PROBE ||
            routes[i].method != EVHTTP_REQ_GET || strchr(routes[i].pattern, '{'))
            continue;
        struct answer no = get(house, guest, xstrdup(routes[i].pattern), NULL);
        assert_int_equal(no.status, 404);
        answer_clear(&no);
    }

    char *target = xformat("/api/control/tokens/%s", id);
    struct answer revoked = house_ask_control(house, "DELETE", target, NULL);
    answer_clear(&revoked);
    assert_int_equal(shared_status(house, guest, tails[0]), 404);
    free(guest);
    free(id);

    guest = share(house, own, event.id, &second);
    house_jump(SECONDS_US(24 * 3600 + 1));
    assert_int_equal(shared_status(house, guest, tails[0]), 404);
    free(guest);
    free(second);

    /* Nor does it outlive the phone that passed it on. */
    guest = share(house, own, event.id, &third);
    assert_int_equal(shared_status(house, guest, tails[0]), 200);
    free(target);
    target = xformat("/api/control/tokens/%s", own_id);
    revoked = house_ask_control(house, "DELETE", target, NULL);
    answer_clear(&revoked);
    assert_int_equal(shared_status(house, guest, tails[0]), 404);
    free(third);
    free(own_id);
    free(target);
    free(body);
    free(guest);
    free(own);
}

static void what_happened_goes_with_its_camera_to_another_hamlet(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct event_row moved = event_at("lane", "thon-dong", 10),
                     kept = event_at("gate", "thon-dong", 20);

    snprintf(kept.id, sizeof kept.id, "%s", "01KEPT");
    insert(&(struct row_call){ .house = house, .event = &moved });
    insert(&(struct row_call){ .house = house, .event = &kept });
    struct answer list = get(house, token, xstrdup("/api/events"), NULL);
    assert_non_null(strstr((char *)list.body.at, "\"camera\":\"gate\""));
    assert_null(strstr((char *)list.body.at, "lane"));
    answer_clear(&list);
    free(token);
}

static char *snapshot_of(struct house *house, const char *token, const char *event)
{
    struct answer answer = get(house, token, xformat("/api/events/%s", event), NULL);
    json_t *body = json_loadb((char *)answer.body.at, answer.body.size, 0, NULL);
    char *address = xstrdup(json_string_value(json_object_get(body, "snapshot")));

    json_decref(body);
    answer_clear(&answer);
    return address;
}

static void a_better_snapshot_has_another_address(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct event_row event = event_at("gate", "thon-dong", 10);
    struct row_call first = { .house = house, .event = &event };
    struct row_call better = { .house = house, .better = &event };

    event.seen_us = event.start_us;
    event.end_us = 0;
    event.picture = (char *)"one.jpg";
    put_picture(house, "\xff\xd8one");
    insert(&first);
    char *before = snapshot_of(house, token, event.id);
    char *again = snapshot_of(house, token, event.id);
    event.seen_us += MILLIS_US(400);
    put_picture(house, "\xff\xd8two");
    insert(&better);
    char *after = snapshot_of(house, token, event.id);
    char *bare = xstrndup(after, strcspn(after, "?"));

    assert_string_equal(before, again);
    assert_string_not_equal(before, after);
    const char *const addresses[] = { before, after, bare };
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct answer picture = get(house, token, xstrdup(addresses[i]), NULL);
        assert_int_equal(picture.status, 200);
        assert_string_equal((char *)picture.body.at, "\xff\xd8two");
        answer_clear(&picture);
    }
    free(before);
    free(again);
    free(after);
    free(bare);
    free(token);
}

static void who_looked_back_stands_in_the_access_log(void **state)
{
    struct house *house = *state;
    char *duty = house_token(house, "{\"person\": \"duty\"}", NULL);

    record(house, "gate", 0, 4, false);
    for (int i = 0; i < 3; i++) {
        struct answer answer =
            get(house, duty, spell("/api/cameras/gate/recordings", 0, 2), NULL);
        answer_clear(&answer);
    }
    struct answer clip =
        get(house, duty, spell("/api/cameras/gate/clip.mp4", 0, 2), NULL);
    /* Its row is written behind those, on the same desk. */
    char *boss = house_token(house, "{\"person\": \"boss\"}", NULL);
    struct answer log = get(house, boss, xstrdup("/api/access-log"), NULL);
    json_t *body = json_loadb((char *)log.body.at, log.body.size, 0, NULL);
    json_t *entries = json_object_get(body, "entries");
    static const char *const what[] = { "token new", "clip", "playback", "token new" };
    assert_int_equal(json_array_size(entries), COUNT_OF(what));
    for (size_t i = 0; i < COUNT_OF(what); i++)
        assert_string_equal(
            json_string_value(json_object_get(json_array_get(entries, i), "what")),
            what[i]);
    assert_non_null(strstr((char *)log.body.at, "\"who\":\"Duty\""));
    json_decref(body);
    answer_clear(&clip);
    answer_clear(&log);
    free(duty);
    free(boss);
}

static void a_file_that_was_fetched_without_its_list_was_looked_at(void **state)
{
    struct house *house = *state;
    char *duty = house_token(house, "{\"person\": \"duty\"}", NULL);
    int64_t id = record(house, "gate", 0, 4, false);

    for (int i = 0; i < 3; i++) {
        struct answer answer =
            get(house, duty, xformat("/api/segments/%lld.mp4", (long long)id), NULL);
        assert_int_equal(answer.status, 200);
        answer_clear(&answer);
    }
    char *boss = house_token(house, "{\"person\": \"boss\"}", NULL);
    struct answer log = get(house, boss, xstrdup("/api/access-log"), NULL);
    const char *first = strstr((char *)log.body.at, "\"playback\",\"object\":\"camera:gate\"");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\"playback\""));
    answer_clear(&log);
    free(duty);
    free(boss);
}

/* What `who` finds of the looks: "what who cameras" joined by " | ", the newest first. */
static char *looks(struct house *house, const char *token)
{
    struct answer log = get(house, token, xstrdup("/api/access-log/looks"), NULL);
    json_t *body = json_loadb((char *)log.body.at, log.body.size, 0, NULL);
    json_t *entries = json_object_get(body, "entries"), *one;
    struct bytes text = { 0 };
    size_t i;

    json_array_foreach (entries, i, one) {
        char *cameras = json_dumps(json_object_get(one, "cameras"), JSON_COMPACT);
        bytes_format(&text, "%s%s %s %s", i ? " | " : "",
                     json_string_value(json_object_get(one, "what")),
                     json_string_value(json_object_get(one, "who")), cameras);
        free(cameras);
    }
    if (!json_is_array(entries))
        bytes_format(&text, "%d", log.status);
    bytes_add(&text, "", 1);
    json_decref(body);
    answer_clear(&log);
    return (char *)text.at;
}

static void a_hamlet_head_finds_who_looked_at_his_own_cameras_and_nothing_else(void **state)
{
    struct house *house = *state;
    char *duty = house_token(house, "{\"person\": \"duty\"}", NULL);
    static const char *const seen[] = { "gate", "lane" };

    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        char *path = xformat("/api/cameras/%s/recordings", seen[i]);
        struct answer answer = get(house, duty, spell(path, 0, 2), NULL);
        answer_clear(&answer);
        free(path);
    }
    /* Its row is written behind those, on the same desk. */
    char *head = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *of_duty = looks(house, duty), *of_head = looks(house, head);
    assert_string_equal(of_duty, "404");
    assert_string_equal(of_head, "playback Duty [\"gate\"]");
    free(of_duty);
    free(of_head);
    free(duty);
    free(head);
}

/* ---- alerts ---------------------------------------------------------------------------
 */

static void insert_alert(struct store *store, void *arg)
{
    struct alert_row *alert = arg;

    done = event_insert(store, &alert->event, NULL) && alert_insert(store, alert, NULL);
}

struct alert_call {
    struct house *house;
    struct alert_row *alert;
};

static void ask_for_alert(void *arg)
{
    struct alert_call *call = arg;

    done = false;
    desk_ask(call->house->duties, insert_alert, on_inserted, call->alert);
}

static void an_alert_is_answered_by_name_and_only_from_its_hamlet(void **state)
{
    struct house *house = *state;
    char *own = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *screen = house_token(house, "{\"screen\": \"screen-dong\"}", NULL);
    char *other =
        house_token(house, "{\"role\": \"official\", \"area\": \"thon-tay\"}", NULL);
    struct alert_row alert = { .event = event_at("gate", "thon-dong", 10),
                               .rank = 1,
                               .raised_us = BEGIN_US };
    struct alert_call call = { house, &alert };

    row_id_new(BEGIN_US, alert.id);
    house_call(house, ask_for_alert, &call);
    house_until(house, is_done);
    char *target = xformat("/api/alerts/%s", alert.id);
    char *acknowledge = xformat("%s/acknowledge", target),
         *shown = xformat("%s/delivered", target);

    struct answer one = house_ask(house, "GET", target, own, NULL, NULL);
    assert_int_equal(one.status, 200);
    assert_non_null(strstr((char *)one.body.at, "\"state\":\"open\""));
    answer_clear(&one);
    one = house_ask(house, "GET", "/api/alerts?open=1", other, NULL, NULL);
    assert_string_equal((char *)one.body.at, "{\"alerts\":[],\"next\":null}");
    answer_clear(&one);
    one = house_ask(house, "POST", acknowledge, other, NULL, "{}");
    assert_int_equal(one.status, 404);
    answer_clear(&one);
    one = house_ask(house, "POST", acknowledge, screen, NULL, "{}");
    assert_int_equal(one.status, 404);
    assert_string_equal(house->door, "");
    answer_clear(&one);
    one = house_ask(house, "POST", acknowledge, own, NULL, "{\"note\": \"on my way\"}");
    assert_int_equal(one.status, 200);
    assert_string_equal(house->door, "acknowledge");
    assert_string_equal(house->object, alert.id);
    assert_string_equal(house->who, "Head of Dong");
    assert_string_equal(house->note, "on my way");
    answer_clear(&one);
    house->door_status = 409;
    one = house_ask(house, "POST", acknowledge, own, NULL, NULL);
    assert_int_equal(one.status, 409);
    answer_clear(&one);
    one = house_ask(house, "POST", shown, screen, NULL, "{}");
    assert_int_equal(one.status, 204);
    assert_string_equal(house->door, "delivered");
    assert_string_equal(house->who, "screen:screen-dong");
    answer_clear(&one);
    free(target);
    free(acknowledge);
    free(shown);
    free(own);
    free(screen);
    free(other);
}

#define IN_A_HOUSE(test) \
    cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_HOUSE(stretches_tile_what_was_asked_for),
        IN_A_HOUSE(a_time_that_makes_no_sense_is_refused_with_its_field),
        IN_A_HOUSE(a_segment_is_given_by_ranges),
        IN_A_HOUSE(a_segment_of_another_hamlet_does_not_exist),
        IN_A_HOUSE(a_row_that_points_outside_gives_nothing),
        IN_A_HOUSE(playlists_lead_to_the_bytes),
        IN_A_HOUSE(a_clip_begins_at_a_keyframe_and_time_zero),
        IN_A_HOUSE(playback_begins_in_the_segment_before_when_its_keyframe_is_there),
        IN_A_HOUSE(silence_within_a_run_does_not_part_pictures_from_their_keyframe),
        IN_A_HOUSE(an_event_has_a_clip_and_a_snapshot_for_its_own_hamlet),
        IN_A_HOUSE(a_link_that_was_passed_on_shows_one_event_for_a_day),
        IN_A_HOUSE(what_happened_goes_with_its_camera_to_another_hamlet),
        IN_A_HOUSE(a_better_snapshot_has_another_address),
        IN_A_HOUSE(who_looked_back_stands_in_the_access_log),
        IN_A_HOUSE(a_file_that_was_fetched_without_its_list_was_looked_at),
        IN_A_HOUSE(a_hamlet_head_finds_who_looked_at_his_own_cameras_and_nothing_else),
        IN_A_HOUSE(an_alert_is_answered_by_name_and_only_from_its_hamlet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

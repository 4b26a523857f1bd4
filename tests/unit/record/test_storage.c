/* Several volumes. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/memory.h"
#include "place.h"

/* What one file system says of all volumes here; the second may be smaller. */
static ino_t small; /* the root of it */

int __wrap_fstatvfs64(int fd, struct statvfs *to);

int __wrap_fstatvfs64(int fd, struct statvfs *to)
{
    struct stat st;

    fstat(fd, &st);
    *to = (struct statvfs){ .f_frsize = 4096, .f_blocks = st.st_ino == small ? 50000 : 100000 };
    to->f_bavail = to->f_blocks / 2;
    return 0;
}

struct two {
    struct place *p;
    char *path; /* of the second, "b" */
    struct volume_settings second;
};

static struct two two_volumes(struct place *p)
{
    struct two two = { .p = p, .path = xformat("%s/b", p->dir) };
    struct stat st;

    assert_int_equal(mkdir(two.path, 0700), 0);
    stat(two.path, &st);
    small = st.st_ino;
    strcpy(two.second.id, "b");
    two.second.path = two.path;
    return two;
}

static void open_two(struct two *two)
{
    two->p->set.storage.volumes = &two->second;
    two->p->set.storage.volume_count = 1;
    place_open(two->p);
    settle(two->p);
}

static void close_two(struct two *two)
{
    if (two->p->volume)
        place_close(two->p);
    two->p->set.storage.volumes = NULL;
    two->p->set.storage.volume_count = 0;
    two->p->camera.volume = NULL;
    free(two->path);
}

static bool has_file(const char *volume, const char *path)
{
    char *whole = xformat("%s/%s", volume, path);
    bool has = access(whole, F_OK) == 0;

    free(whole);
    return has;
}

/* Every recording of the camera lies on the volume that its row names. */
static void assert_all_on(const struct two *two, const char *volume)
{
    struct segment_list list = rows(two->p);

    assert_true(list.count > 0);
    for (size_t i = 0; i < list.count; i++) {
        assert_string_equal(list.rows[i].volume, volume);
        assert_true(has_file(*volume ? two->path : two->p->recordings, list.rows[i].path));
    }
    segment_list_free(&list);
}

static void move_away(const char *path)
{
    char *away = xformat("%s.away", path);

    assert_int_equal(rename(path, away), 0);
    free(away);
}

static void bring_back(const char *path)
{
    char *away = xformat("%s.away", path);

    assert_int_equal(rename(away, path), 0);
    free(away);
}

/* So many seconds later, as the timers see it. */
static void later(struct place *p, double s)
{
    clock_set(clock_wall_us() + SECONDS_US(1) * (int64_t)s);
    for (size_t i = 0; i < p->storage->count; i++)
        volume_tick(p->storage->volumes[i]);
    settle(p);
    storage_look(p->storage);
    settle(p);
}

static void a_camera_is_recorded_to_the_volume_that_it_names(void **state)
{
    struct two two = two_volumes(*state);

    two.p->camera.volume = (char *)"b";
    open_two(&two);
    feed(two.p, 0, 70);
    settle(two.p);
    assert_all_on(&two, "b");
    assert_tiled(two.p, at(0), at(70));
    close_two(&two);
}

static void cameras_are_shared_out_by_the_room_that_each_would_have(void **state)
{
    struct two two = two_volumes(*state);
    struct camera_settings cameras[5] = { 0 };
    struct stream *streams[5];
    struct recorder *recs[5];
    static const char *const expected[] = { "", "b", "", "", "b" }; /* 2 : 1, with "gate" */

    open_two(&two);
    assert_string_equal(recorder_volume(two.p->rec), "");
    for (int i = 0; i < 5; i++) {
        snprintf(cameras[i].id, ID_MAX, "c%d", i);
        streams[i] = stream_new(cameras[i].id, SECONDS_US(10), 1 << 20);
        recs[i] = recorder_start(two.p->storage, &cameras[i], streams[i]);
    }
    for (int i = 0; i < 5; i++) {
        assert_string_equal(recorder_volume(recs[i]), expected[i]);
        recorder_stop(recs[i]);
        stream_free(streams[i]);
    }
    close_two(&two);
}

static void a_camera_stays_where_its_folder_is(void **state)
{
    struct two two = two_volumes(*state);

    two.p->camera.volume = (char *)"b";
    open_two(&two);
    feed(two.p, 0, 4);
    place_close(two.p);
    two.p->camera.volume = NULL;
    open_two(&two);
    assert_string_equal(recorder_volume(two.p->rec), "b");
    close_two(&two);
}

static void a_camera_goes_on_elsewhere_when_its_volume_is_gone_and_loses_nothing(void **state)
{
    struct two two = two_volumes(*state);
    struct place *p = two.p;

    open_two(&two);
    feed(p, 0, 20);
    settle(p);
    move_away(p->recordings);
    feed(p, 20, 26);
    later(p, 0);
    feed(p, 26, 40); /* in memory */
    assert_string_equal(recorder_volume(p->rec), "");
    feed(p, 40, 50);
    later(p, 0);
    assert_string_equal(recorder_volume(p->rec), "b");
    feed(p, 50, 60);
    settle(p);
    bring_back(p->recordings);
    later(p, 6);
    assert_tiled(p, at(0), at(60));
    struct gap_list holes = gaps(p);
    for (size_t i = 0; i < holes.count; i++)
        assert_true(holes.rows[i].start_us >= at(60));
    gap_list_free(&holes);
    struct segment_list list = rows(p);
    assert_string_equal(list.rows[0].volume, "");
    assert_string_equal(list.rows[list.count - 1].volume, "b");
    segment_list_free(&list);
    close_two(&two);
}

static void a_camera_that_names_its_volume_waits_for_it_in_memory(void **state)
{
    struct two two = two_volumes(*state);
    struct place *p = two.p;

    p->camera.volume = (char *)"recordings";
    open_two(&two);
    feed(p, 0, 20);
    settle(p);
    move_away(p->recordings);
    feed(p, 20, 26);
    later(p, 0);
    feed(p, 26, 60);
    later(p, 0);
    assert_string_equal(recorder_volume(p->rec), "");
    bring_back(p->recordings);
    clock_set(at(66));
    volume_tick(p->volume);
    settle(p);
    feed(p, 66, 70);
    settle(p);
    assert_all_on(&two, "");
    struct segment_list list = rows(p);
    bool found = false;
    for (size_t i = 0; i < list.count; i++) /* what came meanwhile was in memory */
        found |= list.rows[i].start_us <= at(30) && list.rows[i].end_us >= at(59);
    assert_true(found);
    segment_list_free(&list);
    close_two(&two);
}

static void one_volume_that_is_gone_does_not_stop_the_other(void **state)
{
    struct two two = two_volumes(*state);
    struct place *p = two.p;
    struct volume_state now;

    p->camera.volume = (char *)"recordings";
    move_away(two.path);
    p->set.storage.volumes = &two.second;
    char *known = xformat("%s/volumes", p->state); /* it was recorded to before */
    FILE *file = fopen(known, "w");
    fprintf(file, "0123456789abcdef0123456789abcdef:3 %s\n", two.path);
    fclose(file);
    free(known);
    open_two(&two);
    storage_volume_state(p->storage, 1, &now);
    assert_false(now.ok);
    assert_non_null(strstr(now.why, two.path));
    storage_volume_state(p->storage, 0, &now);
    assert_true(now.ok);
    assert_int_equal(now.cameras, 1);
    storage_state(p->storage, &now);
    assert_false(now.ok);
    feed(p, 0, 10);
    settle(p);
    assert_tiled(p, at(0), at(10));
    close_two(&two);
}

static void files_that_were_moved_to_the_other_volume_are_found_there(void **state)
{
    struct two two = two_volumes(*state);
    struct place *p = two.p;

    p->camera.volume = (char *)"recordings";
    open_two(&two);
    feed(p, 0, 130);
    place_close(p);
    char *move = xformat("mv %s/gate %s/", p->recordings, two.path);
    assert_int_equal(system(move), 0);
    free(move);
    open_two(&two);
    settle(p);
    struct segment_list list = rows(p);
    assert_true(list.count >= 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(list.rows[i].volume, "b");
        assert_false(list.rows[i].lost);
    }
    segment_list_free(&list);
    struct gap_list holes = gaps(p);
    for (size_t i = 0; i < holes.count; i++)
        assert_int_not_equal(holes.rows[i].cause, GAP_DISK);
    gap_list_free(&holes);
    close_two(&two);
}

static void a_limit_of_one_volume_deletes_nothing_on_the_other(void **state)
{
    struct two two = two_volumes(*state);
    struct place *p = two.p;

    p->camera.volume = (char *)"recordings";
    open_two(&two);
    feed(p, 0, 130);
    recorder_stop(p->rec);
    p->camera.volume = (char *)"b";
    p->rec = recorder_start(p->storage, &p->camera, p->stream);
    feed(p, 130, 260);
    settle(p);
    two.second.most.bytes = 1;
    storage_reload(p->storage, &p->set);
    for (int looks = 0; looks < 3; looks++) { /* one may be amid another kind of work */
        later(p, 61);
        settle(p);
    }
    struct segment_list list = rows(p);
    for (size_t i = 0; i < list.count; i++)
        assert_true(list.rows[i].open || !*list.rows[i].volume);
    assert_true(list.count >= 2);
    segment_list_free(&list);
    close_two(&two);
}

static void a_limit_of_a_camera_takes_its_oldest_on_whatever_volume(void **state)
{
    struct two two = two_volumes(*state);
    struct place *p = two.p;
    int64_t bytes = 0;

    p->camera.volume = (char *)"recordings";
    open_two(&two);
    feed(p, 0, 130);
    recorder_stop(p->rec);
    p->camera.volume = (char *)"b";
    p->rec = recorder_start(p->storage, &p->camera, p->stream);
    feed(p, 130, 320);
    settle(p);
    struct segment_list list = rows(p);
    for (size_t i = 0; i < list.count; i++)
        bytes += list.rows[i].bytes;
    int64_t second_us = list.rows[1].start_us;
    p->camera.most.bytes = bytes - 1; /* one file too much */
    segment_list_free(&list);
    storage_reload(p->storage, &p->set);
    later(p, 61);
    list = rows(p);
    assert_int_equal(list.rows[0].start_us, second_us);
    segment_list_free(&list);
    close_two(&two);
}

static void gaps_move_once_when_the_clock_is_set(void **state)
{
    struct two two = two_volumes(*state);
    struct place *p = two.p;

    clock_distrust();
    new_run(p, at(0));
    p->camera.volume = (char *)"b";
    open_two(&two);
    feed(p, 0, 30);
    settle(p);
    later(p, 10); /* silence: a gap is open */
    clock_trusted = true;
    clock_step(at(36040));
    later(p, 0);
    new_run(p, at(36050));
    feed(p, 36050, 36060);
    settle(p);
    assert_tiled(p, at(36000), at(36060));
    close_two(&two);
}

static void two_names_of_one_directory_are_refused(void **state)
{
    struct two two = two_volumes(*state);
    struct place *p = two.p;
    struct error err = { 0 };

    assert_int_equal(rmdir(two.path), 0);
    assert_int_equal(mkdir(p->recordings, 0700), 0);
    assert_int_equal(symlink(p->recordings, two.path), 0);
    p->set.storage.volumes = &two.second;
    p->set.storage.volume_count = 1;
    p->desk = desk_open(p->state, STORE_RECORDS, "records", p->loop, NULL, &err);
    assert_null(storage_open(&(struct storage_setup){ &p->set, p->loop, p->desk, NULL }, &err));
    assert_int_equal(err.kind, ERR_OWNED);
    assert_non_null(strstr(err.text, two.path));
    desk_close(p->desk);
    close_two(&two);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_drop)
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_camera_is_recorded_to_the_volume_that_it_names),
        IN_PLACE(cameras_are_shared_out_by_the_room_that_each_would_have),
        IN_PLACE(a_camera_stays_where_its_folder_is),
        IN_PLACE(a_camera_goes_on_elsewhere_when_its_volume_is_gone_and_loses_nothing),
        IN_PLACE(a_camera_that_names_its_volume_waits_for_it_in_memory),
        IN_PLACE(one_volume_that_is_gone_does_not_stop_the_other),
        IN_PLACE(files_that_were_moved_to_the_other_volume_are_found_there),
        IN_PLACE(a_limit_of_one_volume_deletes_nothing_on_the_other),
        IN_PLACE(a_limit_of_a_camera_takes_its_oldest_on_whatever_volume),
        IN_PLACE(gaps_move_once_when_the_clock_is_set),
        IN_PLACE(two_names_of_one_directory_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

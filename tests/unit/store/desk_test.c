#include <pthread.h>
#include <stdlib.h>

#include "scratch.h"
#include "store/access_rows.h"
#include "store/desk.h"
#include "store/segment_rows.h"

struct ask {
    struct loop *loop;
    pthread_t asked_by;
    bool elsewhere, back; /* the job ran on another thread; done ran on ours */
    int64_t id;
    int *order, place;
    bool last;
};

static void insert_job(struct store *store, void *arg)
{
    struct ask *ask = arg;
    char *path = xformat("gate/%d.mp4", ask->place);
    struct segment_row row = { .camera = (char *)"gate",
                               .path = path,
                               .codecs = (char *)"" };

    ask->elsewhere = !pthread_equal(pthread_self(), ask->asked_by);
    well(segment_insert(store, &row, e));
    ask->id = row.id;
    free(path);
}

static void on_done(void *arg)
{
    struct ask *ask = arg;

    ask->back = pthread_equal(pthread_self(), ask->asked_by);
    assert_int_equal(ask->place, (*ask->order)++);
    if (ask->last)
        loop_stop(ask->loop);
}

static void jobs_run_elsewhere_in_order_and_come_back_to_the_loop(void **state)
{
    enum { JOBS = 20 };
    struct scratch *scratch = *state;
    struct loop *loop = loop_new();
    struct ask asks[JOBS];
    struct error err;
    int order = 0;
    struct desk *desk =
        desk_open(scratch->dir, STORE_RECORDS, "records", loop, NULL, &err);

    assert_non_null(desk);
    for (int i = 0; i < JOBS; i++) {
        asks[i] = (struct ask){ .loop = loop,
                                .asked_by = pthread_self(),
                                .order = &order,
                                .place = i,
                                .last = i == JOBS - 1 };
        assert_true(desk_ask(desk, insert_job, on_done, &asks[i]));
    }
    loop_run(loop);
    for (int i = 0; i < JOBS; i++) {
        assert_true(asks[i].elsewhere);
        assert_true(asks[i].back);
        assert_int_equal(asks[i].id, i + 1);
    }
    desk_close(desk);
    loop_free(loop);
}

static void a_desk_finishes_what_was_asked_before_it_closes(void **state)
{
    struct scratch *scratch = *state;
    struct loop *loop = loop_new();
    struct error err;
    int order = 0;
    struct ask ask = { .loop = loop, .asked_by = pthread_self(), .order = &order };
    struct ask quiet = { .asked_by = pthread_self(), .place = 1 };
    struct desk *desk = desk_open(scratch->dir, STORE_DUTIES, "duties", loop, NULL, &err);

    assert_non_null(desk);
    assert_true(desk_ask(desk, insert_job, on_done, &ask));
    assert_true(desk_ask(desk, insert_job, NULL, &quiet));
    desk_close(desk);
    assert_int_equal(quiet.id, 2);
    assert_false(ask.back);
    loop_free(loop);
    assert_true(ask.back);
}

struct tally {
    struct loop *loop;
    int done, most;
};

static void log_job(struct store *store, void *arg)
{
    well(access_append(store, "An", "live", "camera:gate", e));
}

static void count_job(struct store *store, void *arg)
{
    struct access_list list;

    well(access_list_rows(store, 0, 1000, &list, e));
    access_list_free(&list);
}

static void on_one_done(void *arg)
{
    struct tally *tally = arg;

    if (++tally->done == tally->most)
        loop_stop(tally->loop);
}

static void two_desks_that_write_and_one_that_reads_wait_for_each_other(void **state)
{
    enum { EACH = 300 };
    struct scratch *scratch = *state;
    struct loop *loop = loop_new();
    struct tally tally = { .loop = loop, .most = 3 * EACH };
    struct error err;
    int64_t broken;
    struct desk *one =
        desk_open(scratch->dir, STORE_RECORDS, "records", loop, NULL, &err);
    struct desk *two = desk_open(scratch->dir, STORE_DUTIES, "duties", loop, NULL, &err);
    struct desk *reads = desk_open(scratch->dir, STORE_READS, "reads", loop, NULL, &err);

    for (int i = 0; i < EACH; i++) {
        assert_true(desk_ask(one, log_job, on_one_done, &tally));
        assert_true(desk_ask(two, log_job, on_one_done, &tally));
        assert_true(desk_ask(reads, count_job, on_one_done, &tally));
    }
    loop_run(loop);
    desk_close(reads);
    desk_close(two);
    desk_close(one);
    loop_free(loop);
    struct store *s = scratch_open(scratch, STORE_READS);
    struct access_list list;
    well(access_list_rows(s, 0, 10000, &list, e));
    assert_int_equal(list.count, 2 * EACH);
    access_list_free(&list);
    well(access_verify(s, &broken, NULL, e));
    assert_int_equal(broken, 0);
    store_close(s);
}

static void block(struct store *store, void *arg)
{
    pthread_mutex_lock(arg);
    pthread_mutex_unlock(arg);
}

static void a_full_desk_says_so_and_counts(void **state)
{
    struct scratch *scratch = *state;
    struct loop *loop = loop_new();
    struct error err;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    struct desk *desk = desk_open(scratch->dir, STORE_DUTIES, "duties", loop, NULL, &err);
    size_t taken = 0;

    assert_non_null(desk);
    pthread_mutex_lock(&gate);
    while (taken < 100000 && desk_ask(desk, block, NULL, &gate))
        taken++;
    assert_in_range(taken, 1024, 1025);
    assert_int_equal(desk_waiting(desk), 1024);
    assert_int_equal(desk_refused(desk), 1);
    pthread_mutex_unlock(&gate);
    desk_close(desk);
    loop_free(loop);
}

static void a_desk_that_cannot_open_its_catalogue_is_none(void **state)
{
    struct scratch *scratch = *state;
    struct loop *loop = loop_new();
    struct error err = { .kind = ERR_NONE };
    bool replaced;

    scratch_write(scratch, "keng.db", "no database at all, for certain", 31);
    assert_null(desk_open(scratch->dir, STORE_READS, "reads", loop, NULL, &err));
    assert_int_equal(err.kind, ERR_STORE);
    struct desk *desk =
        desk_open(scratch->dir, STORE_RECORDS, "records", loop, &replaced, &err);
    assert_non_null(desk);
    assert_true(replaced);
    desk_close(desk);
    loop_free(loop);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(jobs_run_elsewhere_in_order_and_come_back_to_the_loop),
        TEST(a_desk_finishes_what_was_asked_before_it_closes),
        TEST(two_desks_that_write_and_one_that_reads_wait_for_each_other),
        TEST(a_full_desk_says_so_and_counts),
        TEST(a_desk_that_cannot_open_its_catalogue_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

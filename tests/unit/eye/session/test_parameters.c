#include "check.h"
#include "sets.h"
#include "session/parameter_set.h"
#include "session/parameters.h"

static struct track track_with(enum codec codec, const char *const *sets)
{
    struct track t = { .codec = codec };

    for (; *sets; sets++)
        assert_true(parameters_merge_base64(&t, span_of(*sets)));
    return t;
}

static void the_same_sets_again_are_no_change(void **state)
{
    struct track t = track_with(CODEC_H264, (const char *[]){ SPS_MAIN, PPS, NULL });
    struct track again = t;

    assert_true(parameters_are_complete(&t));
    assert_false(parameters_merge(&t, again.parameters, again.parameters_size));
    assert_int_equal(t.version, again.version);
}

static void a_set_of_the_same_number_is_replaced(void **state)
{
    struct track t = track_with(CODEC_H264, (const char *[]){ SPS_MAIN, PPS, NULL });
    struct track other = track_with(CODEC_H264, (const char *[]){ SPS_HIGH_B, NULL });
    unsigned version = t.version;

    assert_true(parameters_merge(&t, other.parameters, other.parameters_size));
    assert_int_equal(t.version, version + 1);
    assert_memory_equal(t.parameters, other.parameters, other.parameters_size);
    assert_true(parameters_are_complete(&t)); /* the picture's set is still there */
    assert_int_equal(parameters_reorder(&t), 2);
}

static void sets_in_any_order_become_ordered(void **state)
{
    struct track t =
        track_with(CODEC_H265, (const char *[]){ PPS_265, SPS_265, VPS_265, NULL });

    assert_true(parameters_are_complete(&t));
    assert_int_equal(t.parameters[2] >> 1, 32);
}

static void without_one_kind_nothing_can_be_decoded(void **state)
{
    struct track t = track_with(CODEC_H265, (const char *[]){ PPS_265, SPS_265, NULL });

    assert_false(parameters_are_complete(&t));
    assert_int_equal(parameters_reorder(&t), 0);
    t = track_with(CODEC_H264, (const char *[]){ PPS, NULL });
    assert_false(parameters_are_complete(&t));
    assert_int_equal(parameters_reorder(&t), -1);
}

static void the_depth_of_reordering_is_read(void **state)
{
    static const struct {
        enum codec codec;
        const char *sps;
        int reorder;
        double fps; /* of H.265 it is not read */
    } rows[] = {
        { CODEC_H264, SPS_BASELINE, 0, 25 }, { CODEC_H264, SPS_MAIN, 0, 25 },
        { CODEC_H264, SPS_MAIN_B, 2, 25 },   { CODEC_H264, SPS_HIGH_B, 2, 25 },
        { CODEC_H265, SPS_265, 0, 0 },       { CODEC_H265, SPS_265_B, 2, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct track t = track_with(rows[i].codec, (const char *[]){ rows[i].sps, NULL });

        assert_int_equal(parameters_reorder(&t), rows[i].reorder);
        assert_float_equal(parameters_fps(&t), rows[i].fps, 0);
    }
}

static void a_set_cut_anywhere_is_survived(void **state)
{
    struct track t = track_with(CODEC_H265, (const char *[]){ SPS_265_B, NULL });
    size_t size = t.parameters_size - 2;

    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *nal = xmalloc(cut);
        int reorder;

        memcpy(nal, t.parameters + 2, cut);
        reorder = set_reorder(CODEC_H265, nal, cut);
        assert_in_range(reorder + 1, 0, 17);
        reorder = set_reorder(CODEC_H264, nal, cut);
        assert_in_range(reorder + 1, 0, 17);
        assert_true(set_fps(CODEC_H264, nal, cut) <= 120);
        assert_true(set_id(CODEC_H265, nal, cut) <= 1u << 31);
        free(nal);
    }
}

static void more_sets_than_there_is_room_for_push_the_old_ones_out(void **state)
{
    struct track t = { .codec = CODEC_H264 };
    uint8_t set[2 + 200] = { 0, 200, 0x68 };

    /* ue(v) numbers from 127 on: seven zeros, a one, seven bits. */
    for (unsigned id = 0; id < 60; id++) {
        set[3] = 1;
        set[4] = (uint8_t)(id << 1 | 1);
        memset(set + 5, 0xaa, sizeof set - 5);
        assert_true(parameters_merge(&t, set, sizeof set));
        assert_true(t.parameters_size <= PARAMETERS_MAX);
    }
    assert_memory_equal(t.parameters, set, sizeof set);
    assert_int_equal(t.version, 60);
}

static void nonsense_is_no_set(void **state)
{
    struct track t = { .codec = CODEC_H264 };
    static const uint8_t longer[] = { 0, 9, 0x67, 1, 2 };

    assert_false(parameters_merge_base64(&t, span_of("Z0LA*")));
    assert_false(parameters_merge_base64(&t, span_of("")));
    assert_false(parameters_merge_base64(&t, span_of("ZYiA"))); /* a slice */
    assert_false(parameters_merge(&t, longer, sizeof longer));
    assert_int_equal(t.parameters_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_sets_again_are_no_change),
        cmocka_unit_test(a_set_of_the_same_number_is_replaced),
        cmocka_unit_test(sets_in_any_order_become_ordered),
        cmocka_unit_test(without_one_kind_nothing_can_be_decoded),
        cmocka_unit_test(the_depth_of_reordering_is_read),
        cmocka_unit_test(a_set_cut_anywhere_is_survived),
        cmocka_unit_test(more_sets_than_there_is_room_for_push_the_old_ones_out),
        cmocka_unit_test(nonsense_is_no_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Pictures that a phone on a bad line can load, without what a mask hides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <libavutil/log.h>

#include "jpeg.h"
#include "picture.h"

static AVFrame *noisy(int width, int height, int contrast)
{
    AVFrame *f = av_frame_alloc();
    uint32_t dice = 1;

    f->format = AV_PIX_FMT_YUV420P;
    f->width = width;
    f->height = height;
    av_frame_get_buffer(f, 0);
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane ? height / 2 : height); y++)
            for (int x = 0; x < (plane ? width / 2 : width); x++) {
                dice = dice * 1664525U + 1013904223U;
                int noise = contrast ? (int)(dice >> 16) % contrast : 0;
                f->data[plane][y * f->linesize[plane] + x] = (uint8_t)(100 + noise);
            }
    return f;
}

static void check(int width, int height, AVRational aspect, int most,
                  const int expected[2])
{
    struct motion_setup setup = { .detect = true };
    struct picture_maker *maker = picture_maker_new();
    AVFrame *f = noisy(width, height, 20);
    struct bytes jpeg = { 0 };
    int said[2], real[2];

    f->sample_aspect_ratio = aspect;
    assert_true(picture_make(maker, &setup, f, most, 100000, &jpeg, said));
    assert_true(jpeg_size(jpeg.at, jpeg.size, real));
    assert_int_equal(said[0], real[0]);
    assert_int_equal(said[1], real[1]);
    assert_int_equal(said[0], expected[0]);
    assert_int_equal(said[1], expected[1]);
    bytes_free(&jpeg);
    av_frame_free(&f);
    picture_maker_free(maker);
}

static void a_large_picture_is_scaled_down_and_a_small_one_is_left(void **state)
{
    check(1920, 1080, (AVRational){ 1, 1 }, 1280, (int[]){ 1280, 720 });
    check(640, 360, (AVRational){ 0, 1 }, 1280, (int[]){ 640, 360 });
}

static void pixels_become_square(void **state)
{
    check(960, 1080, (AVRational){ 2, 1 }, 1280, (int[]){ 1280, 720 });
    check(704, 576, (AVRational){ 12, 11 }, 1280, (int[]){ 768, 576 });
}

static void a_pixel_shape_that_cannot_be_is_not_believed(void **state)
{
    check(640, 360, (AVRational){ 30000, 1 }, 1280, (int[]){ 640, 360 });
}

static void a_noisy_picture_stays_below_its_limit(void **state)
{
    struct motion_setup setup = { .detect = true };
    struct picture_maker *maker = picture_maker_new();
    AVFrame *f = noisy(1920, 1080, 150);
    struct bytes jpeg = { 0 };
    int size[2];

    assert_true(picture_make(maker, &setup, f, 1280, 100000, &jpeg, size));
    assert_true(jpeg.size <= 100000);
    assert_true(jpeg_size(jpeg.at, jpeg.size, size));
    bytes_free(&jpeg);
    av_frame_free(&f);
    picture_maker_free(maker);
}

static void a_limit_that_cannot_be_kept_gives_no_picture(void **state)
{
    struct motion_setup setup = { .detect = true };
    struct picture_maker *maker = picture_maker_new();
    AVFrame *f = noisy(640, 360, 150);
    struct bytes jpeg = { 0 };
    int size[2];

    assert_false(picture_make(maker, &setup, f, 1280, 200, &jpeg, size));
    bytes_free(&jpeg);
    av_frame_free(&f);
    picture_maker_free(maker);
}

static void a_mask_is_black_in_the_jpeg_and_the_rest_is_not(void **state)
{
    struct motion_setup setup = {
        .detect = true,
        .mask_count = 1,
        .masks = { { .id = "window",
                     .count = 4,
                     .points = { { 0.5F, 0 }, { 1, 0 }, { 1, 0.5F }, { 0.5F, 0.5F } } } }
    };
    struct picture_maker *maker = picture_maker_new();
    AVFrame *f = noisy(1920, 1080, 0);
    struct bytes jpeg = { 0 };
    int size[2];

    assert_true(picture_make(maker, &setup, f, 1280, 100000, &jpeg, size));
    assert_true(jpeg_luma(jpeg.at, jpeg.size, 1000, 100) <= 2);
    assert_true(jpeg_luma(jpeg.at, jpeg.size, 660, 350) <= 2);
    assert_true(jpeg_luma(jpeg.at, jpeg.size, 600, 100) > 80);
    assert_true(jpeg_luma(jpeg.at, jpeg.size, 1000, 400) > 80);
    bytes_free(&jpeg);
    av_frame_free(&f);
    picture_maker_free(maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_picture_is_scaled_down_and_a_small_one_is_left),
        cmocka_unit_test(pixels_become_square),
        cmocka_unit_test(a_pixel_shape_that_cannot_be_is_not_believed),
        cmocka_unit_test(a_noisy_picture_stays_below_its_limit),
        cmocka_unit_test(a_limit_that_cannot_be_kept_gives_no_picture),
        cmocka_unit_test(a_mask_is_black_in_the_jpeg_and_the_rest_is_not),
    };

    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tuning.h"

#include "core/clock.h"

static const struct tuning usual = {
    /* A swaying branch stays below 12 s of memory; a car that parks becomes background in
     * one to two minutes, so that a person beside it is seen again. */
    .learn_s = 12,
    .learn_moving_s = 60,
    /* Automatic exposure moves all cells at once: what the gain explains is followed. */
    .gain_learn_rate = 0.3F,
    .gain_learn_from = 0.02F,
    /* Noise rises where leaves move and hides them; slowly where things pass. */
    .noise_s = 10,
    .noise_moving_s = 25,
    .noise_clutter_s = 4,
    .noise_target = 1.25F, /* mean deviation to standard deviation of a normal law */
    .noise_cap_levels = 40,
    .noise_fall = 0.35F, /* a tree that rests between two gusts stays known */
    .noise_least = 0.8F,
    .noise_most = 18,
    /* Seconds, not minutes, until a camera that came back can see. */
    .warm_up_s = 8,
    .warm_learn_s = 1.5F,
    .warm_moving_s = 6,
    .warm_noise_s = 3,
    .dt_least_s = 0.04F, /* a step back in time (a GOP decoded again) counts as a frame */
    .dt_most_s = 10,

    .gain_step = 5, /* 2880 of 14400 ratios: the median is as good */
    .gain_cells_least = 200,
    .gain_least = 0.4F,
    .gain_most = 2.5F,
    .gain_offset = 4,
    .dark_levels = 16, /* black level, and saturated: no ratio to be had */
    .bright_levels = 240,
    .saturated_levels = 230, /* white is 235 in most streams (ITU-R BT.601) */
    .exposure_step = 0.05F,
    .exposure_factor = 1.5F,
    .exposure_window_s = 0.5F,
    .lamp_step = 0.25F,
    .lamp_leap = 0.5F, /* clouds and exposure change by less in a GOP, infrared by twice */
    .lamp_share = 0.40F, /* nothing that walks covers so much */
    .blind_s = 1,        /* exposure needs about so long after a lamp */

    .texture_noise = 2, /* variance of noise in 5x5 cells: 2 S^2 + 4 */
    .texture_floor = 4,
    .same_texture = 0.80F,
    .same_contrast = 4,
    .other_texture = 0.6F,

    .smallest_cells = 4,
    .strong_share = 0.25F, /* a candidate may be mostly flat: coats, car roofs */
    .suspect_size = 0.5F,  /* suspicion only costs processor */
    .suspect_strong = 0.2F,
    .clutter_candidates = 10,
    .clutter_share = 0.06F,
    .clutter_pieces = 25,
    .piece_cells = 3,

    .gate_box = 0.7F,
    .gate_width = 0.025F,
    .area_ratio = 4,
    .velocity_rate = 0.4F,
    .area_rate = 0.5F,
    .lost_us = SECONDS_US(1),
    .restart_us = SECONDS_US(6), /* a tree never collects a displacement */
    .confirm_hits = 4,
    .confirm_age_s = 0.9F,
    .confirm_net = 0.035F,
    .confirm_net_box = 0.35F,
    .confirm_new_ground = 0.85F, /* moved by 0.35 of its width: 0.83 */
    .confirm_straight = 0.4F,    /* trees and flicker go to and fro */
    /* What has mass and is fast for its size goes straight; insects meander. */
    .straight_by_speed = 0.25F,
    .straight_speed = 1,
    .confirm_strong = 0.6F, /* headlights on the ground keep its texture */
    .confirm_strong_big = 0.5F,
    .big_share = 0.05F,
    .confirm_speed = 2.5F, /* people move 1-4 body heights a second, insects 4-7 */
    .fast_age_s = 2,
    .fast_box_least = 3,
    .busy_births = 12, /* snow and rain bear trails without end */
    .busy_window_us = SECONDS_US(10),
    .busy_age_s = 2.5F,
    .busy_net = 2,
    .settle_s = 3,

    .analysis_us = MILLIS_US(200), /* 3.75 a second loses events, 7.5 gains none */
    .quiet_us = MILLIS_US(1500),
    .glimpse_us = SECONDS_US(1),  /* so long a trail lives unseen */
    .suspect_us = MILLIS_US(500), /* two looks */
    /* Who walks in and stands until the keyframe was seen walking only there, and decoding
     * is what costs; with 1.4 s of it a GOP of 50 loses those. */
    .back_us = SECONDS_US(4),
    .back_futility = 0.6F,
    .back_large = 0.02F, /* leaves, drops and insects are smaller than a vehicle near by */
    .back_from_us = MILLIS_US(4400), /* it would reach back to where nothing is settled */
    .probe_us = SECONDS_US(4), /* GOPs of many seconds, or without keyframes */
    .key_gap_us = MILLIS_US(1800),
    .futility_step = 0.34F, /* rain at night: 22 % of packets decoded instead of 101 % */
    .futility_most = 2,
    .futility_relief = 0.4F,
    .futility_fade = 0.003F, /* a second: forgiven in about five minutes */
    .futility_from_us = SECONDS_US(8), /* what a background that warms up suspects is no fault of the scene */
    .short_gop_us = SECONDS_US(6), /* drift is not seen in so long */
    .damage_us = SECONDS_US(10),
    .lists_bytes = 8 << 20, /* 4 s at 16 Mbit/s */

    .merge_us = SECONDS_US(5),
    .zone_looks = 2, /* one look may be a box that stretched for a moment */
    .moved_us = SECONDS_US(5), /* each is written to the catalogue */
    .better_us = SECONDS_US(2),
    .better_larger = 1.3F,
    .better_sharper = 1.5F,
    .better_tolerance = 0.85F,     /* what the other quality may lose for it */
    .picture_us = MILLIS_US(1800), /* 2 s, for a GOP of 2 s that jitters */
    .picture_width = 1280,
    .picture_bytes = 100000,
};

struct tuning tuning_for(int sensitivity)
{
    static const struct {
        float smallest_share, noise_factor, least_levels;
    } levels[] = {
        { 0.004F, 5, 9 },     { 0.002F, 4.5F, 8 }, { 0.0012F, 4, 7 },
        { 0.0008F, 3.5F, 6 }, { 0.0005F, 3, 5 },
    };
    int i = sensitivity < 1 ? 0 : sensitivity > 5 ? 4 : sensitivity - 1;
    struct tuning set = usual;

    set.smallest_share = set.usual_share = levels[i].smallest_share;
    set.noise_factor = levels[i].noise_factor;
    set.least_levels = levels[i].least_levels;
    return set;
}

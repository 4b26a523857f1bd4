/*
 * The numbers of the detector, all in one table with their units here and their reasons
 * beside the values in tuning.c. Cells are those of grid.h; levels are steps of 8-bit
 * luma. Source: measured on labelled footage (31 minutes, 34 events).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct tuning {
    /* What sensitivity changes. */
    float usual_share;    /* of all cells: the smallest thing that counts in a zone */
    float smallest_share; /* the smallest that counts in any, where zones say their own */
    float noise_factor;   /* how many times its noise a cell must change */
    float least_levels;   /* and by how many levels at least */

    /* Background and noise. Time constants in seconds. */
    float learn_s, learn_moving_s; /* background, of a still cell and of a moving one */
    float gain_learn_rate;         /* least share per frame while the exposure differs */
    float gain_learn_from;         /* ... by more than this */
    float noise_s, noise_moving_s, noise_clutter_s;
    float noise_target;     /* noise level aimed at, times the deviation */
    float noise_cap_levels; /* a deviation beyond this is no noise */
    float noise_fall;       /* falling is slower than rising by this factor */
    float noise_least, noise_most;
    float warm_up_s; /* everything is learned fast */
    float warm_learn_s, warm_moving_s, warm_noise_s;
    float dt_least_s, dt_most_s;

    /* Exposure and lamps. */
    int gain_step;        /* every n-th cell is asked for its ratio */
    int gain_cells_least; /* fewer ratios: no opinion */
    float gain_least, gain_most;
    float gain_offset;                /* levels, keeps dark cells from ruling */
    float dark_levels, bright_levels; /* cells beyond say nothing of the exposure */
    float saturated_levels;  /* from here on a cell may be brighter than it says */
    float exposure_step;     /* |ln| of the gain's change that raises thresholds */
    float exposure_factor;   /* ... by this */
    float exposure_window_s; /* between frames not farther apart than this */
    float lamp_step;         /* |ln| that is a lamp or an IR-cut: learn anew */
    float lamp_leap;         /* the same between frames farther apart: an IR-cut */
    float lamp_share;        /* or this share of cells moving at once */
    float blind_s;           /* after that nothing is believed for so long */

    /* Light or thing: 5x5 cells of now against the background. */
    float texture_noise, texture_floor;
    float same_texture;  /* correlation above: the same surface in another light */
    float same_contrast; /* with a variance not farther apart than this factor */
    float other_texture; /* correlation below: surely another surface */

    /* Pieces. */
    int smallest_cells;
    float strong_share;     /* of a candidate's cells that must be strong */
    float suspect_size;     /* suspicion: this much of the smallest size ... */
    float suspect_strong;   /* ... and this strong share, both times 1 + futility */
    int clutter_candidates; /* so many at once are weather */
    float clutter_share;    /* or this share of cells moving ... */
    int clutter_pieces;     /* ... in more rejected pieces than this */
    int piece_cells;        /* a piece is worth counting from this size */

    /* Trails. */
    float gate_box, gate_width; /* reach of a match: box sides, and share of the width */
    float area_ratio;           /* a match may not grow or shrink by more */
    float velocity_rate, area_rate;
    int64_t lost_us;    /* unseen for so long: dropped */
    int64_t restart_us; /* unconfirmed for so long: its origin is set anew */
    int confirm_hits;
    float confirm_age_s;
    float confirm_net;        /* of the grid's width */
    float confirm_net_box;    /* of the box's shorter side */
    float confirm_new_ground; /* mean age of the cells / age of the trail, at most */
    float confirm_straight;   /* net displacement / path */
    float straight_by_speed;  /* more of it for each box side a second of path ... */
    float straight_speed;     /* ... beyond this speed */
    float confirm_strong, confirm_strong_big, big_share;
    float confirm_speed; /* box sides a second; faster ones must live longer: */
    float fast_age_s, fast_box_least;
    int busy_births; /* births in busy_window that mean snow or rain */
    int64_t busy_window_us;
    float busy_age_s, busy_net;
    float settle_s; /* no event so soon after the model began */

    /* Schedule. */
    int64_t analysis_us;  /* between analyses while all is decoded */
    int64_t quiet_us;     /* after a thing that was seen twice: back to keyframes */
    int64_t glimpse_us;   /* after one that was seen once */
    int64_t suspect_us;   /* after suspicion alone */
    int64_t back_us;      /* looked at again before a suspicious keyframe */
    float back_futility;  /* not any more from this futility on, */
    float back_large;     /* ... unless so much of all cells is one thing */
    int64_t back_from_us; /* nor while the model is this young */
    int64_t probe_us;     /* without a look: decode what is waiting */
    int64_t key_gap_us;   /* keyframes nearer together are not all decoded */
    float futility_step, futility_most, futility_relief, futility_fade;
    int64_t futility_from_us;
    int64_t short_gop_us; /* up to here the loop filter is left out */
    int64_t damage_us;   /* without a look: damaged pictures are better than none */
    int64_t lists_bytes; /* GOP before and GOP now together */

    /* Events and pictures. */
    int64_t merge_us;  /* no confirmed trail for so long: the event has ended */
    int zone_looks;    /* looks with the foot inside until it counts */
    int64_t moved_us;  /* between reports of how its way goes on */
    int64_t better_us; /* after the beginning, a better picture may follow */
    float better_larger, better_sharper, better_tolerance;
    int64_t picture_us; /* between pictures that somebody wants */
    int picture_width;
    int picture_bytes;
};

/* `sensitivity` 1 (few events) .. 5 (many); beyond, the nearest. */
struct tuning tuning_for(int sensitivity);

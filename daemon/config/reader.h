/*
 * Reads trees by the tables into a snapshot that is being built. What is wrong is told
 * and its place in the snapshot left empty; a snapshot with faults is thrown away.
 * Thread: the caller's. Errors: faults.
 */
#pragma once
#include "node.h"
#include "schema.h"

/* A file that the configuration is made of: its path is taken over. */
void settings_add_file(struct settings *set, char *path);

struct reader {
    struct settings *set;
    struct fault_list *faults;
    bool incomplete; /* a file is broken: what is missed may stand in it */
};

/* The way to a setting, for its path. */
struct place {
    const struct place *up; /* NULL: a section */
    const char *key;        /* NULL: the item `index` of a list */
    size_t index;
};

/* One setting in a file. */
struct spot {
    const struct setting *row;
    const struct node *key, *value;
    struct place place;
};

char *place_path(const struct place *place);

/* Of any setting. */
void fault_at(struct reader *r, const struct node *at, const struct place *place,
              const char *what);
void tell_unknown(struct reader *r, const struct setting *table, const struct node *key,
                  const struct place *place);
void tell_twice(struct reader *r, const struct node *key, const struct place *place,
                const struct node *first);

/* At `at`, or where the key stands when it is NULL. */
void spot_fault(struct reader *r, const struct spot *spot, const struct node *at,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The text of a node for a fault: cut to its room, in quotes; "" when it is secret. */
enum { SHOWN_MAX = 64 };
const char *spot_shown(const struct spot *spot, const struct node *node,
                       char to[SHOWN_MAX]);

/* The node as a text; false, and told, when it is something else. */
bool spot_wants_text(struct reader *r, const struct spot *spot, const struct node *node);

/* Whether a list may have so many entries; false, and told, when not. */
bool spot_count_fits(struct reader *r, const struct spot *spot, size_t count);

/* A list, or a single value as a list of one; and the spot of one item, whose path tells which. */
size_t items_of(const struct node *const *value, const struct node *const **items);
struct spot item_spot(const struct spot *list, const struct node *item, size_t index);

/* Puts the value into `to`, the row's member. Of one type each (read_values.c,
 * read_addresses.c, read_lists.c, read_secret.c). */
typedef void read_fn(struct reader *r, const struct spot *spot, void *to, size_t *count);
read_fn read_text, read_bool, read_int, read_duration, read_amount, read_word,
    read_choice, read_hours, read_days, read_holidays, read_hook_url,
    read_zone, read_camera_url, read_web_url, read_phone,
    read_fingerprint, read_form, read_addresses, read_path, read_file, read_secret, read_area, read_areas, read_listen,
    read_polygons, read_volumes, read_corners, read_share, read_week, read_night, read_coordinates;

/* The absolute path of `path` as written in the node's file. */
char *path_of(const struct node *node, const char *path);

/* The settings of a group into the object. It may be missing (value NULL) or empty, or be
 * a single word where its row has a shortcut. */
void read_group_value(struct reader *r, const struct spot *spot, void *object);

/* All files as one (sections.c). */
enum { ROWS_MAX = 40 }; /* of one table; asserted */
void read_trees(struct reader *r, struct node *const *trees, size_t count);

/* What only shows when all is read (cross.c). */
void check_across(struct reader *r, struct node *const *trees, size_t count);

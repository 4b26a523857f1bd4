/*
 * The tables: one row a setting. Parser, default, range, messages, manual and JSON schema
 * are made from the row and from nothing else.
 * Thread: any (constant).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting_type {
    SET_TEXT,       /* char * */
    SET_BOOL,       /* bool */
    SET_INT,        /* int */
    SET_DURATION,   /* int64_t, microseconds */
    SET_AMOUNT,     /* struct amount; min and max are of its bytes */
    SET_WORD,       /* an enum: the place of the word in `words` */
    SET_CHOICE,     /* char *: one of `words` */
    SET_HOURS,      /* struct hours */
    SET_DAYS,       /* unsigned: days of the week, bit 0 is Monday */
    SET_HOLIDAYS,   /* int *, counted: days since 1970, from a file */
    SET_HOOK_URL,   /* char *: any web address */
    SET_ZONE,       /* char *: a name in /usr/share/zoneinfo */
    SET_CAMERA_URL, /* char * */
    SET_WEB_URL,    /* char * */
    SET_PHONE,      /* char *, digits and perhaps a + before them */
    SET_HOST,       /* char *: a name or an IP address */
    SET_EMAIL,      /* char * */
    SET_TOPIC,      /* char *: of MQTT */
    SET_CONTACT,    /* char *: mailto: or https:// */
    SET_ADDRESSES,  /* char **, counted: IP addresses */
    SET_FINGERPRINT, /* char *, 64 hexadecimal digits */
    SET_PATH,       /* char *, absolute */
    SET_FILE,       /* char *, absolute; must be there; secret: not for others to read */
    SET_SECRET,     /* char *: what the file holds */
    SET_AREA,       /* const struct area * */
    SET_AREAS,      /* const struct area **, counted */
    SET_LISTEN,     /* char **, counted */
    SET_POLYGONS,   /* struct polygon *, counted; `of`: settings of each, if it has any */
    SET_VOLUMES,    /* struct volume_settings *, counted: `of` */
    SET_CORNERS,    /* struct point *, counted */
    SET_SHARE,      /* float: a part of the picture */
    SET_WEEK,       /* struct week_hours *, counted */
    SET_NIGHT,      /* struct night */
    SET_COORDINATES, /* struct coordinates */
    SET_GROUP,      /* settings of their own in the same object: `of` */
    SET_MAP,        /* objects that begin with their id, counted: `of`, `size` */
    SETTING_TYPES,
};

struct setting {
    const char *key; /* NULL: the table ends */
    enum setting_type type;
    size_t at;            /* in the object */
    size_t count_at;      /* of a counted one: its size_t */
    size_t size;          /* SET_MAP: of one object */
    const char *fallback; /* as it would be written; NULL: 0, NULL or nothing */
    const char *variable; /* environment; set, it goes before the fallback */
    int64_t min, max;     /* max of texts: bytes; of counted ones: how many */
    bool required;
    bool secret;              /* never shown, not even in the fault that it makes */
    const char *const *words; /* ends with NULL */
    const struct setting *of;
    size_t on_at;         /* SET_GROUP: a bool that says that it was written; 0: none */
    const char *shortcut; /* SET_GROUP: the key that a single word stands for */
    const char *example;  /* as it would be written behind the ':' */
    const char *help;
};

extern const struct setting settings_table[];

/* The row with this key, or NULL. */
const struct setting *setting_find(const struct setting *table, const char *key);

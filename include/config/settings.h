/*
 * The settings: an immutable snapshot of what the admin wrote, read and checked as a
 * whole. Reload makes a new one; whoever holds the old one keeps it until it lets go.
 * Thread: any (counted atomically). Durations: microseconds (`_us`).
 */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/severity.h"
#include "core/text.h"

struct zone;

enum { ID_MAX = 48 }; /* an identifier: a-z 0-9 -, begins with a letter; with its 0 */

/* A stretch of every day in the site's time zone, minutes since midnight. from == to: the
 * whole day; from > to: over midnight. */
struct hours { int from_min, to_min; };

/* When a camera is recorded: always; only around events; always, and what is around events is
 * kept longer. */
enum record_mode { RECORD_ALWAYS, RECORD_EVENTS, RECORD_BOTH };

/* A stretch of some days of the week; over midnight it belongs to the day it begins on. A
 * holiday counts as a Sunday. Bit 0 is Monday; 0: every day. */
struct schedule {
    bool on; /* it was written */
    struct hours hours;
    unsigned days;
};

/* A size, as bytes or as a share of the volume. */
struct amount { int64_t bytes; int permille; /* of the volume; 0: `bytes` counts */ };

/* Hours of some days of the week; over midnight they belong to the day they begin on. */
struct week_hours {
    unsigned days; /* bit 0: Monday */
    struct hours hours;
};

/* One end of the night: a time of the day, or the sun's with minutes added to it. */
struct day_edge {
    enum { EDGE_CLOCK, EDGE_SUNRISE, EDGE_SUNSET } by;
    int minutes;
};
struct night { struct day_edge from, to; }; /* equal, as at first: there is none */

/* A disk to record to, beside storage.recordings or as it: then the id is "". */
struct volume_settings {
    char id[ID_MAX];
    char *path;            /* absolute */
    struct amount reserve; /* kept free on it */
    struct amount most;    /* of all footage on it; zeros: no limit */
};

/* What storage.recordings is called where a volume is named. */
#define FIRST_VOLUME "recordings"
enum { VOLUMES_MOST = 16 }; /* with the first */

struct coordinates { bool known; double latitude, longitude; /* degrees, north and east */ };

struct point { float x, y; /* 0..1 of the picture, from its top left corner */ };

struct polygon {
    char id[ID_MAX];
    struct point *points;
    size_t count; /* 3..32 */
    /* Of zones: what counts there. */
    float smallest, largest; /* parts of the picture; 0: no such bound */
    int64_t stays_us;        /* and has been inside for so long */
};

/* A duration that may be left to what surrounds it. */
struct own_span {
    bool on;
    int64_t us;
};

struct area {
    char id[ID_MAX];
    char *name;
    const struct area *within; /* NULL: a root */
    struct schedule quiet;     /* its people's phones are quiet, but for what is urgent */
    struct own_span cool_down; /* of its cameras, for them and all within */
    struct own_span group;     /* motion at its cameras is one alert, with all within */
};

enum transport { TRANSPORT_AUTO, TRANSPORT_TCP, TRANSPORT_UDP };
enum login_rule { LOGIN_AUTO, LOGIN_DIGEST };

/* Whose word makes an event: our detector's, the camera's own, either, or both within 3 s. */
enum motion_source {
    MOTION_SOURCE_OWN,
    MOTION_SOURCE_CAMERA,
    MOTION_SOURCE_BOTH,
    MOTION_SOURCE_AGREE,
};

struct motion_settings {
    bool on;
    enum motion_source source;
    int sensitivity; /* 1 (few events) .. 5 (many) */
    struct polygon *zones, *masks;
    size_t zone_count, mask_count;
    struct week_hours *hours; /* none: always */
    size_t hours_count;
    struct {
        struct night hours;
        bool on;
        int sensitivity;       /* 0: as by day */
        struct polygon *zones; /* none: as by day */
        size_t zone_count;
    } night;
    bool masks_in_recording; /* never so: cross.c */
};

/* Of a camera's motion: what is in force at a time; lent by its settings. */
struct motion_now {
    bool on;
    int sensitivity;
    const struct polygon *zones;
    size_t zone_count;
};

/* Whether it is told when the picture freezes or the view is gone. */
struct view_settings {
    bool on;
    int64_t frozen_us, covered_us; /* how long it must be so */
};

struct camera_settings {
    char id[ID_MAX];
    char *name;
    const struct area *area;
    char *url;      /* rtsp:// without user and password */
    char *sub_url;  /* NULL: none */
    char *user;     /* NULL: none */
    char *password; /* NULL: none; wiped when the snapshot ends; never logged or answered */
    enum transport transport;
    struct {
        char *fingerprint; /* 64 lower-case hexadecimal digits; NULL: signatures count */
        char *ca;          /* absolute path; NULL: whom the system trusts */
    } tls;                 /* for rtsps:// */
    bool sandbox; /* off: for looking for faults, never for good */
    enum login_rule login;
    bool audio;
    struct own_span cool_down; /* of its alerts */
    int64_t keep_us; /* 0: the storage's */
    enum record_mode record;
    struct week_hours *record_hours; /* none: always */
    size_t record_hours_count;
    int64_t keep_events_us; /* RECORD_BOTH: of what is around events; 0: as the rest */
    struct amount most;     /* of its footage; zeros: no limit of its own */
    char *volume;           /* where it is recorded to; NULL: where room is */
    struct motion_settings motion;
    struct {
        bool events; /* its own detection is listened to */
        int port;
    } onvif;
    struct view_settings view;
};

/* A guest is no person of the configuration: somebody who was sent a link to one event. */
enum role { ROLE_OFFICIAL, ROLE_STAFF, ROLE_ADMIN, ROLE_SCREEN, ROLE_GUEST };

struct person {
    char id[ID_MAX];
    char *name;
    enum role role;
    const struct area **areas;
    size_t area_count;
    int rank;    /* 1 is told first */
    char *phone; /* for tel: links; NULL: none */
    char *email, *zalo;     /* addresses; NULL: none */
    struct schedule duty;   /* told only then; not on: always */
    struct schedule quiet;  /* not told then, but for what is urgent */
    enum severity severity; /* the least that is told */
};

/* Another program that is told by HTTP. */
struct webhook {
    char id[ID_MAX];
    char *url;
    char *secret; /* HMAC key */
    const struct area **areas; /* with all within; none: everything */
    size_t area_count;
    enum severity severity; /* the least that is told */
};

struct screen {
    char id[ID_MAX];
    char *name;
    const struct area *area;
    char *layout; /* "auto", "1", "4", "6", "9" or "16" */
};

struct settings {
    atomic_uint refs;
    char *file; /* the main file's absolute path */
    char **files; /* absolute: that one, those of conf.d, and what they name */
    size_t file_count;

    struct {
        char *name;
        enum language language;
        char *time_zone;
        struct zone *zone; /* its rules, config's own; NULL in a snapshot made by hand */
        struct coordinates place;
    } site;
    struct { char *state, *runtime; } paths; /* absolute */
    struct {
        char *recordings; /* absolute */
        struct volume_settings *volumes; /* the others */
        size_t volume_count;
        int64_t keep_us;
        struct amount reserve; /* kept free on the volume */
        struct amount most;    /* of all footage on it; zeros: no limit */
        int64_t before_us, after_us; /* what is recorded around an event */
        int64_t segment_us;    /* a segment ends at the first keyframe after this */
        int64_t sync_us;       /* what a power cut may cost at most */
        int64_t export_keep_us; /* a package of exported footage */
    } storage;
    struct {
        char **listen; /* "0.0.0.0:8443", "[::1]:8080" */
        size_t listen_count;
        char **proxies; /* IP addresses */
        size_t proxy_count;
        char *public_url;        /* NULL: none */
        char *certificate, *key; /* absolute paths; NULL: plain HTTP (loopback only) */
    } web;
    struct {
        struct hours motion_hours;
        unsigned motion_days;       /* as struct schedule */
        struct schedule holiday;    /* .hours on holidays instead, where written */
        enum severity motion_severity;
        int *holidays;              /* days since 1970, sorted; of the file */
        size_t holiday_count;
        int all_well;               /* hour of the day at which it is told; -1: never */
        int hourly;                 /* messages an hour to one person and channel */
        int64_t spacing_us;         /* messages of one camera to one person */
        int64_t cool_down_us; /* more motion at the camera joins its alert */
        int64_t group_us;     /* and motion at other cameras of the area */
        int64_t escalate_us;  /* unanswered for so long: the next rank */
        /* How long something of kengd or a camera must last before people are told. */
        struct {
            int64_t camera_us;    /* a camera without a good picture */
            int64_t recording_us; /* recordings cannot be written */
            int64_t disk_us;      /* the disk does not hold the days that were promised */
            int64_t clock_us;     /* the clock is not trusted */
            int64_t uplink_us;    /* nothing of the internet answers */
            int64_t channel_us;   /* a channel fails */
            int64_t settle_us;    /* well for so long: "back again" */
            int64_t hold_us;      /* gone again within: the same alert */
        } health;
    } alerts;

    struct {
        int64_t late_us;    /* told later than this it is late: grouped, silent */
        int64_t give_up_us; /* not told for so long: no more */
        struct { bool on; char *contact; } push;
        struct { char *host; int port; char *user, *password, *from; bool tls; } email;
        struct {
            char *host; int port; char *user, *password, *prefix, *discovery; bool tls;
        } mqtt;
        struct { char *token; } zalo;
    } channels;

    struct webhook *webhooks;
    size_t webhook_count;
    struct area *areas;
    size_t area_count;
    struct camera_settings *cameras;
    size_t camera_count;
    struct person *people;
    size_t person_count;
    struct screen *screens;
    size_t screen_count;
};

/* One thing that is wrong, where, and what to write instead. */
struct fault {
    char *file; /* as opened */
    int line, column; /* from 1; 0: the file as a whole */
    char *path; /* "cameras.cong-lang.url"; "" for syntax */
    char *what; /* sentences in the thread's language */
};

struct faults {
    struct fault *list;
    size_t count;
};

/* Reads `file` and, beside it, conf.d/ *.yaml in the order of their names. NULL: faults has
 * at least one; all of one run are in it, sorted by file and line. */
const struct settings *settings_load(const char *file, struct faults *faults);
const struct settings *settings_ref(const struct settings *set);
void settings_unref(const struct settings *set);

/* "file:line:column: path: what" lines, as --check and the reload answer print them. */
char *faults_text(const struct faults *faults);
void faults_free(struct faults *faults);

/* Volumes by their number, 0 the first; and the directory of the one that a row of the
 * catalogue names ("" or NULL the first), NULL: there is no such any more. */
size_t settings_volume_count(const struct settings *set);
struct volume_settings settings_volume(const struct settings *set, size_t which); /* lent */
const char *settings_volume_path(const struct settings *set, const char *id);

const struct area *settings_find_area(const struct settings *set, const char *id);
const struct camera_settings *settings_find_camera(const struct settings *set, const char *id);
const struct person *settings_find_person(const struct settings *set, const char *id);
const struct screen *settings_find_screen(const struct settings *set, const char *id);

/* Whether `area` is `whole` or lies inside it. The two may be of different snapshots. */
bool area_is_within(const struct area *area, const struct area *whole);

/* Whether the wall time falls into the hours, in the site's time zone. */
bool hours_include(const struct settings *set, struct hours hours, int64_t wall_us);
/* Of any of them; of none: always. */
bool weeks_include(const struct settings *set, const struct week_hours *weeks, size_t count,
                   int64_t wall_us);
/* The same for some days of the week. One that is not on includes nothing. */
bool schedule_includes(const struct settings *set, const struct schedule *schedule,
                       int64_t wall_us);
/* What further motion joins an alert that runs, instead of making another: that of the same
 * camera for `cool_down_us`, and of all others of `whole` (with what lies within) for
 * `group_us`; 0: none. What is written nearest to the camera counts. */
struct grouping {
    int64_t cool_down_us, group_us;
    const struct area *whole;
};
struct grouping settings_grouping(const struct settings *set,
                                  const struct camera_settings *camera);
/* Whether motion that begins then is worth an alert. */
bool settings_motion_hours(const struct settings *set, int64_t wall_us);
/* In the site's time zone: days since 1970, and minutes since midnight. */
void settings_local_time(const struct settings *set, int64_t wall_us, int64_t *day,
                         int *minute);

/* The motion settings that are in force at a time: hours, day or night. */
struct motion_now motion_at(const struct settings *set, const struct motion_settings *motion,
                            int64_t wall_us);

/* Seconds east of UTC in the site's time zone at that time. */
int settings_offset_s(const struct settings *set, int64_t wall_us);

/* A time as people write it: RFC 3339, or in the site's time zone "2026-11-21 14:00" (seconds
 * may follow), or "2026-11-21": that day's begin, or with `ends` its end. False: no such. */
bool settings_read_time(const struct settings *set, const char *text, bool ends, int64_t *us);

/* What a reload has to touch: cameras in one of the two only, or different in any setting
 * that their process or recorder was started with. Name, area, keep and motion are no such:
 * they are looked up in the new snapshot. */
enum change { CHANGE_SAME, CHANGE_NEW, CHANGE_GONE, CHANGE_DIFFERENT };
enum change settings_compare_camera(const struct settings *before, const struct settings *now,
                                    const char *camera_id);

/* Settings that only a restart can change ("paths.state", "web.listen", ...): the first
 * that differs, or NULL. */
const char *settings_needs_restart(const struct settings *before, const struct settings *now);
/* Like settings_load(), for a reload: the directories of recordings stay those of `before`,
 * until the restart that *restart (may be NULL) asks for. */
const struct settings *settings_load_again(const struct settings *before, const char *file,
                                           const char **restart, struct faults *faults);

/* ---- made from the tables ---------------------------------------------------------- */

/* The reference page in the thread's language; Markdown. The caller frees. */
char *settings_manual(void);
/* JSON schema of the main file, for editors. The caller frees. */
char *settings_schema(void);

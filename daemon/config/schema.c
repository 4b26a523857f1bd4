#include <string.h>

#include "config/settings.h"
#include "core/clock.h"
#include "core/severity.h"
#include "schema.h"

#define MINUTES(n) (60 * SECONDS_US(n))
#define HOURS(n)   (60 * MINUTES(n))
#define DAYS(n)    (24 * HOURS(n))
#define MIB        ((int64_t)1024 * 1024)
#define TIB        (1024 * 1024 * MIB)

static const char *const language_words[] = {
    [LANGUAGE_VI] = "vi", [LANGUAGE_EN] = "en", NULL
};
static const char *const transport_words[] = {
    [TRANSPORT_AUTO] = "auto", [TRANSPORT_TCP] = "tcp", [TRANSPORT_UDP] = "udp", NULL
};
static const char *const source_words[] = {
    [MOTION_SOURCE_OWN] = "own", [MOTION_SOURCE_CAMERA] = "camera",
    [MOTION_SOURCE_BOTH] = "both", [MOTION_SOURCE_AGREE] = "agree", NULL
};
static const char *const login_words[] = {
    [LOGIN_AUTO] = "auto", [LOGIN_DIGEST] = "digest", NULL
};
/* A screen is no person. */
static const char *const role_words[] = {
    [ROLE_OFFICIAL] = "official", [ROLE_STAFF] = "staff", [ROLE_ADMIN] = "admin", NULL
};
static const char *const record_words[] = {
    [RECORD_ALWAYS] = "always", [RECORD_EVENTS] = "events", [RECORD_BOTH] = "both", NULL
};
static const char *const layout_words[] = { "auto", "1", "4", "6", "9", "16", NULL };

#define AT(member) .at = offsetof(struct settings, member)

static const struct setting site_table[] = {
    { "name", SET_TEXT, AT(site.name), .required = true, .max = 200,
      .example = "Xã Đồng Xanh", .help = N_("Shown at the head of every page") },
    { "language", SET_WORD, AT(site.language), .fallback = "vi", .words = language_words,
      .example = "vi", .help = N_("Language of alerts, pages and messages") },
    { "time_zone", SET_ZONE, AT(site.time_zone), .fallback = "Asia/Ho_Chi_Minh",
      .example = "Asia/Ho_Chi_Minh",
      .help = N_("Zone in which times are shown and hours count") },
    { "place", SET_COORDINATES, AT(site.place), .example = "[21.03, 105.85]",
      .help = N_("Latitude and longitude, for sunrise and sunset") },
    { 0 }
};

static const struct setting paths_table[] = {
    { "state", SET_PATH, AT(paths.state), .fallback = "/var/lib/kengd/state",
      .variable = "STATE_DIRECTORY", .example = "/var/lib/kengd/state",
      .help = N_("Directory of the catalogue and the snapshots") },
    { "runtime", SET_PATH, AT(paths.runtime), .fallback = "/run/kengd",
      .variable = "RUNTIME_DIRECTORY", .example = "/run/kengd",
      .help = N_("Directory of kengctl's socket") },
    { 0 }
};

#undef AT
#define AT(member) .at = offsetof(struct volume_settings, member)

static const struct setting volume_table[] = {
    { "path", SET_PATH, AT(path), .required = true, .example = "/mnt/dia-hai/kengd",
      .help = N_("Its directory, on a disk of its own") },
    { "reserve", SET_AMOUNT, AT(reserve), .fallback = "10%", .min = MIB, .max = 1000 * TIB,
      .example = "10%",
      .help = N_("What is kept free on it; its oldest recordings make room") },
    { "most", SET_AMOUNT, AT(most), .min = 16 * MIB, .max = 1000 * TIB, .example = "2 TB",
      .help = N_("What the recordings on it may take; nothing: all but the reserve") },
    { 0 }
};

#undef AT
#define AT(member) .at = offsetof(struct settings, member)

static const struct setting storage_table[] = {
    { "recordings", SET_PATH, AT(storage.recordings),
      .fallback = "/var/lib/kengd/recordings", .example = "/var/lib/kengd/recordings",
      .help = N_("Directory of the recordings") },
    { "volumes", SET_VOLUMES, AT(storage.volumes),
      .count_at = offsetof(struct settings, storage.volume_count), .max = VOLUMES_MOST - 1,
      .of = volume_table, .shortcut = "path", .example = "{dia-hai: /mnt/dia-hai/kengd}",
      .help = N_("More disks to record to; cameras are shared out among all of them, or name "
                 "one with volume") },
    { "keep", SET_DURATION, AT(storage.keep_us), .fallback = "30 days", .min = HOURS(1),
      .max = DAYS(3650), .example = "30 days",
      .help = N_("How long recordings are kept, if the disk has room for them") },
    { "reserve", SET_AMOUNT, AT(storage.reserve), .fallback = "10%", .min = MIB,
      .max = 1000 * TIB, .example = "10%",
      .help = N_("What is kept free on the disk of storage.recordings; the oldest recordings "
                 "make room") },
    { "most", SET_AMOUNT, AT(storage.most), .min = 16 * MIB, .max = 1000 * TIB,
      .example = "500 GB",
      .help = N_("What the recordings on the disk may take; nothing: all but the reserve") },
    { "before_event", SET_DURATION, AT(storage.before_us), .fallback = "5 s",
      .min = SECONDS_US(5), .max = SECONDS_US(10), .example = "5 s",
      .help = N_("What is recorded before an event, where only events are recorded") },
    { "after_event", SET_DURATION, AT(storage.after_us), .fallback = "10 s",
      .min = SECONDS_US(1), .max = SECONDS_US(600), .example = "10 s",
      .help = N_("What is recorded after an event, where only events are recorded") },
    { "segment", SET_DURATION, AT(storage.segment_us), .fallback = "60 s",
      .min = SECONDS_US(10), .max = SECONDS_US(600), .example = "60 s",
      .help = N_("Length of one file on disk") },
    { "sync", SET_DURATION, AT(storage.sync_us), .fallback = "2 s", .min = MILLIS_US(100),
      .max = SECONDS_US(30), .example = "2 s",
      .help = N_("How much a power cut may cost at most") },
    { "export_keep", SET_DURATION, AT(storage.export_keep_us), .fallback = "7 days",
      .min = HOURS(1), .max = DAYS(365), .example = "7 days",
      .help = N_("How long a package of exported footage can be fetched; it lies beside the "
                 "catalogue") },
    { 0 }
};

static const struct setting web_table[] = {
    { "listen", SET_LISTEN, AT(web.listen),
      .count_at = offsetof(struct settings, web.listen_count),
      .fallback = "127.0.0.1:8080", .max = 8, .example = "[\"0.0.0.0:8443\"]",
      .help = N_(
          "Addresses and ports of the pages; without a certificate only on this machine "
          "(127.0.0.1 or [::1])") },
    { "public_url", SET_WEB_URL, AT(web.public_url), .max = 200,
      .example = "https://cam.dongxanh.vn",
      .help = N_("Address under which phones reach the pages; it stands in links") },
    { "proxies", SET_ADDRESSES, AT(web.proxies),
      .count_at = offsetof(struct settings, web.proxy_count), .max = 8,
      .example = "[127.0.0.1]",
      .help = N_("Reverse proxies before kengd; whose request one hands on is read from its "
                 "X-Forwarded-For") },
    { "certificate", SET_FILE, AT(web.certificate), .example = "tls/cert.pem",
      .help = N_("TLS certificate with its chain, PEM; goes with key") },
    { "key", SET_FILE, AT(web.key), .secret = true, .example = "tls/key.pem",
      .help = N_("Private key of the certificate, PEM; not readable by others") },
    { 0 }
};

static const struct setting alerts_motion_table[] = {
    { "days", SET_DAYS, AT(alerts.motion_days), .example = "mon-fri",
      .help = N_("On which days of the week; nothing: on all. A holiday is a Sunday") },
    { "holiday_hours", SET_HOURS, AT(alerts.holiday.hours),
      .on_at = offsetof(struct settings, alerts.holiday.on), .example = "\"00:00-24:00\"",
      .help = N_("The hours on holidays; nothing: as on a Sunday") },
    { "severity", SET_WORD, AT(alerts.motion_severity), .fallback = "warning",
      .words = severity_words, .example = "warning",
      .help = N_("How much motion matters: who wants less is not told of it") },
    { "hours", SET_HOURS, AT(alerts.motion_hours), .fallback = "00:00-24:00",
      .example = "\"21:00-05:00\"",
      .help = N_("When motion makes an alert; at other times it is only an event") },
    { "cool_down", SET_DURATION, AT(alerts.cool_down_us), .fallback = "2 min", .min = 0,
      .max = DAYS(1), .example = "2 min",
      .help = N_("How long more motion at the same camera joins the running alert; areas and "
                 "cameras may have one of their own") },
    { "group", SET_DURATION, AT(alerts.group_us), .fallback = "0 s", .min = 0,
      .max = HOURS(1), .example = "30 s",
      .help = N_("How long motion at other cameras of the same area joins an alert that "
                 "nobody has answered yet; 0 s: each camera has its own") },
    { "escalate", SET_DURATION, AT(alerts.escalate_us), .fallback = "5 min",
      .min = SECONDS_US(10), .max = DAYS(1), .example = "5 min",
      .help =
          N_("An alert that nobody has answered for so long passes to the next rank") },
    { 0 }
};

#define GRACE(key, member, usual, what)                                                 \
    { key, SET_DURATION, AT(alerts.health.member), .fallback = usual, .min = 0,         \
      .max = DAYS(7), .example = usual, .help = what }

static const struct setting alerts_health_table[] = {
    GRACE("camera", camera_us, "60 s",
          N_("A camera is lost, refused, without picture, frozen or covered for so long")),
    GRACE("recording", recording_us, "30 s", N_("Recordings cannot be written for so long")),
    GRACE("disk", disk_us, "10 min",
          N_("The disk does not hold the days that were promised for so long")),
    GRACE("clock", clock_us, "30 min", N_("The clock is not trusted for so long")),
    GRACE("uplink", uplink_us, "5 min", N_("The way to the internet is cut for so long")),
    GRACE("channel", channel_us, "10 min",
          N_("A way of telling people has failed for so long")),
    GRACE("settle", settle_us, "60 s",
          N_("Well again for so long: people are told that it is back")),
    GRACE("hold", hold_us, "10 min",
          N_("What comes back within this time belongs to the same alert")),
    { 0 }
};

static const struct setting alerts_table[] = {
    { "motion", SET_GROUP, .of = alerts_motion_table, .help = N_("Alerts about motion") },
    { "holidays", SET_HOLIDAYS, AT(alerts.holidays),
      .count_at = offsetof(struct settings, alerts.holiday_count),
      .example = "holidays.txt",
      .help = N_("File with a holiday a line, '2027-02-06 Tết'; such a day counts as a "
                 "Sunday") },
    { "all_well", SET_INT, AT(alerts.all_well), .fallback = "6", .min = -1, .max = 23,
      .example = "6",
      .help = N_("Hour of the day at which people are told that all is well, with the "
                 "figures; -1: never") },
    { "hourly", SET_INT, AT(alerts.hourly), .fallback = "20", .min = 1, .max = 1000,
      .example = "20",
      .help = N_("Messages an hour to one person on one channel; what is more comes as "
                 "one summary at the hour's end") },
    { "spacing", SET_DURATION, AT(alerts.spacing_us), .fallback = "1 min", .min = 0,
      .max = HOURS(1), .example = "1 min",
      .help = N_("Between messages about the same camera to the same person") },
    { "health", SET_GROUP, .of = alerts_health_table,
      .help = N_("Alerts about cameras and kengd itself: how long before people are told") },
    { 0 }
};

static const struct setting push_table[] = {
    { "on", SET_BOOL, AT(channels.push.on), .fallback = "on", .example = "on",
      .help = N_("Whether phones are woken; 'push: off' says it in short") },
    { "contact", SET_CONTACT, AT(channels.push.contact), .max = 200,
      .example = "mailto:admin@dongxanh.vn",
      .help = N_("Whom the push service may write to: mailto: or https:; nothing: "
                 "public_url") },
    { 0 }
};

#define SECRET(key, member, what)                                               \
    { key, SET_SECRET, AT(member), .secret = true, .example = "{file: secrets/kenh}", \
      .help = what }

static const struct setting email_table[] = {
    { "host", SET_HOST, AT(channels.email.host), .max = 253, .example = "smtp.dongxanh.vn",
      .help = N_("Mail server; nothing: no e-mail") },
    { "port", SET_INT, AT(channels.email.port), .fallback = "587", .min = 1, .max = 65535,
      .example = "587", .help = N_("Its port") },
    { "tls", SET_BOOL, AT(channels.email.tls), .fallback = "on", .example = "on",
      .help = N_("Whether STARTTLS is required") },
    { "user", SET_TEXT, AT(channels.email.user), .max = 200, .example = "kengd",
      .help = N_("User at the server") },
    SECRET("password", channels.email.password,
           N_("File (mode 0600) or systemd credential that holds the password")),
    { "from", SET_EMAIL, AT(channels.email.from), .max = 200,
      .example = "kengd@dongxanh.vn", .help = N_("The sender's address") },
    { 0 }
};

static const struct setting mqtt_table[] = {
    { "host", SET_HOST, AT(channels.mqtt.host), .max = 253, .example = "192.168.1.5",
      .help = N_("MQTT broker; nothing: none") },
    { "port", SET_INT, AT(channels.mqtt.port), .fallback = "1883", .min = 1, .max = 65535,
      .example = "1883", .help = N_("Its port") },
    { "tls", SET_BOOL, AT(channels.mqtt.tls), .fallback = "off", .example = "off",
      .help = N_("Whether the connection is encrypted") },
    { "user", SET_TEXT, AT(channels.mqtt.user), .max = 200, .example = "kengd",
      .help = N_("User at the broker") },
    SECRET("password", channels.mqtt.password,
           N_("File (mode 0600) or systemd credential that holds the password")),
    { "prefix", SET_TOPIC, AT(channels.mqtt.prefix), .fallback = "kengd", .max = 100,
      .example = "kengd", .help = N_("What all topics begin with") },
    { "discovery", SET_TOPIC, AT(channels.mqtt.discovery), .fallback = "homeassistant",
      .max = 100, .example = "homeassistant",
      .help = N_("Topic under which Home Assistant finds the cameras") },
    { 0 }
};

static const struct setting zalo_table[] = {
    SECRET("token", channels.zalo.token,
           N_("File (mode 0600) or systemd credential with the bot's token")),
    { 0 }
};

static const struct setting channels_table[] = {
    { "late", SET_DURATION, AT(channels.late_us), .fallback = "5 min",
      .min = SECONDS_US(30), .max = DAYS(1), .example = "5 min",
      .help = N_("What could not be told for so long is late: grouped and silent") },
    { "give_up", SET_DURATION, AT(channels.give_up_us), .fallback = "7 days",
      .min = HOURS(1), .max = DAYS(90), .example = "7 days",
      .help = N_("What could not be told for so long is tried no more") },
    { "push", SET_GROUP, .of = push_table, .shortcut = "on",
      .help = N_("Phones are woken by Web Push") },
    { "email", SET_GROUP, .of = email_table, .help = N_("E-mail, for people with one") },
    { "mqtt", SET_GROUP, .of = mqtt_table,
      .help = N_("MQTT, for Home Assistant and loudspeakers") },
    { "zalo", SET_GROUP, .of = zalo_table,
      .help = N_("Zalo bot, for people with a chat") },
    { 0 }
};

#undef AT
#define AT(member) .at = offsetof(struct webhook, member)

static const struct setting webhook_table[] = {
    { "url", SET_HOOK_URL, AT(url), .required = true, .secret = true, .max = 1000,
      .example = "https://dongxanh.vn/kengd", .help = N_("Where alerts are sent as JSON") },
    { "secret", SET_SECRET, AT(secret), .required = true, .secret = true,
      .example = "{file: secrets/kenh}",
      .help = N_("File (mode 0600) or systemd credential with the key of the signature") },
    { "areas", SET_AREAS, AT(areas), .count_at = offsetof(struct webhook, area_count),
      .max = 100, .example = "[thon-dong]",
      .help = N_("Only of these, with all areas within; nothing: of all") },
    { "severity", SET_WORD, AT(severity), .fallback = "notice", .words = severity_words,
      .example = "warning", .help = N_("The least that is told") },
    { 0 }
};

#undef AT
#define SCHEDULE(object, member, name)                                                    \
    static const struct setting name[] = {                                               \
        { "hours", SET_HOURS, .at = offsetof(struct object, member.hours),               \
          .fallback = "00:00-24:00", .example = "\"22:00-05:00\"",                       \
          .help = N_("From and to") },                                                   \
        { "days", SET_DAYS, .at = offsetof(struct object, member.days),                  \
          .example = "mon-fri",                                                          \
          .help = N_("On which days of the week; nothing: on all. A holiday is a "       \
                     "Sunday") },                                                        \
        { 0 }                                                                            \
    };

SCHEDULE(area, quiet, area_quiet_table)
SCHEDULE(person, quiet, person_quiet_table)
SCHEDULE(person, duty, person_duty_table)

#define AT(member) .at = offsetof(struct area, member)

static const struct setting area_table[] = {
    { "name", SET_TEXT, AT(name), .required = true, .max = 200, .example = "Thôn Đông",
      .help = N_("Shown on screens and in alerts") },
    { "quiet", SET_GROUP, .of = area_quiet_table, .shortcut = "hours",
      .on_at = offsetof(struct area, quiet.on),
      .help = N_("When the phones of its people are quiet, but for what is urgent") },
    { "cool_down", SET_DURATION, AT(cool_down.us), .min = 0, .max = DAYS(1),
      .on_at = offsetof(struct area, cool_down.on), .example = "5 min",
      .help = N_("Instead of alerts.motion.cool_down, for its cameras and all within") },
    { "group", SET_DURATION, AT(group.us), .min = 0, .max = HOURS(1),
      .on_at = offsetof(struct area, group.on), .example = "30 s",
      .help = N_("Instead of alerts.motion.group: motion at any camera of it, with all "
                 "within, is one alert") },
    { "within", SET_AREA, AT(within), .example = "dong-xanh",
      .help = N_("The area that this one is a part of; rights are inherited from it") },
    { 0 }
};

#undef AT
#define AT(member) .at = offsetof(struct camera_settings, member)

#undef AT
#define AT(member) .at = offsetof(struct polygon, member)

static const struct setting zone_table[] = {
    { "corners", SET_CORNERS, AT(points), .count_at = offsetof(struct polygon, count),
      .required = true, .example = "[[0.1, 0.4], [0.9, 0.4], [0.9, 1], [0.1, 1]]",
      .help = N_("Its corners, as parts of width and height from the top left") },
    { "smallest", SET_SHARE, AT(smallest), .example = "0.2%",
      .help = N_("Smaller things do not count here; nothing: as the sensitivity says") },
    { "largest", SET_SHARE, AT(largest), .example = "30%",
      .help = N_("Larger things do not count here") },
    { "stays", SET_DURATION, AT(stays_us), .fallback = "0 s", .min = 0,
      .max = MINUTES(10), .example = "3 s",
      .help = N_("What is inside for a shorter time does not count") },
    { 0 }
};

#undef AT
#define AT(member) .at = offsetof(struct camera_settings, member)

static const struct setting night_table[] = {
    { "hours", SET_NIGHT, AT(motion.night.hours), .example = "sunset-sunrise",
      .help = N_("When it is night for this camera; the sun's times need site.place") },
    { "on", SET_BOOL, AT(motion.night.on), .fallback = "on", .example = "on",
      .help = N_("Whether motion is looked for at night") },
    { "sensitivity", SET_INT, AT(motion.night.sensitivity), .min = 1, .max = 5,
      .example = "2", .help = N_("Sensitivity at night; nothing: as by day") },
    { "zones", SET_POLYGONS, AT(motion.night.zones),
      .count_at = offsetof(struct camera_settings, motion.night.zone_count), .max = 16,
      .of = zone_table, .example = "{cong: [[0.3, 0.4], [0.7, 0.4], [0.7, 1], [0.3, 1]]}",
      .help = N_("Zones at night, instead of those by day; nothing: the same") },
    { 0 }
};

static const struct setting motion_table[] = {
    { "on", SET_BOOL, AT(motion.on), .fallback = "on", .example = "on",
      .help = N_("Whether motion is looked for; 'motion: off' says it in short") },
    { "source", SET_WORD, AT(motion.source), .fallback = "own", .words = source_words,
      .example = "own",
      .help = N_("Who may start an event: own: our detector; camera: the camera's own "
                 "detection; both: either; agree: both within 3 s. All but own need onvif") },
    { "sensitivity", SET_INT, AT(motion.sensitivity), .fallback = "3", .min = 1, .max = 5,
      .example = "3",
      .help = N_("1: only large motion, few events; 5: the least stir, many") },
    { "zones", SET_POLYGONS, AT(motion.zones),
      .count_at = offsetof(struct camera_settings, motion.zone_count), .max = 16,
      .of = zone_table, .example = "{cong: [[0.1, 0.4], [0.9, 0.4], [0.9, 1], [0.1, 1]]}",
      .help = N_(
          "Where motion counts; nothing: everywhere. Corners as parts of width and height "
          "from the top left") },
    { "masks", SET_POLYGONS, AT(motion.masks),
      .count_at = offsetof(struct camera_settings, motion.mask_count), .max = 16,
      .example = "{cay-da: [[0, 0], [0.3, 0], [0.3, 0.2], [0, 0.2]]}",
      .help = N_("Where nothing is looked at: trees, a road, a neighbour's window; black "
                 "in every single picture") },
    { "masks_in_recording", SET_BOOL, AT(motion.masks_in_recording), .fallback = "off",
      .example = "off",
      .help = N_("Only off is possible: recordings and live video stay as the camera "
                 "sent them") },
    { "hours", SET_WEEK, AT(motion.hours),
      .count_at = offsetof(struct camera_settings, motion.hours_count), .max = 14,
      .example = "[\"mon-fri 18:00-06:00\", \"sat-sun 00:00-24:00\"]",
      .help = N_("When motion is looked for at all; nothing: always") },
    { "night", SET_GROUP, .of = night_table, .help = N_("What is different at night") },
    { 0 }
};

static const struct setting onvif_table[] = {
    { "events", SET_BOOL, AT(onvif.events), .fallback = "off", .example = "on",
      .help = N_("Whether the camera's own detection is listened to; 'onvif: on' says it in "
                 "short. Reached at the host of url, with its user and password") },
    { "port", SET_INT, AT(onvif.port), .fallback = "80", .min = 1, .max = 65535,
      .example = "80",
      .help = N_("Port of ONVIF: most cameras 80, Tapo 2020, XM 8899") },
    { 0 }
};

static const struct setting tls_table[] = {
    { "fingerprint", SET_FINGERPRINT, AT(tls.fingerprint),
      .example = "\"9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:"
                 "D1:5D:6C:15:B0:F0:0A:08\"",
      .help = N_("The one certificate that the camera may show; nobody need have signed it") },
    { "ca", SET_FILE, AT(tls.ca), .example = "tls/camera-ca.pem",
      .help = N_("Who may sign the camera's certificate, PEM; nothing: whom the system trusts") },
    { 0 }
};

static const struct setting view_table[] = {
    { "on", SET_BOOL, AT(view.on), .fallback = "on", .example = "on",
      .help = N_("Whether a picture that freezes or is covered is noticed; off for cameras "
                 "that turn by themselves") },
    { "frozen", SET_DURATION, AT(view.frozen_us), .fallback = "2 min", .min = SECONDS_US(5),
      .max = HOURS(24), .example = "2 min",
      .help = N_("The same picture for so long is frozen") },
    { "covered", SET_DURATION, AT(view.covered_us), .fallback = "3 min", .min = SECONDS_US(5),
      .max = HOURS(24), .example = "3 min",
      .help = N_("Dark, blurred or turned away for so long is covered; a view is known "
                 "after three times that") },
    { 0 }
};

static const struct setting camera_table[] = {
    { "name", SET_TEXT, AT(name), .required = true, .max = 200, .example = "Cổng làng",
      .help = N_("Shown on screens and in alerts") },
    { "area", SET_AREA, AT(area), .required = true, .example = "thon-dong",
      .help = N_("Where it hangs: who may see it and who is alerted") },
    { "url", SET_CAMERA_URL, AT(url), .required = true, .secret = true, .max = 500,
      .example = "rtsp://192.168.1.20/Streaming/Channels/101",
      .help = N_("RTSP address of the main stream, without user and password") },
    { "sub_url", SET_CAMERA_URL, AT(sub_url), .secret = true, .max = 500,
      .example = "rtsp://192.168.1.20/Streaming/Channels/102",
      .help = N_("RTSP address of the small stream, for walls and motion") },
    { "user", SET_TEXT, AT(user), .max = 64, .example = "viewer",
      .help = N_("User at the camera") },
    { "password", SET_SECRET, AT(password), .secret = true,
      .example = "{file: secrets/cong-lang}",
      .help = N_("File (mode 0600) or systemd credential that holds the password") },
    { "login", SET_WORD, AT(login), .fallback = "auto", .words = login_words,
      .example = "digest",
      .help = N_("digest: the password is never sent in the clear; auto: it is, to a camera "
                 "that knows nothing else") },
    { "transport", SET_WORD, AT(transport), .fallback = "auto", .words = transport_words,
      .example = "auto",
      .help = N_("How video travels; auto: over TCP, and over UDP where the camera refuses "
                 "that") },
    { "tls", SET_GROUP, .of = tls_table, .shortcut = "fingerprint",
      .help = N_("How the certificate of a camera with rtsps:// is checked") },
    { "sandbox", SET_BOOL, AT(sandbox), .fallback = "on", .example = "on",
      .help = N_("Leave it on: off takes away what keeps a hostile camera out, and is only "
                 "for looking for faults") },
    { "audio", SET_BOOL, AT(audio), .fallback = "off", .example = "off",
      .help = N_("Whether sound is recorded") },
    { "keep", SET_DURATION, AT(keep_us), .min = HOURS(1), .max = DAYS(3650),
      .example = "60 days",
      .help = N_("How long its recordings are kept; nothing: as storage.keep") },
    { "record", SET_WORD, AT(record), .fallback = "always", .words = record_words,
      .example = "always",
      .help = N_("always; events: only what is around motion; both: always, and what is "
                 "around motion is kept longer (keep_events)") },
    { "record_hours", SET_WEEK, AT(record_hours),
      .count_at = offsetof(struct camera_settings, record_hours_count), .max = 14,
      .example = "[\"mon-fri 17:00-07:00\"]",
      .help = N_("When it is recorded at all; nothing: day and night") },
    { "keep_events", SET_DURATION, AT(keep_events_us), .min = HOURS(1), .max = DAYS(3650),
      .example = "180 days",
      .help = N_("How long what is around motion is kept, with record: both") },
    { "most", SET_AMOUNT, AT(most), .min = 16 * MIB, .max = 1000 * TIB, .example = "50 GB",
      .help = N_("What its recordings may take on the disk; the oldest make room") },
    { "volume", SET_TEXT, AT(volume), .max = ID_MAX - 1, .example = "dia-hai",
      .help = N_("The disk that it is recorded to, of storage.volumes, or 'recordings'; "
                 "nothing: the one with the most room") },
    { "motion", SET_GROUP, .of = motion_table, .shortcut = "on",
      .help = N_("Motion detection") },
    { "cool_down", SET_DURATION, AT(cool_down.us), .min = 0, .max = DAYS(1),
      .on_at = offsetof(struct camera_settings, cool_down.on), .example = "10 min",
      .help = N_("Instead of alerts.motion.cool_down, for this camera") },
    { "onvif", SET_GROUP, .of = onvif_table, .shortcut = "events",
      .help = N_("The camera's own detection, over ONVIF") },
    { "view", SET_GROUP, .of = view_table, .shortcut = "on",
      .help = N_("Whether the camera shows what it always shows") },
    { 0 }
};

#undef AT
#define AT(member) .at = offsetof(struct person, member)

static const struct setting person_table[] = {
    { "name", SET_TEXT, AT(name), .required = true, .max = 200,
      .example = "Trưởng thôn Đông",
      .help = N_("Shown beside what this person answers") },
    { "role", SET_WORD, AT(role), .required = true, .words = role_words,
      .example = "official",
      .help =
          N_("official: alerts, live and clips; staff: also playback and export; admin: "
             "also access and reload") },
    { "areas", SET_AREAS, AT(areas), .count_at = offsetof(struct person, area_count),
      .required = true, .max = 100, .example = "[thon-dong]",
      .help = N_("What this person sees and is alerted about, with all areas within") },
    { "rank", SET_INT, AT(rank), .fallback = "1", .min = 1, .max = 9, .example = "1",
      .help = N_("1 is alerted first; the next when nobody has answered") },
    { "phone", SET_PHONE, AT(phone), .example = "0912 345 678",
      .help = N_("For the call button on other people's phones") },
    { "email", SET_EMAIL, AT(email), .max = 254, .example = "dong@dongxanh.vn",
      .help = N_("Address for alerts by e-mail") },
    { "zalo", SET_TEXT, AT(zalo), .max = 64, .example = "6f1c2d3e4a",
      .help = N_("Chat of the Zalo bot with this person") },
    { "duty", SET_GROUP, .of = person_duty_table, .shortcut = "hours",
      .on_at = offsetof(struct person, duty.on),
      .help = N_("When this person is on duty; nothing: always") },
    { "quiet", SET_GROUP, .of = person_quiet_table, .shortcut = "hours",
      .on_at = offsetof(struct person, quiet.on),
      .help = N_("When this person's phone is quiet, but for what is urgent") },
    { "severity", SET_WORD, AT(severity), .fallback = "notice", .words = severity_words,
      .example = "warning", .help = N_("The least that this person is told") },
    { 0 }
};

#undef AT
#define AT(member) .at = offsetof(struct screen, member)

static const struct setting screen_table[] = {
    { "name", SET_TEXT, AT(name), .required = true, .max = 200,
      .example = "Nhà văn hóa thôn Đông", .help = N_("Shown at the head of the screen") },
    { "area", SET_AREA, AT(area), .required = true, .example = "thon-dong",
      .help = N_("Whose cameras and alerts it shows, with all areas within") },
    { "layout", SET_CHOICE, AT(layout), .fallback = "auto", .words = layout_words,
      .example = "auto",
      .help = N_("How many cameras stand side by side; auto: as many as there are") },
    { 0 }
};

#undef AT

#define MAP(list, counter)                                   \
    SET_MAP, .at = offsetof(struct settings, list),          \
             .count_at = offsetof(struct settings, counter), \
             .size = sizeof *((struct settings *)0)->list

const struct setting settings_table[] = {
    { "site", SET_GROUP, .of = site_table, .help = N_("The site as a whole") },
    { "paths", SET_GROUP, .of = paths_table,
      .help = N_("Where kengd keeps its own files") },
    { "storage", SET_GROUP, .of = storage_table, .help = N_("Recordings") },
    { "web", SET_GROUP, .of = web_table,
      .help = N_("Pages for screens, phones and staff") },
    { "areas", MAP(areas, area_count), .of = area_table, .max = 1000,
      .help = N_("Places: a commune, its hamlets, their lanes") },
    { "cameras", MAP(cameras, camera_count), .of = camera_table, .max = 1000,
      .help = N_("Cameras") },
    { "people", MAP(people, person_count), .of = person_table, .max = 2000,
      .help = N_("People who look and answer") },
    { "screens", MAP(screens, screen_count), .of = screen_table, .max = 500,
      .help = N_("Screens that show an area day and night") },
    { "webhooks", MAP(webhooks, webhook_count), .of = webhook_table, .max = 50,
      .help = N_("Other programs that are told by HTTP") },
    { "channels", SET_GROUP, .of = channels_table, .help = N_("Ways of telling people") },
    { "alerts", SET_GROUP, .of = alerts_table, .help = N_("What people are told of") },
    { 0 }
};

const struct setting *setting_find(const struct setting *table, const char *key)
{
    for (const struct setting *row = table; row->key; row++)
        if (strcmp(row->key, key) == 0)
            return row;
    return NULL;
}

/*
 * One value, from its text. False: it is not of this kind; what to write instead is known
 * to the caller.
 * Thread: any. Errors: none. Durations: microseconds.
 */
#pragma once
#include "config/settings.h"

bool value_bool(const char *from, bool *to);
bool value_int(const char *from, int64_t *to);

/* "30 days", "2 min", "500 ms", "60" (seconds); also in Vietnamese. */
bool value_duration(const char *from, int64_t *us);
/* As it would be written: the largest unit that fits without a rest. */
char *value_duration_text(int64_t us);

/* "10%", "2.5 %", "20 GB", "500 MiB". */
bool value_amount(const char *from, struct amount *to);
char *value_bytes_text(int64_t bytes);

/* "mon-fri", "sat,sun"; bit 0 is Monday. */
bool value_days(const char *from, unsigned *to);

/* "21:00-05:00". */
bool value_hours(const char *from, struct hours *to);

/* "mon-fri 18:00-06:00", "sat, sun 00:00-24:00", "18:00-06:00"; also t2 .. t7 and cn. */
bool value_week(const char *from, struct week_hours *to);

/* "sunset-sunrise", "sunset+30-sunrise-15", "18:30-05:30"; the two differ. */
bool value_night(const char *from, struct night *to);

/* "0.3%", more than 0 and at most 100%. */
bool value_share(const char *from, float *to);

/* a-z 0-9 -, begins with a letter, shorter than ID_MAX. */
bool value_is_id(const char *from);

/* "0.0.0.0:8443", "[::1]:8080". */
bool value_listen(const char *from, bool *loopback);

/* An IP address of either kind. */
bool value_address(const char *from);
/* A name or an IP address. */
bool value_host(const char *from);
/* "kengd@dongxanh.vn". */
bool value_email(const char *from);
/* Of MQTT, to publish under: "kengd", "xa/kengd". */
bool value_topic(const char *from);
/* "mailto:admin@dongxanh.vn" or an address with https://. */
bool value_contact(const char *from);

/* A part of a width or height; false: no number. The range is the caller's. */
bool value_number(const char *from, double *to);

/* Digits, spaces, points and dashes; `to` gets the digits and a leading +. */
enum { PHONE_MAX = 24 };
bool value_phone(const char *from, char to[PHONE_MAX]);

/* The SHA-256 of a certificate, as it is shown: "AB:CD:...", or without the colons. */
enum { FINGERPRINT_MAX = 65 };
bool value_fingerprint(const char *from, char to[FINGERPRINT_MAX]);

enum url_fault {
    URL_WELL,
    URL_SCHEME,   /* another one, or none */
    URL_LOGIN,    /* user and password in it */
    URL_HOST,     /* none, or letters that no host has */
    URL_PORT,     /* not 1 to 65535 */
    URL_BLANK,    /* a space or invisible character in it */
    URL_FRAGMENT, /* a part behind # is never sent */
};
/* `schemes` ends with NULL. */
enum url_fault value_url(const char *from, const char *const *schemes);

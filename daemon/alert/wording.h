/*
 * An alert as sentences and as JSON, for those who are told by a message.
 * Thread: any; in the thread's language. The caller frees.
 */
#pragma once
#include <jansson.h>

#include "channel.h"

/* "Có chuyển động: Cổng làng" and "21:04 · Thôn Đông"; of a digest how many and since when.
 */
char *wording_title(const struct parcel *parcel);
char *wording_body(const struct parcel *parcel);
/* Title, body and the address of the alert's page, when there is one. */
char *wording_text(const struct parcel *parcel);
/* The page of the first letter's alert; NULL without public_url. */
char *wording_link(const struct parcel *parcel);

/* A signed address of the first letter's snapshot that works for an hour; NULL without
 * public_url or picture. */
char *wording_picture(const struct parcel *parcel);

/* For programs: id, kind, severity, what, place, times, late, texts, answer. */
json_t *wording_letter(const struct settings *set, const struct letter *letter,
                       int64_t late_before_us);

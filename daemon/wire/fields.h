/*
 * The fields of one JSON object: written to a message, read with a cap and a range each.
 * A reading that went wrong stays wrong, so that its many lines need one check.
 * Thread: the owner's.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/error.h"
#include "wire/wire.h"

struct fields {
    json_t *object;
    const char *bad; /* the first field that cannot be; NULL: none yet */
};

/* False: not an object, or too large. fields_close() either way. */
bool fields_open(struct fields *f, const uint8_t *body, size_t size, size_t most,
                 struct error *err);
/* False with the name of the bad field in `err`, if there was one. Frees. */
bool fields_close(struct fields *f, struct error *err);

/* UTF-8 without control characters, shorter than `room`. */
void field_text(struct fields *f, const char *name, char *to, size_t room);
/* a-z, 0-9, - and _ only. */
void field_word(struct fields *f, const char *name, char *to, size_t room);
/* Bytes of any value but 0..31 and 127, each written as the character of its number. */
void field_octets(struct fields *f, const char *name, char *to, size_t room);
bool field_bool(struct fields *f, const char *name);
int64_t field_int(struct fields *f, const char *name, int64_t min, int64_t max);
double field_real(struct fields *f, const char *name, double min, double max);
/* An array of `count` numbers. */
void field_reals(struct fields *f, const char *name, float *to, size_t count, float min,
                 float max);

/* Appends a whole message: header, and the object as its body. Takes over `object`. */
void fields_put(struct bytes *to, enum wire_kind kind, int channel, json_t *object);

/* Texts as they may be sent: what is not UTF-8 or a control character becomes "?". */
json_t *text_field(const char *text);
json_t *octets_field(const char *text);

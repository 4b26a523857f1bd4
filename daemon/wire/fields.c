#include <assert.h>
#include <string.h>

#include "core/text.h"
#include "fields.h"

bool fields_open(struct fields *f, const uint8_t *body, size_t size, size_t most,
                 struct error *err)
{
    json_error_t wrong;

    *f = (struct fields){ 0 };
    if (size > most)
        return error_set(err, ERR_MEDIA, "a message of %zu bytes is too large", size);
    f->object = json_loadb((const char *)body, size, JSON_REJECT_DUPLICATES, &wrong);
    if (!f->object)
        return error_set(err, ERR_MEDIA, "a message is not JSON: %s", wrong.text);
    if (!json_is_object(f->object))
        return error_set(err, ERR_MEDIA, "a message is not a JSON object");
    return true;
}

bool fields_close(struct fields *f, struct error *err)
{
    const char *bad = f->bad;

    json_decref(f->object);
    f->object = NULL;
    return !bad || error_set(err, ERR_MEDIA, "a message's field %s cannot be", bad);
}

static void spoil(struct fields *f, const char *name)
{
    if (!f->bad)
        f->bad = name;
}

static bool is_control(unsigned char c)
{
    return c < ' ' || c == 127;
}

/* U+0080 to U+009F steer terminals as ESC does; jansson knows that it is UTF-8. */
static bool steers(const char *text, size_t left)
{
    return is_control((unsigned char)text[0]) ||
           (left > 1 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0);
}

static const char *find_text(struct fields *f, const char *name, size_t *size)
{
    json_t *value = json_object_get(f->object, name);

    if (!json_is_string(value)) {
        spoil(f, name);
        return NULL;
    }
    *size = json_string_length(value);
    return json_string_value(value);
}

void field_text(struct fields *f, const char *name, char *to, size_t room)
{
    size_t size;
    const char *text = find_text(f, name, &size);

    *to = 0;
    if (!text)
        return;
    for (size_t i = 0; i < size; i++)
        if (steers(text + i, size - i))
            return spoil(f, name);
    if (size >= room)
        return spoil(f, name);
    memcpy(to, text, size);
    to[size] = 0;
}

void field_word(struct fields *f, const char *name, char *to, size_t room)
{
    field_text(f, name, to, room);
    if (to[strspn(to, "abcdefghijklmnopqrstuvwxyz0123456789-_")])
        spoil(f, name);
}

void field_octets(struct fields *f, const char *name, char *to, size_t room)
{
    size_t size, used = 0;
    const char *text = find_text(f, name, &size);

    *to = 0;
    if (!text)
        return;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >=
            0x80) { /* U+0080..U+00FF: 110000xx 10xxxxxx; jansson knows it is UTF-8 */
            if (c > 0xc3 || i + 1 >= size)
                return spoil(f, name);
            c = (unsigned char)(c << 6 | (text[++i] & 0x3f));
        }
        if (is_control(c) || used + 1 >= room)
            return spoil(f, name);
        to[used++] = (char)c;
    }
    to[used] = 0;
}

bool field_bool(struct fields *f, const char *name)
{
    json_t *value = json_object_get(f->object, name);

    if (!json_is_boolean(value))
        spoil(f, name);
    return json_is_true(value);
}

int64_t field_int(struct fields *f, const char *name, int64_t min, int64_t max)
{
    json_t *value = json_object_get(f->object, name);
    int64_t number = json_integer_value(value);

    if (json_is_integer(value) && number >= min && number <= max)
        return number;
    spoil(f, name);
    return min;
}

double field_real(struct fields *f, const char *name, double min, double max)
{
    json_t *value = json_object_get(f->object, name);
    double number = json_number_value(value);

    if (json_is_number(value) && number >= min && number <= max)
        return number;
    spoil(f, name);
    return min;
}

void field_reals(struct fields *f, const char *name, float *to, size_t count, float min,
                 float max)
{
    json_t *list = json_object_get(f->object, name);

    if (!json_is_array(list) || json_array_size(list) != count)
        return spoil(f, name);
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_array_get(list, i);
        double number = json_number_value(value);
        if (!json_is_number(value) || number < min || number > max)
            return spoil(f, name);
        to[i] = (float)number;
    }
}

static int add_json(const char *text, size_t size, void *to)
{
    bytes_add(to, text, size);
    return 0;
}

void fields_put(struct bytes *to, enum wire_kind kind, int channel, json_t *object)
{
    assert(
        object); /* a text that is not UTF-8 or a number that is none: our own mistake */
    size_t at = to->size;
    uint8_t *head = bytes_reserve(to, WIRE_HEADER);

    memset(head, 0, WIRE_HEADER);
    to->size += WIRE_HEADER;
    json_dump_callback(object, add_json, to, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(object);
    struct wire_header h = { .size = (uint32_t)(to->size - at - WIRE_HEADER),
                             .kind = (uint8_t)kind,
                             .channel = (uint16_t)channel };
    wire_write_header(to->at + at, &h);
}

json_t *text_field(const char *text)
{
    char clean[1024];
    size_t used = 0;
    bool utf8 = text_is_utf8(text, strlen(text));

    for (; *text && used + 1 < sizeof clean; text++) {
        unsigned char c = (unsigned char)*text;
        clean[used++] = is_control(c) || (c >= 0x80 && !utf8) ? '?' : *text;
    }
    clean[used] = 0;
    text_cut_utf8(clean);
    return json_string(clean);
}

json_t *octets_field(const char *text)
{
    char as_text[4096];
    size_t used = 0;

    for (; *text && used + 2 < sizeof as_text; text++) {
        unsigned char c = (unsigned char)*text;
        if (is_control(c)) {
            as_text[used++] = '?';
        } else if (c < 0x80) {
            as_text[used++] = (char)c;
        } else {
            as_text[used++] = (char)(0xc0 | c >> 6);
            as_text[used++] = (char)(0x80 | (c & 0x3f));
        }
    }
    as_text[used] = 0;
    return json_string(as_text);
}

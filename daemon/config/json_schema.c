/* JSON schema (draft 07) from the tables, for editors that complete and underline. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "core/memory.h"
#include "schema.h"

#define ID_PATTERN "^[a-z][a-z0-9-]{0,46}$"

static json_t *text_like(const char *pattern)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *words_of(const struct setting *row)
{
    json_t *words = json_array();

    for (int i = 0; row->words[i]; i++) {
        char *end;
        long number = strtol(row->words[i], &end, 10);
        json_array_append_new(words, json_string(row->words[i]));
        if (*end == 0) /* without quotes it is a number to an editor */
            json_array_append_new(words, json_integer(number));
    }
    return json_pack("{s:o}", "enum", words);
}

static json_t *object_of(const struct setting *table);

static json_t *corners_schema(void)
{
    json_t *corner =
        json_pack("{s:s, s:i, s:i, s:{s:s, s:i, s:i}}", "type", "array", "minItems", 2,
                  "maxItems", 2, "items", "type", "number", "minimum", 0, "maximum", 1);

    return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 3, "maxItems",
                     32, "items", corner);
}

static json_t *polygons_of(const struct setting *row)
{
    json_t *polygon = corners_schema();

    if (row->of)
        polygon = json_pack("{s:[o, o]}", "anyOf", polygon, object_of(row->of));
    return json_pack("{s:s, s:b, s:i, s:{s:o}}", "type", "object", "additionalProperties",
                     0, "maxProperties", (int)row->max, "patternProperties", ID_PATTERN,
                     polygon);
}

static json_t *list_of(json_t *item, int64_t most)
{
    return json_pack("{s:[O, {s:s, s:i, s:i, s:o}]}", "anyOf", item, "type", "array",
                     "minItems", 1, "maxItems", (int)most, "items", item);
}

static json_t *group_of(const struct setting *row)
{
    json_t *object = object_of(row->of);

    if (!row->shortcut)
        return object;
    json_t *single = json_incref(
        json_object_get(json_object_get(object, "properties"), row->shortcut));
    return json_pack("{s:[o, o]}", "anyOf", single, object);
}

static json_t *volumes_of(const struct setting *row)
{
    return json_pack("{s:s, s:b, s:i, s:{s:o}}", "type", "object", "additionalProperties",
                     0, "maxProperties", (int)row->max, "patternProperties", ID_PATTERN,
                     group_of(row));
}

static json_t *map_of(const struct setting *row)
{
    return json_pack("{s:[s, s], s:b, s:i, s:{s:o}}", "type", "object", "null",
                     "additionalProperties", 0, "maxProperties", (int)row->max,
                     "patternProperties", ID_PATTERN, object_of(row->of));
}

/* The types that are a text of this form. */
static const char *const patterns[SETTING_TYPES] = {
    [SET_AMOUNT] = "^[0-9]{1,9}([.][0-9]{1,2})? *(%|B|[kK]B|KiB|[MGT]i?B)$",
    [SET_HOURS] = "^[0-9]{1,2}:[0-9]{2} *[-–] *[0-9]{1,2}:[0-9]{2}$",
    [SET_DAYS] = "^[a-z]{3}([-,] *[a-z]{3})*$",
    [SET_HOOK_URL] = "^[hH][tT][tT][pP][sS]?://[^@/ ]+(/.*)?$",
    [SET_CAMERA_URL] = "^[rR][tT][sS][pP][sS]?://[^@/ ]+(/.*)?$",
    [SET_WEB_URL] = "^[hH][tT][tT][pP][sS]?://[^@/ ]+/?$",
    [SET_FINGERPRINT] = "^([0-9a-fA-F]{2}[: ]?){32}$",
    [SET_HOST] = "^[0-9A-Za-z_:][0-9A-Za-z._:-]*$",
    [SET_EMAIL] = "^[^@ ]{1,64}@[0-9A-Za-z_:][0-9A-Za-z._:-]*$",
    [SET_TOPIC] = "^[^/+#]([^+#]*[^/+#])?$",
    [SET_CONTACT] = "^(mailto:[^@ ]{1,64}@[0-9A-Za-z._:-]+|https://[^@/ ]+(/[^# ]*)?)$",
    [SET_PHONE] = "^[+]?[0-9 .-]{3,40}$",
    [SET_AREA] = ID_PATTERN,
    [SET_SHARE] = "^[0-9]{1,3}([.][0-9]{1,6})? *%$",
    [SET_NIGHT] = "^(sunset|sunrise|[0-9]{1,2}:[0-9]{2})([+-][0-9]{1,3})? *- *"
                  "(sunset|sunrise|[0-9]{1,2}:[0-9]{2})([+-][0-9]{1,3})?$",
};

static json_t *value_of(const struct setting *row)
{
    switch (row->type) {
    case SET_TEXT:
        return json_pack("{s:[s, s], s:i, s:i}", "type", "string", "number", "minLength",
                         1, "maxLength", (int)row->max);
    case SET_BOOL:
        return json_pack("{s:[b, b, s, s, s, s]}", "enum", 1, 0, "on", "off", "yes",
                         "no");
    case SET_INT:
        return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", (int)row->min,
                         "maximum", (int)row->max);
    case SET_DURATION:
        return json_pack(
            "{s:[s, s], s:s}", "type", "string", "integer", "pattern",
            "^[0-9]{1,9} *(ms|s|sec|seconds?|min|minutes?|h|hours?|d|days?|weeks?|"
            "giây|phút|giờ|ngày|tuần)?$");
    case SET_WORD:
    case SET_CHOICE:
        return words_of(row);
    case SET_ZONE:
    case SET_PATH:
    case SET_FILE:
    case SET_HOLIDAYS:
        return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
    case SET_SECRET:
        return json_pack("{s:s, s:b, s:i, s:i, s:{s:{s:s}, s:{s:s}}}", "type", "object",
                         "additionalProperties", 0, "minProperties", 1, "maxProperties",
                         1, "properties", "file", "type", "string", "credential", "type",
                         "string");
    case SET_AREAS:
        return list_of(text_like(ID_PATTERN), row->max);
    case SET_LISTEN:
        return list_of(text_like("^([0-9.]+|\\[[0-9a-fA-F:.]+\\]):[0-9]{1,5}$"),
                       row->max);
    case SET_ADDRESSES:
        return list_of(text_like("^[0-9a-fA-F:.]+$"), row->max);
    case SET_POLYGONS:
        return polygons_of(row);
    case SET_VOLUMES:
        return volumes_of(row);
    case SET_CORNERS:
        return corners_schema();
    case SET_WEEK:
        return list_of(text_like("^([a-z2-7, -]+ )?[0-9]{1,2}:[0-9]{2} *[-–] *[0-9]{1,2}"
                                 ":[0-9]{2}$"),
                       row->max);
    case SET_COORDINATES:
        return json_pack("{s:s, s:i, s:i, s:{s:s, s:i, s:i}}", "type", "array",
                         "minItems", 2, "maxItems", 2, "items", "type", "number",
                         "minimum", -180, "maximum", 180);
    case SET_GROUP:
        return group_of(row);
    case SET_MAP:
        return map_of(row);
    default:
        return patterns[row->type] ? text_like(patterns[row->type]) : json_object();
    }
}

static json_t *object_of(const struct setting *table)
{
    json_t *properties = json_object(), *required = json_array();

    for (const struct setting *row = table; row->key; row++) {
        json_t *value = value_of(row);
        json_object_set_new(value, "description", json_string(_(row->help)));
        if (row->fallback)
            json_object_set_new(value, "default", json_string(row->fallback));
        json_object_set_new(properties, row->key, value);
        if (row->required)
            json_array_append_new(required, json_string(row->key));
    }
    json_t *object = json_pack("{s:s, s:b, s:o}", "type", "object",
                               "additionalProperties", 0, "properties", properties);
    if (json_array_size(required) > 0)
        json_object_set(object, "required", required);
    json_decref(required);
    return object;
}

char *settings_schema(void)
{
    json_t *root = object_of(settings_table);

    json_object_set_new(root, "$schema",
                        json_string("http://json-schema.org/draft-07/schema#"));
    json_object_set_new(root, "title", json_string("kengd.yaml"));
    char *dumped = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    char *own = xstrdup(dumped);
    free(dumped);
    json_decref(root);
    return own;
}

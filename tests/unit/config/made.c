/* What is made from the tables: examples, the manual, the JSON schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "config/schema.h"
#include "config/settings.h"
#include "core/bytes.h"
#include "core/memory.h"
#include "folder.h"

/* Calls `fn` for every setting that has a value, with its path, ID for an identifier. */
typedef void row_fn(void *arg, const char *path, const struct setting *row);

static bool holds_named(const struct setting *row)
{
    return row->type == SET_MAP || row->type == SET_POLYGONS ||
           row->type == SET_VOLUMES;
}

static void each_row(const struct setting *table, const char *before, row_fn *fn,
                     void *arg)
{
    for (const struct setting *row = table; row->key; row++) {
        char *path = xformat("%s%s%s", before, *before ? "." : "", row->key);
        char *of = holds_named(row) ? xformat("%s.ID", path) : xstrdup(path);
        if (row->of)
            each_row(row->of, of, fn, arg);
        if (!row->of || row->type == SET_POLYGONS || row->type == SET_VOLUMES)
            fn(arg, path, row);
        free(of);
        free(path);
    }
}

/* ---- examples
 * -------------------------------------------------------------------------- */

static void add_examples(struct bytes *out, const struct setting *table, int indent)
{
    for (const struct setting *row = table; row->key; row++) {
        bytes_format(out, "%*s%s:", indent, "", row->key);
        if (row->of) {
            bytes_text(out, "\n");
            if (holds_named(row))
                bytes_format(out, "%*sid:\n", indent + 2, "");
            add_examples(out, row->of, indent + (holds_named(row) ? 4 : 2));
        } else {
            bytes_format(out, " %s\n", row->example);
        }
    }
}

static void every_example_may_be_written(void **state)
{
    struct folder folder;
    struct bytes yaml = { 0 };
    struct faults faults;

    add_examples(&yaml, settings_table, 0);
    bytes_add(&yaml, "", 1);
    /* Certificates go with rtsps:// only. */
    char *plain = strstr((char *)yaml.at, "sub_url: rtsp://1");
    assert_non_null(plain);
    memcpy(plain, "sub_url: rtsps://", 17);
    char *volume = strstr((char *)yaml.at, "volume: dia-hai");
    assert_non_null(volume);
    memcpy(volume, "volume: id     ", 15);
    folder_open(&folder);
    folder_write(&folder, "kengd.yaml", (char *)yaml.at, 0644);
    folder_write(&folder, "conf.d/areas.yaml",
                 "areas:\n  dong-xanh: {name: X}\n  thon-dong: {name: X}\n", 0644);
    folder_write(&folder, "secrets/cong-lang", "x", 0600);
    folder_write(&folder, "secrets/kenh", "x", 0600);
    folder_write(&folder, "holidays.txt", "2027-02-06 T\u1ebft\n", 0644);
    folder_write(&folder, "tls/cert.pem", "", 0644);
    folder_write(&folder, "tls/key.pem", "", 0600);
    folder_write(&folder, "tls/camera-ca.pem", "", 0644);
    char *file = folder_path(&folder, "kengd.yaml");
    const struct settings *set = settings_load(file, &faults);
    char *all = faults_text(&faults);
    assert_string_equal(all, "");
    assert_int_equal(set->camera_count, 1);
    settings_unref(set);
    free(all);
    free(file);
    faults_free(&faults);
    bytes_free(&yaml);
    folder_close(&folder);
}

static void the_example_for_etc_may_be_used(void **state)
{
    struct folder folder;
    struct faults faults;
    char example[16384];

    FILE *source = fopen(EXAMPLE, "r");
    assert_non_null(source);
    size_t size = fread(example, 1, sizeof example - 1, source);
    fclose(source);
    example[size] = 0;
    folder_open(&folder);
    folder_write(&folder, "kengd.yaml", example, 0644);
    folder_write(&folder, "secrets/cong-lang", "x\n", 0600);
    folder_write(&folder, "tls/cert.pem", "", 0644);
    folder_write(&folder, "tls/key.pem", "", 0600);
    char *file = folder_path(&folder, "kengd.yaml");
    const struct settings *set = settings_load(file, &faults);
    char *all = faults_text(&faults);
    assert_string_equal(all, "");
    assert_string_equal(set->cameras[0].area->within->name, "Xã Đồng Xanh");
    settings_unref(set);
    free(all);
    free(file);
    faults_free(&faults);
    folder_close(&folder);
}

/* ---- the manual
 * ------------------------------------------------------------------------ */

/* Without the breaks of its lines. */
static char *join_lines(const char *from)
{
    struct bytes out = { 0 };

    for (const char *p = from; *p; p += strspn(p, " \n")) {
        size_t size = strcspn(p, " \n");
        bytes_add(&out, p, size);
        bytes_text(&out, " ");
        p += size;
    }
    return bytes_take(&out);
}

static void expect_row(void *arg, const char *path, const struct setting *row)
{
    const char *manual = arg;
    char *head = xformat("\n- `%s`%s  \n", path, row->required ? " (required)" : "");
    const char *item = strstr(manual, head);

    if (!item)
        fail_msg("%s is missing", path);
    const char *end = strstr(item, "`\n\n");
    char *whole = xstrndup(item, end ? (size_t)(end + 2 - item) : strlen(item));
    char *joined = join_lines(whole);
    char *example = xformat("Example: `%s: %s`", row->key, row->example);
    if (!strstr(joined, _(row->help)) || !strstr(joined, example) ||
        (strstr(joined, "Default:") != NULL) != (row->fallback && !row->required) ||
        (row->fallback && !strstr(joined, row->fallback)))
        fail_msg("%s", whole);
    for (const char *line = whole; (line = strchr(line, '\n')) != NULL; line++)
        if (strcspn(line + 1, "\n") > 82 && !strstr(line, "Example:"))
            fail_msg("wide: %s", line);
    free(example);
    free(joined);
    free(whole);
    free(head);
}

static void the_manual_has_every_setting_with_default_and_example(void **state)
{
    char *manual = settings_manual();

    each_row(settings_table, "", expect_row, manual);
    for (const struct setting *row = settings_table; row->key; row++) {
        char *head = xformat("\n## %s\n", row->key);
        assert_non_null(strstr(manual, head));
        free(head);
    }
    assert_non_null(strstr(manual, "`cameras.ID.motion.zones`"));
    assert_non_null(strstr(manual, "duration, 10 s to 10 min"));
    free(manual);
}

/* ---- the schema
 * ------------------------------------------------------------------------ */

static json_t *properties_of(json_t *schema)
{
    json_t *any = json_object_get(schema, "anyOf"), *properties, *patterns;

    if (any)
        return properties_of(json_array_get(any, json_array_size(any) - 1));
    patterns = json_object_get(schema, "patternProperties");
    if (patterns)
        return properties_of(json_object_iter_value(json_object_iter(patterns)));
    properties = json_object_get(schema, "properties");
    assert_true(json_is_object(properties));
    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    return properties;
}

static void expect_same(const struct setting *table, json_t *schema)
{
    json_t *properties = properties_of(schema);
    size_t count = 0;

    for (const struct setting *row = table; row->key; row++, count++) {
        json_t *property = json_object_get(properties, row->key);
        if (!json_is_object(property))
            fail_msg("%s is missing", row->key);
        assert_string_equal(json_string_value(json_object_get(property, "description")),
                            _(row->help));
        if (row->of)
            expect_same(row->of, property);
        else
            assert_true(json_object_size(property) > 1);
    }
    assert_int_equal(json_object_size(properties), count);
}

static void the_schema_is_json_and_has_every_setting(void **state)
{
    char *dumped = settings_schema();
    json_t *schema = json_loads(dumped, 0, NULL);

    assert_non_null(schema);
    expect_same(settings_table, schema);
    json_t *camera = json_object_get(json_object_get(schema, "properties"), "cameras");
    camera = json_object_get(camera, "patternProperties");
    camera = json_object_iter_value(json_object_iter(camera));
    json_t *required = json_object_get(camera, "required");
    assert_int_equal(json_array_size(required), 3);
    assert_string_equal(json_string_value(json_array_get(required, 2)), "url");
    json_decref(schema);
    free(dumped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_may_be_written),
        cmocka_unit_test(the_example_for_etc_may_be_used),
        cmocka_unit_test(the_manual_has_every_setting_with_default_and_example),
        cmocka_unit_test(the_schema_is_json_and_has_every_setting),
    };

    text_open(LANGUAGE_EN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
